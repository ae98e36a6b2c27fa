"""The lane of tests: it has no threads, and room for everyone."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from ...ports.hashing_lane import HashingLane, HashingPlace

__all__ = ["MemoryHashingLane"]

T = TypeVar("T")


class _Inline(HashingPlace):
    def run(self, work: Callable[[], T]) -> T:
        return work()


class MemoryHashingLane(HashingLane):
    """Hashes at once, in the thread that asks."""

    @contextmanager
    def enter(
        self,
        *,
        source: str | None,  # noqa: ARG002
        known_device: bool,  # noqa: ARG002
    ) -> Generator[HashingPlace]:
        yield _Inline()

    def close(self) -> None:
        pass
