"""The values that an update wants, and the change that they need."""

from collections.abc import Mapping

from ..budget_names import name_budget_keys
from ..customer import Customer
from ..customer_update import CustomerUpdate, EmailChange
from ..email_address import EmailAddress
from .emails import Emails
from .new_password import NewPassword


class WantedChange:
    """The values that an update gives. A value that is None or left out stays as it is.

    An update that lost a race compares them with the customer again.
    """

    def __init__(
        self,
        *,
        profile: Mapping[str, str],
        address: EmailAddress | None,
        emails: Emails,
        password: NewPassword | None = None,
    ) -> None:
        self._profile = profile
        self._address = address
        self._password = password
        self._emails = emails

    def difference(self, current: Customer) -> CustomerUpdate | None:
        """The change that gives ``current`` the wanted values, or None if it has them already.

        Raises:
            InvalidInputError: the new password says something that is known of ``current``.
        """
        stored = current.profile
        profile = {name: text for name, text in self._profile.items() if stored[name] != text}
        email = self._email_change(current)
        password_hash = None if self._password is None else self._password.hash_for(current)
        if not (profile or email or password_hash):
            return None
        return CustomerUpdate(
            customer_id=current.customer_id,
            if_version=current.version,
            profile=profile,
            email=email,
            email_verified=False if _loses_proof(current, email) else None,
            password_hash=password_hash,
            reset_budgets=() if password_hash is None else _budgets(current, email),
        )

    def _email_change(self, current: Customer) -> EmailChange | None:
        address = self._address
        if address is None:
            return None
        # Only the key differs if the setting unique_email changed since the address was stored.
        key = self._emails.key_to_hold(address)
        if (address.address, key) == (current.email, current.email_key):
            return None
        return EmailChange(address=address.address, key=key, old_key=current.email_key)


def _loses_proof(current: Customer, email: EmailChange | None) -> bool:
    """Whether the customer has proven the address, and gets another one."""
    return current.email_verified and email is not None and email.key != email.old_key


def _budgets(current: Customer, email: EmailChange | None) -> tuple[str, ...]:
    """The budgets that a new password resets. A device has none, because it is forgotten."""
    email_key = current.email_key if email is None else email.key
    return name_budget_keys(current.customer_id, email_key)
