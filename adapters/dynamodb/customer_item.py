"""Customers and sessions as items of the table ``customer``."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ...domain.audit import rfc3339
from ...domain.customer import Customer
from ...domain.fields import PROFILE
from ...domain.one_time_token import TokenPurpose
from ...domain.session import Session
from .attributes import (
    MARK,
    AttributeValue,
    Item,
    moment,
    number,
    read_moment,
    read_number,
    read_optional_moment,
    read_text,
    read_text_set,
    text,
    text_set,
)
from .expiry import EXPIRES_AT, expiry_attributes
from .keys import customer_key
from .one_time_tokens import token_from_item, token_to_value
from .schema import SCHEMA_VALUE, refuse_newer_schema

EMAIL_VERIFIED: Final = "email_verified"
"""Marks a customer who has proven the address.

It is a mark, and not the proven address. So a program that only checks sessions reads nothing
personal.
"""

_DEVICE: Final = "d"
"""Of each session. The name is short because a customer may have many."""

NO_SESSIONS: Final[AttributeValue] = {"M": {}}

_TEXTS: Final = ("email", "email_key", *PROFILE)
"""The attributes that an item does not have if they are empty."""


def customer_to_item(customer: Customer) -> Item:
    """The item of a new customer, who has no session."""
    item: dict[str, AttributeValue] = {
        "pk": text(customer_key(customer.customer_id)),
        "schema": SCHEMA_VALUE,
        "customer_id": text(customer.customer_id),
        "password_hash": text(customer.password_hash),
        "password_version": number(customer.password_version),
        "version": number(customer.version),
        "created_at": text(rfc3339(customer.created_at)),
        "updated_at": text(rfc3339(customer.updated_at)),
        "sessions": NO_SESSIONS,
    }
    item.update((name, text(getattr(customer, name))) for name in _TEXTS if getattr(customer, name))
    if customer.roles:
        item["roles"] = text_set(customer.roles)
    if customer.email_verified:
        item[EMAIL_VERIFIED] = MARK
    if customer.expires_at is not None:
        item.update(expiry_attributes(customer.expires_at))
    for purpose in TokenPurpose:
        token = customer.token(purpose)
        if token is not None:
            item[purpose.value] = token_to_value(token, customer.password_version)
    return item


def customer_from_item(item: Item) -> Customer:
    """The customer in ``item``; raises StoreFaultError if a newer service wrote the item."""
    refuse_newer_schema(item)
    return Customer(
        customer_id=read_text(item, "customer_id"),
        email=read_text(item, "email") or None,
        email_key=read_text(item, "email_key") or None,
        roles=read_text_set(item, "roles"),
        password_hash=read_text(item, "password_hash"),
        password_version=read_number(item, "password_version"),
        version=read_number(item, "version"),
        created_at=datetime.fromisoformat(read_text(item, "created_at")),
        updated_at=datetime.fromisoformat(read_text(item, "updated_at")),
        email_verified=EMAIL_VERIFIED in item,
        expires_at=read_optional_moment(item, EXPIRES_AT),
        email_verification=token_from_item(item, TokenPurpose.VERIFY_EMAIL),
        password_reset=token_from_item(item, TokenPurpose.RESET_PASSWORD),
        **{name: read_text(item, name) for name in PROFILE},
    )


def session_attributes(sessions: Iterable[Session]) -> dict[str, AttributeValue]:
    """The attributes of a customer with these sessions."""
    return {"sessions": {"M": {each.session_id: session_to_value(each) for each in sessions}}}


def session_to_value(session: Session) -> AttributeValue:
    """The map entry of ``session``. The entry's name is the id; the roles are the customer's."""
    value = {"issued": moment(session.issued_at), "expires": moment(session.expires_at)}
    if session.device:
        value[_DEVICE] = text(session.device)
    return {"M": value}


def sessions_from_item(customer_id: str, item: Item) -> tuple[Session, ...]:
    """The sessions in a customer's item, or in the projection of it that was read."""
    sessions = item.get("sessions")
    if sessions is None:
        return ()
    roles, verified = read_text_set(item, "roles"), EMAIL_VERIFIED in item
    return tuple(
        Session(
            session_id,
            customer_id,
            roles,
            read_moment(entry["M"], "issued"),
            read_moment(entry["M"], "expires"),
            verified,
            read_text(entry["M"], _DEVICE),
        )
        for session_id, entry in sessions["M"].items()
    )


def names_no_other_session(item: Item, session_id: str) -> bool:
    """Whether the projection of a customer's item for ``session_id`` has no other session."""
    parts = (item.get("sessions"), item.get("wiped"))
    return all(name == session_id for part in parts if part is not None for name in part["M"])
