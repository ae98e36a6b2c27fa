"""The update expression of a change to a customer."""

from datetime import datetime

from ...domain.audit import rfc3339
from ...domain.customer_update import CustomerUpdate
from .attributes import MARK, number, text, text_set
from .customer_change import CustomerChange
from .customer_item import EMAIL_VERIFIED
from .devices import forget_devices
from .expiry import keep_customer, require_not_ended
from .one_time_tokens import require_token, void_tokens
from .revocations import revoke_all_sessions


def write_update(change: CustomerChange, update: CustomerUpdate, at: datetime) -> None:
    """Add everything that ``update`` changes at that time, and its conditions, to ``change``."""
    require_version(change, update.if_version)
    require_not_ended(change, at)
    keep_customer(change)
    change.set(change.path("version"), change.value(number(update.if_version + 1)))
    change.set(change.path("updated_at"), change.value(text(rfc3339(at))))
    for name, content in update.profile.items():
        change.set_text(name, content)
    _write_roles(change, update)
    _write_password(change, update)
    _write_email(change, update)
    if update.removes_sessions:
        revoke_all_sessions(change, at, but=update.session)
    if update.if_token is not None:
        require_token(change, update.if_token)
    if update.voids_tokens:
        void_tokens(change)


def require_version(change: CustomerChange, version: int) -> None:
    """Let ``change`` apply only to this version of the customer."""
    change.require(f"{change.path('version')} = {change.value(number(version))}")


def _write_roles(change: CustomerChange, update: CustomerUpdate) -> None:
    if update.roles:
        change.set(change.path("roles"), change.value(text_set(update.roles)))
    elif update.roles is not None:
        change.remove(change.path("roles"))


def _write_password(change: CustomerChange, update: CustomerUpdate) -> None:
    if update.password_hash is None:
        return
    change.set(change.path("password_hash"), change.value(text(update.password_hash)))
    version = change.path("password_version")
    change.set(version, f"{version} + {change.value(number(1))}")
    forget_devices(change, but=update.device)


def _write_email(change: CustomerChange, update: CustomerUpdate) -> None:
    email = update.email
    if email is not None:
        change.set_text("email", email.address or "")
        change.set_text("email_key", email.key or "")
    if update.proves_email:
        change.set(change.path(EMAIL_VERIFIED), change.value(MARK))
    elif update.proves_email is False:
        change.remove(change.path(EMAIL_VERIFIED))
