"""Reads a message about a product, strictly: every field at fault is named, all at once."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import falcon

from cybershop_customer import FieldFault, InvalidInputError

CREDENTIALS: Final = ("customer_id", "context_id")
"""Who sends the message; the middleware has read them by the time that anything here runs."""
_MAX_NAME: Final = 200
_SHOWN: Final = 64


def read_message(
    req: falcon.Request, *, required: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, str]:
    """The fields of the product that the message has.

    Raises:
        InvalidInputError: names each field that is missing, unknown, or breaks its rule.
        falcon.HTTPError: the body is no JSON object.
    """
    message: object = req.get_media()
    if not isinstance(message, dict):
        raise falcon.HTTPBadRequest(description="The message must be a JSON object")
    known = (*CREDENTIALS, *required, *optional)
    faults = [
        FieldFault(_printable(name), f"is not a field here; these are: {', '.join(known)}")
        for name in message
        if name not in known
    ]
    faults += [FieldFault(name, "is missing") for name in required if name not in message]
    fields = {name: message[name] for name in (*required, *optional) if name in message}
    faults += [
        FieldFault(name, fault)
        for name, value in fields.items()
        if (fault := _RULES[name](value)) is not None
    ]
    if not faults and optional and not any(name in fields for name in optional):
        first, *others = optional
        faults.append(FieldFault(first, f"or {' or '.join(others)} must be given"))
    if faults:
        raise InvalidInputError(faults)
    if "price" in fields:
        fields["price"] = _with_two_decimals(fields["price"])
    return fields


def _product_id_fault(value: object) -> str | None:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9._~-]{1,64}", value):
        return "must have 1 to 64 characters, each a letter, a digit or one of - . _ ~"
    return None


def _name_fault(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_NAME:
        return f"must have 1 to {_MAX_NAME} characters, and not spaces alone"
    # Control characters, lone surrogates, line breaks.
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in value):
        return "must not contain control characters or line breaks"
    return None


def _price_fault(value: object) -> str | None:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,2})?", value):
        return 'must be an amount below ten million as a string, such as "19.90"'
    return None


_RULES: Final[Mapping[str, Callable[[object], str | None]]] = {
    "product_id": _product_id_fault,
    "name": _name_fault,
    "price": _price_fault,
}


def _with_two_decimals(price: str) -> str:
    whole, _, cents = price.partition(".")
    return f"{int(whole)}.{cents:0<2}"


def _printable(name: str) -> str:
    """A stranger's name for a field, cut short and fit for any text."""
    return name[:_SHOWN].encode(errors="backslashreplace").decode()
