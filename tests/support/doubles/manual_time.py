"""A fake of time that passes only when the code under test sleeps or a test advances it."""


class ManualTime:
    """Stands in for ``time.monotonic``, ``time.sleep`` and ``random.uniform``."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def longest(self, low: float, high: float) -> float:
        """The longest pause that ``random.uniform`` could draw."""
        assert low == 0
        return high
