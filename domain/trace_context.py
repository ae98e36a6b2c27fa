"""The trace that the present work belongs to (W3C Trace Context).

https://www.w3.org/TR/trace-context/: a caller names its trace in the header ``traceparent``, and
the programs behind it pass the name on. So one id finds the log lines of all of them.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

_TRACEPARENT: Final = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
_USUAL: Final = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-0[0-3]")
"""What almost every caller sends, and what is passed on as it came."""
_VERSION: Final = "00"
"""The version that this program writes, and the only one whose every part it knows (3.2)."""
_FLAGS: Final = 0b11
"""``sampled`` and, of level 2, ``random``. Every other flag is set to zero (3.2.2.5)."""
_SAMPLED: Final = 0b01

_KEY: Final = r"(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})"
_MEMBER: Final = re.compile(rf"{_KEY}=[ -+\--<>-~]{{0,255}}[!-+\--<>-~]")
_MOST_MEMBERS: Final = 32
_LONGEST_STATE: Final = 512
"""Characters of ``tracestate`` that are passed on. The standard asks for no more (3.3.1.5)."""


@dataclass(frozen=True, slots=True)
class TraceContext:
    """The place in a trace at which a request was sent."""

    trace_id: str
    """The name of the trace: 32 hexadecimal digits."""
    traceparent: str
    """The header's value, in version 00."""
    tracestate: str | None = None
    """What the tracing systems of callers have added; None if there is nothing valid."""

    @classmethod
    def parse(cls, traceparent: str | None, tracestate: str | None = None) -> "TraceContext | None":
        """The context in these headers, or None if ``traceparent`` is missing or not valid.

        A ``tracestate`` that is not valid is left out, and the rest is kept (3.3).
        """
        if traceparent is None:
            return None
        state = None if tracestate is None else _parse_state(tracestate)
        usual = _USUAL.fullmatch(traceparent)
        if usual is not None:
            return cls(usual[1], traceparent, state)
        match = _TRACEPARENT.fullmatch(traceparent)
        if match is None:
            return None
        version, trace_id, parent_id, flags, rest = match.groups()
        known = version == _VERSION
        if known and rest is not None:
            return None
        # Of a later version only the flag ``sampled`` is known (3.2.2.5).
        kept = int(flags, 16) & (_FLAGS if known else _SAMPLED)
        return cls(trace_id, f"{_VERSION}-{trace_id}-{parent_id}-{kept:02x}", state)


def _parse_state(text: str) -> str | None:
    members = [member.strip(" \t") for member in text.split(",")]
    members = [member for member in members if member]
    keys = {member.partition("=")[0] for member in members}
    if not 0 < len(members) <= _MOST_MEMBERS or len(keys) < len(members):
        return None
    if not all(map(_MEMBER.fullmatch, members)):
        return None
    while sum(map(len, members)) + len(members) - 1 > _LONGEST_STATE:
        members.pop()  # The rightmost is the oldest.
    return ",".join(members)


_current: Final[ContextVar[TraceContext | None]] = ContextVar(
    "cybershop_customer_trace", default=None
)


def given_trace() -> TraceContext | None:
    """The trace that the request of this thread (or task) names, or None."""
    return _current.get()


def begin_trace(trace: TraceContext | None) -> None:
    """Note that this thread works for ``trace`` from now on, until the next one begins."""
    _current.set(trace)


@contextmanager
def trace_context(
    traceparent: str | None, tracestate: str | None = None
) -> Generator[TraceContext | None]:
    """Within the block, the clients of this library name this trace in their requests.

    For programs that serve requests of their own. The arguments are the headers of such a request.
    Where they are missing or not valid, nothing changes.
    """
    trace = TraceContext.parse(traceparent, tracestate)
    if trace is None:
        yield _current.get()
        return
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)
