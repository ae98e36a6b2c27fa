"""A fake of the random source, with tokens that a test can predict."""

from itertools import count

from cybershop_customer import RandomSource


class CountingRandomSource(RandomSource):
    """Counts up: no two tokens are equal, and every run has the same ones.

    The first number is 1, so the first customer of a workbench has version 1.
    """

    def __init__(self) -> None:
        self._numbers = count(1)

    def token_bytes(self, count: int) -> bytes:
        return next(self._numbers).to_bytes(count, "big")
