"""A password that a customer is to have from now on."""

from functools import cache

from ..customer import Customer
from .password_hashing import PasswordHashing
from .passwords import Passwords


class NewPassword:
    """Compares a new password with the stored one, and hashes it at most once.

    An update that lost a race compares again, and hashing is slow.
    """

    def __init__(self, password: str, passwords: Passwords, hashing: PasswordHashing) -> None:
        self._password = password
        self._passwords = passwords
        self._hashing = hashing
        self._hash_once = cache(hashing.hash)

    def hash_for(self, current: Customer) -> str | None:
        """The hash to store with ``current``, or None if this is its password already.

        Raises:
            InvalidInputError: the password says something that is known of ``current``.
        """
        if self._hashing.verify(self._password, current.password_hash):
            return None
        self._passwords.require_new(self._password, own_words=own_words(current))
        return self._hash_once(self._password)


def own_words(customer: Customer) -> tuple[str | None, ...]:
    """What is known of ``customer`` that its password must not be."""
    return (customer.customer_id, customer.email, customer.fname, customer.lname)
