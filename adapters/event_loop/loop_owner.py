"""The life of an adapter's value with connections or tasks: one for each event loop."""

import asyncio
from collections.abc import Callable
from typing import Final, Generic, Protocol, Self, TypeVar

from .loop_local import LoopLocal

_MAX_WAIT_SECONDS: Final = 10.0


class AsyncClosable(Protocol):
    """A value that holds connections or tasks."""

    async def aclose(self) -> None:
        """Close them."""
        ...


ValueT = TypeVar("ValueT", bound=AsyncClosable)


class LoopOwner(Generic[ValueT]):
    """Base class of an adapter that owns a value for each event loop.

    It may be made before the event loop runs, and before a fork.
    """

    def __init__(self, make: Callable[[], ValueT]) -> None:
        self._local = LoopLocal(make)

    async def aclose(self) -> None:
        """Close what this process holds in any event loop. Use the adapter no more after this."""
        running = asyncio.get_running_loop()
        for loop, value in self._local.take_all():
            if loop is running:
                await value.aclose()
            elif loop.is_running():
                closing = asyncio.run_coroutine_threadsafe(value.aclose(), loop)
                # The other loop may stop meanwhile.
                await asyncio.wait([asyncio.wrap_future(closing)], timeout=_MAX_WAIT_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
