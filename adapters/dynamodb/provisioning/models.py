"""Declares the keys, time to live and billing of the two tables.

Only the provisioning uses these models. The service does not read or write items with pynamodb
(see docs/decisions.md).
"""

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.models import Model


class CustomerTable(Model):
    """Customers with their sessions, guard items, and budgets of the login throttle."""

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The settings that pynamodb reads."""

        table_name = "customer"
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    ttl = TTLAttribute(null=True)


class LoggerTable(Model):
    """The audit log and the session change feed."""

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The settings that pynamodb reads."""

        table_name = "logger"
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    customer_id = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)
    ttl = TTLAttribute(null=True)
    """Only entries of the feed have it, so audit records stay."""
