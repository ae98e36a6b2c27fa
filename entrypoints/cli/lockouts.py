"""The lock-outs of a customer, as text and as JSON."""

from collections.abc import Sequence

from ...domain.audit import rfc3339
from ...domain.lockout import Lockout, LoginName
from .output import whole_seconds

_BY = {
    LoginName.CUSTOMER_ID: "by id",
    LoginName.EMAIL: "by address",
    LoginName.DEVICE: "on a known device",
}


def lockouts_text(lockouts: Sequence[Lockout]) -> str:
    """Which logins are refused, and until when."""
    return ", ".join(f"{_BY[each.name]} until {whole_seconds(each.until)}" for each in lockouts)


def lockouts_json(lockouts: Sequence[Lockout]) -> list[dict[str, str]]:
    """An object for each lock-out."""
    return [{"name": each.name.value, "until": rfc3339(each.until)} for each in lockouts]
