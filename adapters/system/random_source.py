"""The operating system's random numbers."""

from secrets import token_bytes

from ...ports.random_source import RandomSource


class SystemRandomSource(RandomSource):
    """The operating system's cryptographically secure generator."""

    def token_bytes(self, count: int) -> bytes:
        return token_bytes(count)
