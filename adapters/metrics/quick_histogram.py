"""A histogram whose observation takes a third of the time."""

# ruff: noqa: ANN401, SLF001 (the parts of prometheus-client that it uses are neither typed nor public)

from bisect import bisect_left
from collections.abc import Callable
from struct import Struct
from threading import Lock
from typing import Any, Final

from ..extras import requires_extra

with requires_extra("service"):
    from prometheus_client import Histogram

_FLOAT: Final = Struct("d")
"""How prometheus-client writes a value into its files."""


class QuickHistogram(Histogram):
    """As ``Histogram``, but one lock guards the sum and the buckets of a child.

    prometheus-client takes a lock for each of the two numbers that an observation changes, and
    with counts in files it asks for the id of the process twice. Each session check is observed
    twice, so that was most of the cost of metrics. This class uses parts of prometheus-client that
    are not public. If a release lacks one of them, the observations are those of ``Histogram``.

    A process that forks after its first observation must make new metrics in the child.
    """

    _observe: Callable[[float], None]

    def _metric_init(self) -> None:
        super()._metric_init()
        try:
            self._observe = _observe_of(self)
        except (AttributeError, KeyError):
            self._observe = super().observe

    def observe(self, amount: float, exemplar: dict[str, str] | None = None) -> None:
        if exemplar is None:
            self._observe(amount)
        else:
            super().observe(amount, exemplar)

    @property
    def quick_observe(self) -> Callable[[float], None]:
        """``observe`` without exemplars, and without the call of a method."""
        return self._observe


def _observe_of(child: Any) -> Callable[[float], None]:
    total, buckets = child._sum, [*child._buckets]
    bounds = tuple(child._upper_bounds)
    if total._multiprocess:
        return _observe_in_file(total, buckets, bounds)
    return _observe_in_memory(total, buckets, bounds)


def _observe_in_memory(
    total: Any,
    buckets: list[Any],
    bounds: tuple[float, ...],
) -> Callable[[float], None]:
    lock = Lock()
    for value in (total, *buckets):
        value._value += 0  # Now is the time for an AttributeError.

    def observe(amount: float) -> None:
        bucket = buckets[bisect_left(bounds, amount)]
        with lock:
            bucket._value += 1
            total._value += amount

    return observe


def _observe_in_file(
    total: Any,
    buckets: list[Any],
    bounds: tuple[float, ...],
) -> Callable[[float], None]:
    lock, write = Lock(), _FLOAT.pack_into
    # If the file grows, prometheus-client maps it anew. The old map stays a part of the file.
    memory, positions = total._file._m, total._file._positions
    place = positions[total._key]
    places = [positions[bucket._key] for bucket in buckets]
    sums = [total._value, *(bucket._value for bucket in buckets)]

    def observe(amount: float) -> None:
        index = bisect_left(bounds, amount)
        with lock:
            sums[0] += amount
            write(memory, place, sums[0])
            sums[index + 1] += 1
            write(memory, places[index], sums[index + 1])

    return observe
