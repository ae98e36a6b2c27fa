"""The customer service of the test kit: with weak password rules and the cheapest bcrypt."""

from ...adapters.extras import requires_extra
from ...adapters.memory.background import MemoryBackground
from ...adapters.memory.hashing_lane import MemoryHashingLane
from ...adapters.memory.notifier import MemoryNotifier
from ...adapters.memory.storage import memory_storage
from ...ports.clock import Clock
from ...ports.storage import Storage
from ..settings import Settings

with requires_extra("testkit"):
    from dependency_injector import providers

    from ..container import Container


def service_container(clock: Clock, storage: Storage | None = None) -> Container:
    """A container with this ``clock`` and ``storage``. The default is a new store in memory."""
    return Container(
        settings=providers.Object(Settings.demo_from_environ({})),
        clock=providers.Object(clock),
        background=providers.Object(MemoryBackground()),
        hashing_lane=providers.Object(MemoryHashingLane()),
        notifier=providers.Object(MemoryNotifier()),
        storage=providers.Object(storage or memory_storage()),
        metrics=providers.Object(None),
    )
