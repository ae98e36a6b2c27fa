"""The fields of a customer in a file: how they are read, and how they are written."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from ...domain.audit import rfc3339
from ...domain.customer import Customer
from ...domain.errors import FieldFault
from ...domain.fields import PROFILE, Faults
from ...domain.imported_customer import ImportedCustomer
from .file_record import FileRecord, RecordUnit

SESSION_FIELD: Final = "context_id"
"""An attribute of the shop's first service: the session of a customer. It is never imported."""


@dataclass(frozen=True, slots=True)
class ParsedCustomer:
    """The customer of one record, and what is wrong with it. No fault has a value."""

    number: int
    unit: RecordUnit
    wanted: ImportedCustomer
    faults: tuple[FieldFault, ...] = ()
    ignored: tuple[str, ...] = ()
    """The names of the values that are not imported, except ``SESSION_FIELD``."""
    is_unreadable: bool = False
    """Whether the record has no values. The faults say why."""


class _WrongTypeError(ValueError):
    """The value has another type than its field. The text says which it must have."""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _WrongTypeError("must be a string")
    return value


def _number(value: object) -> int:
    # A CSV cell is a text. The longest number that is allowed has 16 digits.
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:  # noqa: PLR2004
        return int(value)
    if type(value) is not int:
        raise _WrongTypeError("must be a whole number")
    return value


def _boolean(value: object) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise _WrongTypeError("must be true or false")


def _time(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(value))
        if moment.tzinfo is not None:
            # Fails for a time that is not in the years 1 to 9999 in UTC.
            return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        pass
    raise _WrongTypeError("must be a time with its offset, such as 2026-03-01T12:00:00Z (RFC 3339)")


def _roles(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(value.split())
    items = cast("list[object]", value if isinstance(value, list) else [None])
    names = [item for item in items if isinstance(item, str)]
    if len(names) != len(items):
        raise _WrongTypeError("must be a list of names; in CSV with spaces between them")
    return frozenset(names)


_READERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "customer_id": _text,
    "email": _text,
    "password": _text,
    "password_hash": _text,
    **dict.fromkeys(PROFILE, _text),
    "roles": _roles,
    "email_verified": _boolean,
    "version": _number,
    "password_version": _number,
    "created_at": _time,
    "updated_at": _time,
    "expires_at": _time,
}
FIELDS: Final = tuple(_READERS)
"""The fields that are read."""

EXPORTED: Final = tuple(name for name in FIELDS if name not in {"password", "password_hash"})
"""The fields that are written, unless the hashes are asked for."""


def parse_customer(record: FileRecord) -> ParsedCustomer:
    """The customer of ``record``. A value of the wrong type is a fault, and counts as not given."""
    if record.fault is not None:
        wanted, faults = ImportedCustomer(), (record.fault,)
        return ParsedCustomer(record.number, record.unit, wanted, faults, is_unreadable=True)
    found, fields, profile = Faults(), dict[str, Any](), dict[str, str]()
    for name, read in _READERS.items():
        value = record.values.get(name)
        if value is None:
            continue
        try:
            given: Any = read(value)
        except _WrongTypeError as error:
            found.note(name, str(error))
            continue
        target: dict[str, Any] = profile if name in PROFILE else fields
        target[name] = given
    if record.values.get("customer_id") is None:
        # Without its id, a second import would add the customer once more.
        found.note("customer_id", "is missing")
    return ParsedCustomer(
        record.number,
        record.unit,
        ImportedCustomer(profile=profile, **fields),
        tuple(found),
        tuple(name for name in record.values if name not in _READERS and name != SESSION_FIELD),
    )


def customer_values(customer: Customer, *, with_hash: bool) -> dict[str, Any]:
    """The values of ``customer`` as JSON has them. ``parse_customer`` reads the same customer."""
    values: dict[str, Any] = {name: getattr(customer, name) for name in EXPORTED}
    values["roles"] = sorted(customer.roles)
    for name in ("created_at", "updated_at", "expires_at"):
        moment: datetime | None = values[name]
        values[name] = None if moment is None else rfc3339(moment)
    if with_hash:
        values["password_hash"] = customer.password_hash
    return values


def csv_cells(values: Mapping[str, Any]) -> Iterable[str]:
    """The values of ``customer_values`` as the cells of CSV."""
    for value in values.values():
        if isinstance(value, bool):
            yield str(value).lower()
        elif isinstance(value, list):
            yield " ".join(cast("list[str]", value))
        else:
            yield "" if value is None else str(value)
