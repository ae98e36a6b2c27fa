"""Which request the present work belongs to, for the audit log."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from .network_address import source_of


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who sent the request, and its id; None where that is not known."""

    source: str | None = None
    """The client's network address: an IPv4 address, or the /64 network of an IPv6 address."""
    request_id: str | None = None
    """The id that the answer and the request log carry too."""


_NO_REQUEST: Final = RequestContext()
_current: Final[ContextVar[RequestContext]] = ContextVar(
    "cybershop_customer_request", default=_NO_REQUEST
)


def current_request() -> RequestContext:
    """The request that this thread (or task) serves; empty outside of a request."""
    return _current.get()


def begin_request(context: RequestContext) -> None:
    """Note that this thread serves ``context`` from now on, until the next one begins."""
    _current.set(context)


def end_request() -> None:
    """Note that this thread serves no request."""
    _current.set(_NO_REQUEST)


@contextmanager
def request_from(source: str | None) -> Generator[RequestContext]:
    """Within the block, the current request comes from ``source``; None changes nothing.

    An IPv6 address becomes its /64 network.
    """
    current = _current.get()
    with request_context(
        source=current.source if source is None else source_of(source),
        request_id=current.request_id,
    ) as context:
        yield context


@contextmanager
def request_context(
    *, source: str | None = None, request_id: str | None = None
) -> Generator[RequestContext]:
    """Audit records made within the block carry this ``source`` and ``request_id``.

    For programs that import the library and serve requests of their own.
    """
    token = _current.set(RequestContext(source, request_id))
    try:
        yield _current.get()
    finally:
        _current.reset(token)
