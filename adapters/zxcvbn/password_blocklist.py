"""The most common passwords: the 30,000 that the library zxcvbn ranks."""

from functools import cached_property

from ...ports.password_blocklist import PasswordBlocklist


class ZxcvbnPasswordBlocklist(PasswordBlocklist):
    """Loads its list, a few megabytes, at first use."""

    def contains(self, password: str) -> bool:
        return password.casefold() in self._passwords

    @cached_property
    def _passwords(self) -> frozenset[str]:
        from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 (slow)

        return frozenset(FREQUENCY_LISTS["passwords"])
