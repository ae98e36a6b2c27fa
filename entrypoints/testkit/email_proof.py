"""Proves the e-mail address of a customer, or replaces it, with the real use cases."""

from datetime import timedelta
from typing import Final
from uuid import uuid4

from ...domain.actor import OPERATOR
from ...domain.customer import Customer
from ...domain.email_address import EmailAddress
from ...domain.one_time_token import TokenPurpose
from ...domain.services.audit_trail import AuditTrail
from ...domain.services.one_time_tokens import OneTimeTokens
from ..container import Container

_LIFETIME: Final = timedelta(minutes=1)


def set_email_verified(container: Container, customer_id: str, *, email_verified: bool) -> None:
    """Let the customer follow a link, or have an address that is not proven.

    Raises:
        CustomerNotFoundError: there is no such customer.
    """
    customers = container.customers()
    customer = customers.get_customer(customer_id, actor=OPERATOR)
    if customer.email_verified == email_verified:
        return
    if email_verified:
        _follow_link(container, customer)
    else:
        email = f"{uuid4().hex}@customers.test"
        customers.update_customer(customer_id, actor=OPERATOR, email=email)


def _follow_link(container: Container, customer: Customer) -> None:
    """Prove the address that the customer has. No mail is needed for that."""
    clock, random_source = container.clock(), container.random_source()
    tokens = OneTimeTokens(
        customers=container.customer_repository(),
        audit_trail=AuditTrail(container.audit_log(), clock, random_source),
        random_source=random_source,
        clock=clock,
    )
    address = EmailAddress(customer.email or "", customer.email_key or "")
    token = tokens.issue(customer, TokenPurpose.VERIFY_EMAIL, _LIFETIME, address)
    container.services().email_verification.complete_verification(token=token.secret)
