"""Which blocklist of passwords a deployment uses."""

from ..adapters.common_passwords.password_blocklist import CommonPasswordBlocklist
from ..adapters.memory.password_blocklist import MemoryPasswordBlocklist
from ..ports.password_blocklist import PasswordBlocklist
from .settings import Settings


def make_password_blocklist(settings: Settings) -> PasswordBlocklist:
    """The common passwords, or an empty list where the settings switch it off."""
    return CommonPasswordBlocklist() if settings.password_blocklist else MemoryPasswordBlocklist()
