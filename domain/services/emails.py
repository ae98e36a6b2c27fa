"""Reads e-mail addresses, and says which key a customer holds for one."""

from typing import Final

from ...ports.email_syntax import EmailSyntax
from ..customer import EmailAddress
from ..fields import EMAIL, Faults, new_email_fault

_NONE: Final = EmailAddress("", "")


class Emails:
    """The rules for e-mail addresses of a deployment: their syntax, and whether each is unique.

    What reads an address notes why it is none, and then returns an empty one. Call
    ``faults.raise_if_any()`` before using it.
    """

    def __init__(self, syntax: EmailSyntax, *, unique: bool = True) -> None:
        self._syntax = syntax
        self._unique = unique

    def read_new(self, value: object, faults: Faults) -> EmailAddress:
        """The address in the field ``email``, which a customer is to have."""
        faults.note("email", fault := new_email_fault(value))
        return _NONE if fault is not None else self._read(value, faults)

    def read_login(self, value: object, faults: Faults) -> EmailAddress:
        """The address in the field ``email``, by which a customer logs in."""
        if self._unique:
            return self._read(value, faults)
        faults.note("email", "cannot be used to log in, since customers here may share one")
        return _NONE

    def key_to_hold(self, address: EmailAddress) -> str | None:
        """The key that a customer holds alone for ``address``; None where addresses are shared."""
        return address.key if self._unique else None

    def _read(self, value: object, faults: Faults) -> EmailAddress:
        if faults.note("email", EMAIL.fault(value)) and isinstance(value, str):
            try:
                return self._syntax.parse(value)
            except ValueError as error:
                faults.note("email", f"is not an e-mail address: {error}")
        return _NONE
