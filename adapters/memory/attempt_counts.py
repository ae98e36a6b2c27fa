"""The counts of login attempts in one window of time, in bounded room."""

from array import array


class AttemptCounts:
    """Counts the attempts of each name, never too few.

    The first names have a count of their own. Beyond ``max_names`` a name is counted in one of
    ``buckets``, which it shares with the others of the same hash. A bucket counts all of their
    attempts, so a name that shares one may be refused too early, and never too late.

    Args:
        max_names: how many names have a count of their own.
        buckets: how many shared counts there are.
    """

    def __init__(self, *, max_names: int, buckets: int) -> None:
        self.forget_at = 0.0
        """When the counts may be dropped, in monotonic seconds."""
        self._max_names = max_names
        self._counts: dict[str, int] = {}
        self._buckets = array("Q", bytes(8 * buckets))
        self._sharing = False

    def charge(self, name: str, limit: int) -> bool:
        """Count an attempt and return True; at the limit, count nothing and return False."""
        bucket = hash(name) % len(self._buckets)
        own = self._counts.get(name, 0)
        shares = own == 0 and (self._sharing or len(self._counts) >= self._max_names)
        if (self._buckets[bucket] if shares else own) >= limit:
            return False
        if shares:
            # From now on for every new name: room that is free again may be wanted by a name
            # that was counted in its bucket.
            self._sharing = True
        else:
            self._counts[name] = own + 1
        self._buckets[bucket] += 1
        return True

    def refund(self, name: str) -> None:
        """Take back an attempt of a name that has a count of its own.

        A shared count stays: what it lost could be another name's.
        """
        own = self._counts.get(name, 0)
        if own > 1:
            self._counts[name] = own - 1
        elif own == 1:
            del self._counts[name]
        if own:
            self._buckets[hash(name) % len(self._buckets)] -= 1

    def forget_names(self) -> None:
        """Keep the shared counts alone: every name is counted in its bucket from now on."""
        self._counts = {}
        self._sharing = True

    def __len__(self) -> int:
        """How many names have a count of their own."""
        return len(self._counts)
