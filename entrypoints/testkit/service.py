"""The customer service as this kit runs it: weak passwords, bcrypt at its cheapest."""

from dependency_injector import providers

from ...adapters.memory.storage import memory_storage
from ...ports.clock import Clock
from ...ports.storage import Storage
from ..container import Container
from ..settings import Settings


def service_container(clock: Clock, storage: Storage | None = None) -> Container:
    """Every part of the service, by ``clock``; in a store in memory of its own by default."""
    return Container(
        settings=providers.Object(Settings.demo_from_environ({})),
        clock=providers.Object(clock),
        storage=providers.Object(storage or memory_storage()),
    )
