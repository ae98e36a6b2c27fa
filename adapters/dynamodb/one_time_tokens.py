"""One-time tokens in a customer's item: a map for each purpose that has one.

The map names the ``password_version`` that the token was made for. So a changed password voids the
token even if an older version of the service, which leaves the map as it is, changed it.
"""

from typing import Final

from ...domain.customer_update import TokenCondition
from ...domain.email_address import EmailAddress
from ...domain.one_time_token import StoredToken, TokenPurpose
from .attributes import (
    AttributeValue,
    Item,
    moment,
    number,
    read_moment,
    read_number,
    read_text,
    text,
)
from .customer_change import CustomerChange

_HASH: Final = "hash"
_EXPIRES: Final = "expires"
_PASSWORD_VERSION: Final = "password_version"  # noqa: S105 (no password)


def token_to_value(token: StoredToken, password_version: int) -> AttributeValue:
    """The map of ``token``, which works while the customer has this ``password_version``."""
    value = {
        _HASH: text(token.token_hash),
        _EXPIRES: moment(token.expires_at),
        _PASSWORD_VERSION: number(password_version),
    }
    if token.address is not None:
        value["email"] = text(token.address.address)
        value["email_key"] = text(token.address.key)
    return {"M": value}


def token_from_item(item: Item, purpose: TokenPurpose) -> StoredToken | None:
    """The token of ``purpose`` in a customer's item, or None if there is none."""
    value = item.get(purpose.value)
    if value is None:
        return None
    stored: Item = value["M"]
    if read_number(stored, _PASSWORD_VERSION) != read_number(item, _PASSWORD_VERSION):
        return None
    address = None
    if "email" in stored:
        address = EmailAddress(read_text(stored, "email"), read_text(stored, "email_key"))
    return StoredToken(read_text(stored, _HASH), read_moment(stored, _EXPIRES), address)


def require_token(change: CustomerChange, condition: TokenCondition) -> None:
    """Let ``change`` apply only while this token is the newest of its purpose."""
    path = change.path(condition.purpose.value, _HASH)
    change.require(f"{path} = {change.value(text(condition.token_hash))}")


def void_tokens(change: CustomerChange) -> None:
    """Remove the tokens of every purpose."""
    for purpose in TokenPurpose:
        void_token(change, purpose)


def void_token(change: CustomerChange, purpose: TokenPurpose) -> None:
    """Remove the token of ``purpose``."""
    change.remove(change.path(purpose.value))
