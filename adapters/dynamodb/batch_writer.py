"""Writes many items by BatchWriteItem, several requests at a time."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeAlias

from ...domain.errors import StoreUnavailableError
from ..runtime import sleep, uniform
from .attributes import Item
from .gateway import DynamoDBGateway, RequestKind

THREADS: Final = 4
"""How many requests are in flight. One thread of Python cannot keep more busy."""

_MAX_ITEMS: Final = 25
"""The most items of one request (AWS documentation, "BatchWriteItem")."""

_MAX_IDLE_ROUNDS: Final = 10
"""How often in a row DynamoDB may write no item of a request. The pauses take half a minute."""

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 8.0

_Puts: TypeAlias = Mapping[str, Sequence[Mapping[str, Any]]]


class BatchWriter:
    """Puts items through ``gateway``, in place of items with the same keys.

    Throttled items are sent again after a random pause, whose upper bound doubles each time (AWS
    documentation, "BatchWriteItem": exponential backoff).
    """

    def __init__(
        self,
        gateway: DynamoDBGateway,
        *,
        sleep: Callable[[float], None] = sleep,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        self._gateway = gateway
        self._sleep = sleep
        self._uniform = uniform
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="copy")

    def write(self, items: Sequence[tuple[str, Item]]) -> None:
        """Put each item into its table. All keys must be different.

        Raises:
            StoreUnavailableError: DynamoDB wrote none of some items for half a minute.
            StoreFaultError: DynamoDB refused.
        """
        batches = [items[start : start + _MAX_ITEMS] for start in range(0, len(items), _MAX_ITEMS)]
        for _ in self._threads.map(self._write_batch, batches):
            pass

    def close(self) -> None:
        """Wait for the requests in flight, and start no other."""
        self._threads.shutdown(cancel_futures=True)

    def _write_batch(self, items: Sequence[tuple[str, Item]]) -> None:
        left: dict[str, list[Mapping[str, Any]]] = {}
        for table, item in items:
            left.setdefault(table, []).append({"PutRequest": {"Item": item}})
        rounds = idle_rounds = 0
        while True:
            remaining = self._put(left)
            if not remaining:
                return
            idle_rounds = idle_rounds + 1 if _count(remaining) == _count(left) else 0
            if idle_rounds == _MAX_IDLE_ROUNDS:
                raise StoreUnavailableError
            longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**rounds)
            self._sleep(self._uniform(0, longest))
            rounds += 1
            left = {table: [*puts] for table, puts in remaining.items()}

    def _put(self, puts: _Puts) -> _Puts:
        """Send ``puts``. Returns those that DynamoDB left undone."""
        reply = self._gateway.call(
            "batch_write_item",
            {"RequestItems": puts},
            RequestKind.IDEMPOTENT_WRITE,
            lambda reply: "UnprocessedItems" in reply,
        )
        remaining: _Puts = reply["UnprocessedItems"]
        return remaining


def _count(puts: _Puts) -> int:
    return sum(map(len, puts.values()))
