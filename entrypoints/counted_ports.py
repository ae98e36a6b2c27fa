"""Puts the metrics in front of the ports of a container. Loads prometheus-client."""

import platform
from functools import cache
from importlib.metadata import version
from typing import NamedTuple

from ..adapters.metrics.observed_hashing_lane import ObservedHashingLane
from ..adapters.metrics.observed_ports import ObservedBackground, ObservedNotifier
from ..adapters.metrics.observed_storage import observed_storage
from ..adapters.metrics.service_metrics import ServiceMetrics
from ..adapters.threaded.hashing_lane import ThreadedHashingLane
from ..ports.background import Background
from ..ports.hashing_lane import HashingLane
from ..ports.notifier import Notifier
from ..ports.storage import Storage
from .settings import Settings


class CountedPorts(NamedTuple):
    """The ports of one container whose work the metrics count."""

    storage: Storage
    hashing_lane: HashingLane
    notifier: Notifier | None
    background: Background


def count_ports(ports: CountedPorts, metrics: ServiceMetrics, settings: Settings) -> CountedPorts:
    """``ports`` with their work counted in ``metrics``, which also name the build and the store."""
    metrics.build.labels(_own_version(), platform.python_version()).set(1)
    schema = ports.storage.schema
    metrics.schema.labels(settings.storage, "none" if schema is None else str(schema)).set(1)
    lane, notifier = ports.hashing_lane, ports.notifier
    threads = lane.threads if isinstance(lane, ThreadedHashingLane) else None
    return CountedPorts(
        storage=observed_storage(ports.storage, metrics),
        hashing_lane=ObservedHashingLane(lane, threads, metrics),
        notifier=None if notifier is None else ObservedNotifier(notifier, metrics),
        background=ObservedBackground(ports.background, metrics),
    )


@cache
def _own_version() -> str:
    # Reads a file of the installation.
    return version("cybershop-customer")
