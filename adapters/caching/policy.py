"""How long an answer is used: the bounds that a protected service states."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from ...domain.errors import FieldFault, SettingsError

_LONGEST: Final = 30 * 60
"""Seconds. A feed can be followed from where it was left for an hour; this stays well below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """How long answers are used, in seconds since the check that gave them *began*.

    A logout, or any other end of a session, and a change of roles go unseen for at most

    - ``max_lag`` while a feed is followed,
    - ``max_age`` otherwise; zero, without a feed, means that each check asks,
    - ``stale_if_error``, if that is more, while the source of the answers cannot be reached.

    Raises:
        SettingsError: a value is out of its range.
    """

    max_age: float = 5.0
    """How long a session is answered without asking again, where no feed is followed."""
    refusal_max_age: float = 5.0
    """How long a refusal is: the same bad ``context_id`` in a loop costs one check in that time."""
    stale_if_error: float = 0.0
    """How old an answer may be that is given because the source cannot be reached (the term is
    that of RFC 5861). Zero refuses: nobody is let in on old knowledge."""
    followed_max_age: float = 60.0
    """What ``max_age`` is while a feed is followed: how long nothing but the feed is asked."""
    max_lag: float = 2.0
    """A feed counts as followed while the last complete look at it began less than this ago."""
    max_entries: int = 10_000
    """Sessions remembered, about 1 KB each; the one unused for longest makes room. A tenth as many
    refusals are, apart from them, so that invented ``context_id`` push out no session."""

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise SettingsError(faults)

    def _faults(self) -> Iterator[FieldFault]:
        for name in (field.name for field in fields(self) if field.name != "max_entries"):
            # Written so that NaN is refused too.
            if not 0 <= getattr(self, name) <= _LONGEST:
                yield FieldFault(name, f"must be a number of seconds from 0 to {_LONGEST}")
        if self.max_entries < 1:
            yield FieldFault("max_entries", "must be 1 or more")

    @property
    def max_use(self) -> float:
        """No answer is used when it is older than this."""
        return max(self.max_age, self.refusal_max_age, self.stale_if_error, self.followed_max_age)
