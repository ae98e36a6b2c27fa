"""The counts of login attempts in one window of time, in bounded memory."""

from array import array


class AttemptCounts:
    """Counts the attempts of each name. A count may be too high, but never too low.

    The first ``max_names`` names have their own counts. Every other name is counted in a bucket,
    which all names with the same hash share. A name in a shared bucket may be refused too early,
    and never too late.

    Args:
        max_names: the most names that have their own counts.
        buckets: the number of shared counts.
    """

    def __init__(self, *, max_names: int, buckets: int) -> None:
        self.forget_at = 0.0
        """When the counts may be removed, in monotonic seconds."""
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
            # From now on every new name shares a bucket. A refund may free an own count, but a
            # name that was counted in its bucket must not start again at zero.
            self._sharing = True
        else:
            self._counts[name] = own + 1
        self._buckets[bucket] += 1
        return True

    def refund(self, name: str) -> None:
        """Take back one attempt of a name that has its own count.

        A shared count stays as it is, since the attempt may belong to another name.
        """
        own = self._counts.get(name, 0)
        if own > 1:
            self._counts[name] = own - 1
        elif own == 1:
            del self._counts[name]
        if own:
            self._buckets[hash(name) % len(self._buckets)] -= 1

    def forget_names(self) -> None:
        """Drop the names' own counts. From now on every name is counted in its bucket."""
        self._counts = {}
        self._sharing = True

    def __len__(self) -> int:
        """The number of names that have their own counts."""
        return len(self._counts)
