"""Randomness that a test can foresee."""

from itertools import count

from cybershop_customer import RandomSource


class CountingRandomSource(RandomSource):
    """Counts, so that no two tokens are equal and every run has the same ones.

    The first customer of a workbench has version 1, since that is the first number.
    """

    def __init__(self) -> None:
        self._numbers = count(1)

    def token_bytes(self, count: int) -> bytes:
        return next(self._numbers).to_bytes(count, "big")
