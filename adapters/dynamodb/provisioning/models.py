"""The two tables, declared: keys, time to live, billing.

Only what creates the tables reads this; pynamodb stores nothing here (see docs/decisions.md).
"""

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.models import Model


class CustomerTable(Model):
    """Customers with their sessions, guards of e-mail addresses, counters of logins."""

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Of the table."""

        table_name = "customer"
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    ttl = TTLAttribute(null=True)


class LoggerTable(Model):
    """The audit log, and the feed of ended sessions."""

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Of the table."""

        table_name = "logger"
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    customer_id = UnicodeAttribute(hash_key=True)
    at = UnicodeAttribute(range_key=True)
    ttl = TTLAttribute(null=True)
    """Only what the feed tells has it: records stay."""
