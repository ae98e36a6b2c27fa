"""Writes the metrics in the formats that Prometheus reads."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..extras import requires_extra
from .service_metrics import ServiceMetrics

with requires_extra("service"):
    from prometheus_client import CollectorRegistry, multiprocess
    from prometheus_client.exposition import choose_encoder
    from prometheus_client.metrics_core import Metric
    from prometheus_client.process_collector import ProcessCollector
    from prometheus_client.registry import Collector

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which several processes count together. prometheus-client reads it when it is
imported."""

_LIVE_GAUGES: Final = re.compile(r"gauge_live\w*_(\d+)\.db", re.ASCII)


class Exposition:
    """Writes the metrics of this process, or those of all processes that share a folder.

    Args:
        metrics: the metrics of this process.
        folder: the folder of ``FOLDER_VARIABLE``; None if this process counts alone.
    """

    def __init__(self, metrics: ServiceMetrics, folder: str | None) -> None:
        self._folder = folder
        registry = metrics.registry
        if folder is not None:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        else:
            ProcessCollector(registry=registry)
        self._collector = _WithoutCreated(registry)

    @property
    def counts_alone(self) -> bool:
        """Whether it has the counts of this process only."""
        return self._folder is None

    def write(self, accept: str) -> tuple[bytes, str]:
        """The metrics, and their media type, in the best format for this header ``Accept``."""
        if self._folder is not None:
            forget_dead_processes(Path(self._folder))
        encode, media_type = choose_encoder(accept)
        return encode(self._collector), media_type


class _WithoutCreated(Collector):
    """Leaves out when each series began: that would double the length, and no one reads it."""

    def __init__(self, registry: Collector) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [
                sample for sample in metric.samples if not sample.name.endswith("_created")
            ]
            yield metric


def forget_dead_processes(folder: Path) -> None:
    """Remove what processes that have ended wrote about their present, such as busy threads.

    Their counts stay. A server that starts workers anew need not call anything.
    """
    for file in folder.glob("gauge_live*.db"):
        match = _LIVE_GAUGES.fullmatch(file.name)
        if match is not None and not _is_alive(int(match[1])):
            file.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    with suppress(PermissionError):  # It lives, as another user.
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
