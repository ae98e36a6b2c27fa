"""Reads what is new in an audit log, again and again."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from ...domain.audit import AuditRecord

OVERLAP: Final = timedelta(seconds=30)
"""How late a record may appear. Its time is that of the operation's begin, by the clock of the
process that wrote it, so a record may appear after one with a later time."""


class LogFollower:
    """Returns each record once.

    Args:
        read: the records since a time, oldest first.
        since: the time of the earliest record to return.
    """

    def __init__(self, read: Callable[[datetime], Iterable[AuditRecord]], since: datetime) -> None:
        self._read = read
        self._since = since
        self._newest = since
        self._returned: dict[str, datetime] = {}

    def read_new(self) -> Iterator[AuditRecord]:
        """The records that were not returned before, oldest first."""
        for record in self._read(max(self._since, self._newest - OVERLAP)):
            if record.record_id not in self._returned:
                self._returned[record.record_id] = record.at
                self._newest = max(self._newest, record.at)
                yield record
        oldest = self._newest - OVERLAP
        self._returned = {key: at for key, at in self._returned.items() if at >= oldest}
