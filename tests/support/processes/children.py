"""The processes that another process has started."""

from pathlib import Path
from threading import Event
from time import monotonic

from support.http.transports import TIMEOUT


def children(pid: int) -> set[int]:
    """The ids of the processes that ``pid`` has started and that still run (proc(5))."""
    found: set[int] = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue  # It has ended.
        state, parent, *_ = rest.split()
        if int(parent) == pid and state != "Z":
            found.add(int(name.split()[0]))
    return found


def wait_for_children(pid: int, count: int, *, without: set[int] | None = None) -> set[int]:
    """Wait until ``pid`` has ``count`` children, and none of ``without``. Returns their ids."""
    give_up_at = monotonic() + TIMEOUT
    while True:
        found = children(pid)
        if len(found) == count and found.isdisjoint(without or ()):
            return found
        assert monotonic() < give_up_at, found
        Event().wait(0.05)
