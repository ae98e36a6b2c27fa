"""How long cached answers are used."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from ...domain.errors import FieldFault, SettingsError

_LONGEST: Final = 30 * 60
"""Seconds. This is well below the hour for which the store keeps each change of the feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """How long answers are used, in seconds since the check *began*.

    The cache may miss a logout, any other end of a session, or a change of roles for at most

    - ``max_lag`` while it follows the session change feed,
    - ``max_age`` otherwise; zero, without a feed, sends each check to the source,
    - ``stale_if_error``, if that is more, while the source of the answers cannot be reached.

    Raises:
        SettingsError: a value is out of its range.
    """

    max_age: float = 5.0
    """How long a session is answered from the cache while no feed is followed."""
    refusal_max_age: float = 5.0
    """How long a refusal is answered from the cache. A client that repeats the same bad
    ``context_id`` costs one check in that time."""
    stale_if_error: float = 0.0
    """The age up to which an answer is used while the source cannot be reached (named as in
    RFC 5861). With zero, the caller gets an error instead of an old answer."""
    followed_max_age: float = 60.0
    """Replaces ``max_age`` while a feed is followed."""
    max_lag: float = 2.0
    """How long one complete read of the feed counts, from its beginning."""
    max_entries: int = 10_000
    """The most sessions in the cache, about 1 KB each. At this limit the session that was unused
    for longest is evicted. Refusals have a limit of their own, a tenth of this, so that invented
    ``context_id`` evict no session."""

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise SettingsError(faults)

    def _faults(self) -> Iterator[FieldFault]:
        for name in (field.name for field in fields(self) if field.name != "max_entries"):
            value = getattr(self, name)
            # Written so that NaN is refused too, and a text such as an environment variable.
            if not (isinstance(value, int | float) and 0 <= value <= _LONGEST):
                yield FieldFault(name, f"must be a number of seconds from 0 to {_LONGEST}")
        if not _is_whole(self.max_entries):
            yield FieldFault("max_entries", "must be a whole number, 1 or more")

    @property
    def max_use(self) -> float:
        """The greatest age at which any answer is used."""
        return max(self.max_age, self.refusal_max_age, self.stale_if_error, self.followed_max_age)

    def require_interval(self, feed_interval: float | None) -> None:
        """Refuse an interval between two reads of a feed that is too long for ``max_lag``.

        Raises:
            SettingsError: ``max_lag`` is too short.
        """
        # The random pause between two reads is at most a tenth longer than the interval.
        if feed_interval and 1.1 * feed_interval >= self.max_lag:
            detail = f"must be more than {1.1 * feed_interval:g} seconds to follow a feed"
            raise SettingsError([FieldFault("max_lag", detail)])


def _is_whole(entries: object) -> bool:
    return isinstance(entries, int) and entries >= 1
