"""The life of an adapter's HTTP client: one for each process, until the adapter is closed."""

from collections.abc import Callable
from typing import Generic, NoReturn, Protocol, Self, TypeVar

from ..forking.process_local import ProcessLocal


class Closable(Protocol):
    """A client that holds connections."""

    def close(self) -> None:
        """Close the connections."""
        ...


ClientT = TypeVar("ClientT", bound=Closable)


class ClientOwner(Generic[ClientT]):
    """Base class of an adapter that owns a client. A forked child gets a client of its own.

    It calls ``make_client`` in the constructor too, so that wrong arguments fail there.
    """

    def __init__(self, make_client: Callable[[], ClientT]) -> None:
        def make() -> ClientT:
            client = make_client()
            if self._closed:
                client.close()
            return client

        self._closed = False
        self._client = ProcessLocal(make)
        self._client.get()

    def close(self) -> None:
        """Close the connections of this process. Use the adapter no more after this."""
        self._closed = True
        client = self._client.peek()
        if client is not None:
            client.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} cannot be copied or pickled, because it has connections;"
            " make one in each process"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
