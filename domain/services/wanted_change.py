"""What an update is to make of a customer, and what has to change for that."""

from collections.abc import Mapping
from functools import cache

from ..customer import Customer, CustomerUpdate, EmailAddress, EmailChange
from .emails import Emails
from .passwords import Passwords


class WantedChange:
    """The values that an update gives; None and what is left out stay as they are.

    An update that lost a race compares it with another state of the customer. The password is
    hashed once all the same, since that is slow.
    """

    def __init__(
        self,
        *,
        profile: Mapping[str, str],
        address: EmailAddress | None,
        password: str | None,
        passwords: Passwords,
        emails: Emails,
    ) -> None:
        self._profile = profile
        self._address = address
        self._password = password
        self._passwords = passwords
        self._emails = emails
        self._hash_once = cache(passwords.hash)

    def difference(self, current: Customer) -> CustomerUpdate | None:
        """What has to change for ``current`` to be as wanted, or None if it is already.

        Raises:
            InvalidInputError: the new password is what is known of ``current``.
        """
        before = current.profile
        profile = {name: text for name, text in self._profile.items() if before[name] != text}
        email = self._change_of_email(current)
        password_hash = self._new_hash(current)
        if not (profile or email or password_hash):
            return None
        return CustomerUpdate(
            customer_id=current.customer_id,
            if_version=current.version,
            profile=profile,
            email=email,
            password_hash=password_hash,
        )

    def _change_of_email(self, current: Customer) -> EmailChange | None:
        address = self._address
        if address is None:
            return None
        # The key differs alone where the setting unique_email has changed meanwhile.
        key = self._emails.key_to_hold(address)
        if (address.address, key) == (current.email, current.email_key):
            return None
        return EmailChange(address=address.address, key=key, old_key=current.email_key)

    def _new_hash(self, current: Customer) -> str | None:
        """The hash of the new password; None if it is the present one, or none is wanted."""
        password = self._password
        if password is None or self._passwords.verify(password, current.password_hash):
            return None
        own_words = (current.customer_id, current.email)
        self._passwords.require_new(password, own_words=own_words)
        return self._hash_once(password)
