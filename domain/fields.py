"""The rules that a customer's fields keep, and a collector that reports every fault at once."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypedDict, TypeVar, cast, get_args, get_type_hints

from .characters import character_fault, has_invisible, is_blank
from .errors import FieldFault, InvalidInputError
from .reserved_ids import impersonates, is_reserved

_CUSTOMER_ID: Final = re.compile(r"[A-Za-z0-9\-._~]{1,128}", re.ASCII)
_ROLE: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TextRule:
    """How long a text may be, in characters (code points) and in bytes of UTF-8.

    Names and addresses of any script pass and are kept as written (OWASP ASVS 5.0, 2.2.1).
    Control characters, line breaks, characters that deceive, and texts that show nothing are
    refused.
    """

    max_characters: int
    max_bytes: int

    def fault(self, value: object) -> str | None:
        """What is wrong with ``value``, or None if nothing is."""
        if not isinstance(value, str):
            return "must be a string"
        if len(value) > self.max_characters:
            return f"must have at most {self.max_characters} characters"
        fault = character_fault(value)
        if fault is not None:
            return fault
        if len(value.encode()) > self.max_bytes:
            return f"must have at most {self.max_bytes} bytes in UTF-8"
        if is_blank(value):
            return "must not consist of spaces and invisible characters only"
        return None


NAME: Final = TextRule(max_characters=100, max_bytes=400)
ADDRESS: Final = TextRule(max_characters=200, max_bytes=800)
EMAIL: Final = TextRule(max_characters=254, max_bytes=254)
"""RFC 5321, 4.5.3.1.3, less the angle brackets; so no domain has the 255 bytes of 4.5.3.1.2."""

MAX_LOCAL_PART: Final = 64
"""RFC 5321, 4.5.3.1.1, in bytes of UTF-8 (RFC 6531)."""

T = TypeVar("T")


class Profile(TypedDict, Generic[T], total=False):
    """The fields of a profile that are plain text, each with its rule.

    This is their one definition. Use cases take them as keyword arguments; the messages and
    answers of HTTP, the stores and the audit log take their names from ``PROFILE``. A new field
    needs a line here, and one with the same name in ``Customer``.
    """

    fname: Annotated[T, NAME]
    lname: Annotated[T, NAME]
    address1: Annotated[T, ADDRESS]
    address2: Annotated[T, ADDRESS]


PROFILE: Final[Mapping[str, TextRule]] = {
    name: get_args(hint)[1] for name, hint in get_type_hints(Profile, include_extras=True).items()
}
"""The names of the fields of a profile, in the order in which they are shown, and their rules."""


def complete_profile(profile: Profile[str]) -> dict[str, str]:
    """Every field, empty where ``profile`` leaves it out.

    Raises:
        TypeError: ``profile`` has a field that there is not.
    """
    _require_known(profile)
    return {**dict.fromkeys(PROFILE, ""), **cast("Mapping[str, str]", profile)}


def given_profile(profile: Profile[str | None]) -> dict[str, str]:
    """The fields that ``profile`` has, without those that are None; raises likewise."""
    _require_known(profile)
    given = cast("Mapping[str, str | None]", profile)
    values = {name: given.get(name) for name in PROFILE}
    return {name: value for name, value in values.items() if value is not None}


def _require_known(profile: Mapping[str, object]) -> None:
    for name in profile:
        if name not in PROFILE:
            # As Python says it of a function that names its arguments.
            raise TypeError(f"got an unexpected keyword argument {name!r}")


def new_email_fault(value: object) -> str | None:
    """What is wrong with ``value`` as a new e-mail address, whatever its syntax, or None.

    An address that was stored before these rules may still be used to log in.
    """
    fault = EMAIL.fault(value)
    if fault is not None or not isinstance(value, str):
        return fault
    local_part = value.rpartition("@")[0]
    if len(local_part.encode()) > MAX_LOCAL_PART:
        return f"must have at most {MAX_LOCAL_PART} bytes in UTF-8 before the @"
    if has_invisible(local_part):
        return "must not contain spaces or invisible characters"
    return None


def customer_id_fault(value: object) -> str | None:
    """What is wrong with ``value`` as a ``customer_id``, or None if nothing is."""
    if not isinstance(value, str):
        return "must be a string"
    if not _CUSTOMER_ID.fullmatch(value):
        return "must have 1 to 128 characters, each a letter, a digit or one of - . _ ~"
    return None


def new_customer_id_fault(value: object, *, by_operator: bool = False) -> str | None:
    """What is wrong with ``value`` as the id of a new customer, or None if nothing is.

    Only an operator may give an id that speaks for the shop, such as ``admin``.
    """
    fault = customer_id_fault(value)
    if fault is not None or not isinstance(value, str):
        return fault
    if is_reserved(value) or (impersonates(value) and not by_operator):
        return "is a name the service keeps for itself"
    return None


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

    def note_profile(self, profile: Mapping[str, object]) -> None:
        """Note what is wrong with each field of ``profile``."""
        for name, value in profile.items():
            self.note(name, PROFILE[name].fault(value))

    def raise_if_any(self) -> None:
        """Raise InvalidInputError with all that was noted, if anything was."""
        if self._found:
            raise InvalidInputError(self._found.values())


def require_customer_id(value: object, found: Iterable[FieldFault] = ()) -> None:
    """Raise InvalidInputError unless ``value`` can be a ``customer_id`` and nothing was found."""
    faults = Faults(found)
    faults.note("customer_id", customer_id_fault(value))
    faults.raise_if_any()
