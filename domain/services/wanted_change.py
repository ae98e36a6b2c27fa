"""The values that an update wants, and the change that they need."""

from collections.abc import Mapping
from functools import cache

from ..customer import Customer, CustomerUpdate, EmailAddress, EmailChange
from .emails import Emails
from .passwords import Passwords


class WantedChange:
    """The values that an update gives. A value that is None or left out stays as it is.

    An update that lost a race compares them with the customer again. Hashing is slow, so the
    password is hashed at most once.
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
        """The change that gives ``current`` the wanted values, or None if it has them already.

        Raises:
            InvalidInputError: the new password is the id or the e-mail address of ``current``.
        """
        stored = current.profile
        profile = {name: text for name, text in self._profile.items() if stored[name] != text}
        email = self._email_change(current)
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

    def _email_change(self, current: Customer) -> EmailChange | None:
        address = self._address
        if address is None:
            return None
        # Only the key differs if the setting unique_email changed since the address was stored.
        key = self._emails.key_to_hold(address)
        if (address.address, key) == (current.email, current.email_key):
            return None
        return EmailChange(address=address.address, key=key, old_key=current.email_key)

    def _new_hash(self, current: Customer) -> str | None:
        """The hash of the new password, or None if the password stays the same."""
        password = self._password
        if password is None or self._passwords.verify(password, current.password_hash):
            return None
        own_words = (current.customer_id, current.email)
        self._passwords.require_new(password, own_words=own_words)
        return self._hash_once(password)
