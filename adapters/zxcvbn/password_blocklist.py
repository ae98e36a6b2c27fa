"""The 30,000 most common passwords, from the library zxcvbn."""

from ...ports.password_blocklist import PasswordBlocklist
from ..forking.fork_safe_lock import no_fork


class ZxcvbnPasswordBlocklist(PasswordBlocklist):
    """Loads its list at first use. The list takes a few megabytes."""

    def __init__(self) -> None:
        self._passwords: frozenset[str] | None = None

    def contains(self, password: str) -> bool:
        passwords = self._passwords
        if passwords is None:
            # In Python 3.11 cached_property has a lock, which a forked child could inherit.
            with no_fork:
                passwords = self._passwords = self._passwords or _most_common()
        return password.casefold() in passwords


def _most_common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 (slow)

    return frozenset(FREQUENCY_LISTS["passwords"])
