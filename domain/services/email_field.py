"""Reads the field ``email`` of an input."""

from typing import Final

from ...ports.email_syntax import EmailSyntax
from ..customer import EmailAddress
from ..fields import EMAIL, Faults, new_email_fault

_NONE: Final = EmailAddress("", "")


def parse_new_email(value: object, syntax: EmailSyntax, faults: Faults) -> EmailAddress:
    """Like ``parse_email``, for an address that a customer is to have."""
    faults.note("email", fault := new_email_fault(value))
    return _NONE if fault is not None else parse_email(value, syntax, faults)


def parse_email(value: object, syntax: EmailSyntax, faults: Faults) -> EmailAddress:
    """The address that ``value`` is; if it is none, notes why and returns an empty one.

    Whoever calls this calls ``faults.raise_if_any()`` before using the address.
    """
    if faults.note("email", EMAIL.fault(value)) and isinstance(value, str):
        try:
            return syntax.parse(value)
        except ValueError as error:
            faults.note("email", f"is not an e-mail address: {error}")
    return _NONE
