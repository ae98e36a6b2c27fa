"""The rules that a customer's fields keep, and a collector that reports every fault at once."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from .errors import FieldFault, InvalidInputError

RESERVED_IDS: Final = frozenset({"-", ".", "..", "login", "logoff", "operator", "session"})
"""Ids that no customer may have: path words of the HTTP interface, and names the audit log uses."""

_CUSTOMER_ID: Final = re.compile(r"[A-Za-z0-9\-._~]{1,128}", re.ASCII)
_ROLE: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
# Cc: control characters; Cs: lone surrogates, which UTF-8 cannot carry; Zl, Zp: line breaks.
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class TextRule:
    """How long a text may be, in characters (code points) and in bytes of UTF-8.

    Names and addresses of any script pass and are kept as written; control characters, line
    breaks and lone surrogates are refused (OWASP ASVS 5.0, 2.2.1).
    """

    max_characters: int
    max_bytes: int

    def fault(self, value: object) -> str | None:
        """What is wrong with ``value``, or None if nothing is."""
        if not isinstance(value, str):
            return "must be a string"
        if len(value) > self.max_characters:
            return f"must have at most {self.max_characters} characters"
        if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in value):
            return "must not contain control characters, line breaks or lone surrogates"
        if len(value.encode()) > self.max_bytes:
            return f"must have at most {self.max_bytes} bytes in UTF-8"
        if value and not value.strip():
            return "must not consist of spaces only"
        return None


NAME: Final = TextRule(max_characters=100, max_bytes=400)
ADDRESS: Final = TextRule(max_characters=200, max_bytes=800)
EMAIL: Final = TextRule(max_characters=254, max_bytes=254)
"""RFC 5321, 4.5.3.1.3, less the angle brackets."""

PROFILE: Final = {"fname": NAME, "lname": NAME, "address1": ADDRESS, "address2": ADDRESS}
"""The fields of a profile that are plain text, each with its rule."""


def customer_id_fault(value: object) -> str | None:
    """What is wrong with ``value`` as a ``customer_id``, or None if nothing is."""
    if not isinstance(value, str):
        return "must be a string"
    if not _CUSTOMER_ID.fullmatch(value):
        return "must have 1 to 128 characters, each a letter, a digit or one of - . _ ~"
    return None


def new_customer_id_fault(value: object) -> str | None:
    """What is wrong with ``value`` as the id of a new customer, or None if nothing is."""
    fault = customer_id_fault(value)
    if fault is None and value in RESERVED_IDS:
        return "is a name the service keeps for itself"
    return fault


def role_fault(value: object) -> str | None:
    """What is wrong with ``value`` as the name of a role, or None if nothing is."""
    if not isinstance(value, str) or not _ROLE.fullmatch(value):
        return "must be a lower-case word of at most 32 letters, digits, _ and -"
    return None


class Faults:
    """Collects what is wrong with each field, so that a caller learns it all at once.

    Each field has one fault, the first that is noted.

    Args:
        found: the faults that the use case's own caller found in the same input.
    """

    def __init__(self, found: Iterable[FieldFault] = ()) -> None:
        self._found: dict[str, FieldFault] = {}
        for fault in found:
            self.note(fault.field, fault.detail)

    def __iter__(self) -> Iterator[FieldFault]:
        return iter([*self._found.values()])

    def __contains__(self, field: str) -> bool:
        return field in self._found

    def note(self, field: str, detail: str | None) -> bool:
        """Note ``detail`` against ``field``; None notes nothing. Returns whether all is well."""
        if detail is not None:
            self._found.setdefault(field, FieldFault(field, detail))
        return detail is None

    def raise_if_any(self) -> None:
        """Raise InvalidInputError with all that was noted, if anything was."""
        if self._found:
            raise InvalidInputError(self._found.values())


def require_customer_id(value: object, found: Iterable[FieldFault] = ()) -> None:
    """Raise InvalidInputError unless ``value`` can be a ``customer_id`` and nothing was found."""
    faults = Faults(found)
    faults.note("customer_id", customer_id_fault(value))
    faults.raise_if_any()
