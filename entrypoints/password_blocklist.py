"""Which blocklist of passwords a deployment uses."""

from ..adapters.memory.password_blocklist import MemoryPasswordBlocklist
from ..adapters.zxcvbn.password_blocklist import ZxcvbnPasswordBlocklist
from ..ports.password_blocklist import PasswordBlocklist
from .settings import Settings


def make_password_blocklist(settings: Settings) -> PasswordBlocklist:
    """The common passwords, or an empty list where the settings switch it off."""
    return ZxcvbnPasswordBlocklist() if settings.password_blocklist else MemoryPasswordBlocklist()
