"""The stored session change feed."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ..domain.session_feed import SessionChange


class SessionChangeLog(Protocol):
    """Keeps session changes for at least ``RETENTION``, in the order of their positions.

    The repositories publish a session change in the transaction of each change that alters the
    answer of a session check: the early end of sessions, a change of roles, the deletion of the
    customer. The expiry of a session is not published. Every method raises StoreUnavailableError
    if the store does not answer, and StoreFaultError if this store was made without the feed.
    """

    max_recount: int | None = None
    """The most changes that a reader counts at each read; None for no limit. A store that charges
    for a count has a limit."""

    parts: int = 1
    """How many parts the changes are stored in. The parts are numbered from 0."""

    @abstractmethod
    def read(self, *, after: str, limit: int, part: int | None = None) -> tuple[SessionChange, ...]:
        """The first ``limit`` changes, or fewer, with a position greater than ``after``.

        The oldest change comes first. The result includes every such change that was stored before
        the call, of all parts or of ``part``.
        """

    @abstractmethod
    def count(self, *, first: str, last: str) -> Sequence[int]:
        """How many changes of each part have a position from ``first`` to ``last``, both included.

        The numbers include every change that was stored before the call.
        """
