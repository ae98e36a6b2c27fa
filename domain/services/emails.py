"""Reads e-mail addresses, and decides which key a customer holds for an address."""

from typing import Final

from ...ports.email_syntax import EmailSyntax
from ..email_address import EmailAddress
from ..fields import EMAIL, Faults, new_email_fault

_NONE: Final = EmailAddress("", "")


class Emails:
    """The rules for the e-mail addresses of a deployment: the syntax, and uniqueness.

    If a text is no address, the methods that read it note the fault and return an empty address.
    Call ``faults.raise_if_any()`` before you use the address.
    """

    def __init__(self, syntax: EmailSyntax, *, unique: bool = True) -> None:
        self._syntax = syntax
        self._unique = unique

    @property
    def are_unique(self) -> bool:
        """Whether an address is one customer's only."""
        return self._unique

    def read(self, value: object, faults: Faults) -> EmailAddress:
        """The address in the field ``email``, by the rules for any address."""
        if faults.note("email", EMAIL.fault(value)) and isinstance(value, str):
            try:
                return self._syntax.parse(value)
            except ValueError as error:
                faults.note("email", f"is not an e-mail address: {error}")
        return _NONE

    def is_spelling_of(self, text: str | None, address: EmailAddress) -> bool:
        """Whether ``text``, a stored address, is a spelling of ``address``."""
        if text is None or text == address.address:
            return text is not None
        try:
            return self._syntax.parse(text).key == address.key
        except ValueError:
            # An earlier version of the service may have had other rules.
            return False

    def read_new(self, value: object, faults: Faults) -> EmailAddress:
        """The address in the field ``email``, as a customer's new address."""
        faults.note("email", fault := new_email_fault(value))
        return _NONE if fault is not None else self.read(value, faults)

    def read_login(self, value: object, faults: Faults) -> EmailAddress:
        """The address in the field ``email``, for a login."""
        if self._unique:
            return self.read(value, faults)
        faults.note("email", "cannot be used to log in, since customers here may share one")
        return _NONE

    def key_to_hold(self, address: EmailAddress) -> str | None:
        """The email key to reserve for ``address``, or None if customers may share addresses."""
        return address.key if self._unique else None
