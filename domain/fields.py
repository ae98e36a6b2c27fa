"""The rules for a customer's fields, and a collector that reports every fault at once."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypedDict, TypeVar, cast, get_args, get_type_hints

from .characters import character_fault, has_invisible, is_blank
from .errors import FieldFault, InvalidInputError
from .reserved_ids import impersonates, is_reserved

CUSTOMER_ID: Final = re.compile(r"[A-Za-z0-9\-._~]{1,128}", re.ASCII)
LANGUAGE_TAG: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
_ROLE: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TextRule:
    """How long a text may be, in characters (code points) and in bytes of UTF-8.

    Texts of any script are accepted and kept as written (OWASP ASVS 5.0, 2.2.1). Control
    characters, line breaks, deceptive characters and texts without a visible character are
    refused.
    """

    max_characters: int
    max_bytes: int

    def fault(self, value: object) -> str | None:
        """The rule that ``value`` breaks, or None if it breaks none."""
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


class LanguageTagRule(TextRule):
    """A language with subtags, such as ``de-AT`` (RFC 5646, 2.1), or nothing."""

    def fault(self, value: object) -> str | None:
        """The rule that ``value`` breaks, or None if it breaks none."""
        fault = TextRule.fault(self, value)
        if fault is None and value and not LANGUAGE_TAG.fullmatch(str(value)):
            return "must be a language tag, such as en or de-AT"
        return fault


NAME: Final = TextRule(max_characters=100, max_bytes=400)
ADDRESS: Final = TextRule(max_characters=200, max_bytes=800)
LOCALE: Final = LanguageTagRule(max_characters=35, max_bytes=35)
"""RFC 5646, 4.4.1, recommends room for 35 characters."""
EMAIL: Final = TextRule(max_characters=254, max_bytes=254)
"""RFC 5321, 4.5.3.1.3, without the angle brackets. The limit of a domain, 255 bytes (4.5.3.1.2),
needs no check of its own."""

MAX_LOCAL_PART: Final = 64
"""The most bytes of UTF-8 before the @ (RFC 5321, 4.5.3.1.1; RFC 6531)."""

T = TypeVar("T")


class Profile(TypedDict, Generic[T], total=False):
    """The text fields of a profile, each with its rule.

    This is their one definition. Use cases take the fields as keyword arguments. The HTTP
    messages, the stores and the audit log take the names from ``PROFILE``. A new field needs a
    line here, and a line with the same name in ``Customer``.
    """

    fname: Annotated[T, NAME]
    lname: Annotated[T, NAME]
    address1: Annotated[T, ADDRESS]
    address2: Annotated[T, ADDRESS]
    locale: Annotated[T, LOCALE]


PROFILE: Final[Mapping[str, TextRule]] = {
    name: get_args(hint)[1] for name, hint in get_type_hints(Profile, include_extras=True).items()
}
"""The rule of each profile field, by the field's name, in the order of display."""


def complete_profile(profile: Profile[str]) -> dict[str, str]:
    """Every profile field; a field that ``profile`` leaves out is empty.

    Raises:
        TypeError: ``profile`` has an unknown field.
    """
    _require_known(profile)
    return {**dict.fromkeys(PROFILE, ""), **cast("Mapping[str, str]", profile)}


def given_profile(profile: Profile[str | None]) -> dict[str, str]:
    """The fields of ``profile`` that are not None.

    Raises:
        TypeError: ``profile`` has an unknown field.
    """
    _require_known(profile)
    given = cast("Mapping[str, str | None]", profile)
    values = {name: given.get(name) for name in PROFILE}
    return {name: value for name, value in values.items() if value is not None}


def _require_known(profile: Mapping[str, object]) -> None:
    for name in profile:
        if name not in PROFILE:
            # The message that Python gives for an unknown keyword argument.
            raise TypeError(f"got an unexpected keyword argument {name!r}")


def new_email_fault(value: object) -> str | None:
    """The rule that ``value`` breaks as a new e-mail address, or None if it breaks none.

    The syntax is not checked here. These rules do not apply to a login, so a customer can log in
    with an address that was stored before the rules existed.
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
    """The rule that ``value`` breaks as a ``customer_id``, or None if it breaks none."""
    if not isinstance(value, str):
        return "must be a string"
    if not CUSTOMER_ID.fullmatch(value):
        return "must have 1 to 128 characters, each a letter, a digit or one of - . _ ~"
    return None


def new_customer_id_fault(value: object, *, by_operator: bool = False) -> str | None:
    """The rule that ``value`` breaks as the id of a new customer, or None if it breaks none.

    Only an operator may choose an id that customers take for the shop's own, such as ``admin``.
    """
    fault = customer_id_fault(value)
    if fault is not None or not isinstance(value, str):
        return fault
    if is_reserved(value) or (impersonates(value) and not by_operator):
        return "is a name the service keeps for itself"
    return None


def role_fault(value: object) -> str | None:
    """The rule that ``value`` breaks as the name of a role, or None if it breaks none."""
    if not isinstance(value, str) or not _ROLE.fullmatch(value):
        return "must be a lower-case word of at most 32 letters, digits, _ and -"
    return None


class Faults:
    """Collects the faults of an input, so that a caller learns all of them at once.

    Each field has at most one fault: the first that is noted.

    Args:
        found: the faults that the caller of the use case found in the same input.
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
        """Note ``detail`` as the fault of ``field``. Return True if it is None: no fault."""
        if detail is not None:
            self._found.setdefault(field, FieldFault(field, detail))
        return detail is None

    def note_profile(self, profile: Mapping[str, object]) -> None:
        """Note the fault of each field of ``profile``."""
        for name, value in profile.items():
            self.note(name, PROFILE[name].fault(value))

    def raise_if_any(self) -> None:
        """Raise InvalidInputError with every noted fault, if there is one."""
        if self._found:
            raise InvalidInputError(self._found.values())


def require_customer_id(value: object, found: Iterable[FieldFault] = ()) -> None:
    """Raise InvalidInputError if ``value`` is no ``customer_id``, or ``found`` has a fault."""
    faults = Faults(found)
    faults.note("customer_id", customer_id_fault(value))
    faults.raise_if_any()
