"""Reads the items of a customer table from a file, such as ``aws dynamodb scan`` prints.

The file is UTF-8. It is either one JSON document, which is an object with the list ``Items`` or the
list itself, or has one JSON object on each line. The values of an item are strings, or DynamoDB's
typed values such as ``{"S": "zoe"}`` (AWS documentation, "AttributeValue"). A line may also be the
object ``{"Item": …}`` of an export to S3.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, TextIO, cast

from ..domain.errors import FieldFault
from ..domain.fields import PROFILE

FIELDS: Final = ("customer_id", "email", "password", *PROFILE)
"""The attributes that are read."""

SESSION: Final = "context_id"
"""An attribute of the shop's first service: the session of a customer."""


class UnreadableFileError(ValueError):
    """The file has neither form. The message says what to do."""


@dataclass(frozen=True, slots=True)
class TableItem:
    """One item of the file."""

    number: int
    """The number of the item's line; in a JSON document its position, from 1."""
    fields: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """The attributes in ``FIELDS`` that are text."""
    faults: tuple[FieldFault, ...] = ()
    """What is wrong with the item. No fault has a value."""
    ignored: tuple[str, ...] = ()
    """The names of the other attributes, except ``SESSION``."""


def read_items(file: TextIO) -> Iterator[TableItem]:
    """The items of ``file``. Lines are read one by one, a document as a whole.

    Raises:
        UnreadableFileError: the file is neither a JSON document nor lines of JSON objects.
    """
    numbered = enumerate(file, 1)
    first = next(((number, line) for number, line in numbered if line.strip()), None)
    if first is None:
        return
    if _begins_document(first[1]):
        items = _read_document("".join(line for _, line in chain([first], numbered)))
        yield from (_read_item(number, item) for number, item in enumerate(items, 1))
        return
    for number, line in chain([first], numbered):
        if line.strip():
            try:
                item: object = json.loads(line)
            except (ValueError, RecursionError):
                yield TableItem(number, faults=(FieldFault("the line", "must be a JSON object"),))
            else:
                yield _read_item(number, item)


def _begins_document(line: str) -> bool:
    """Whether the first line begins a document: it is no whole object, or has the ``Items``."""
    text = line.strip()
    if not (text.startswith("{") and text.endswith("}")):
        return text.startswith(("{", "["))
    try:
        item: object = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(item, dict) and isinstance(cast("dict[str, Any]", item).get("Items"), list)


def _read_document(text: str) -> list[object]:
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        document = cast("dict[str, object]", document).get("Items")
    if not isinstance(document, list):
        raise UnreadableFileError(
            "it is neither a JSON document with the list Items, as `aws dynamodb scan` prints it,"
            " nor one JSON object a line. Use --output json with aws"
        )
    return cast("list[object]", document)


def _read_item(number: int, item: object) -> TableItem:
    if not isinstance(item, dict):
        return TableItem(number, faults=(FieldFault("the item", "must be a JSON object"),))
    attributes = cast("dict[str, object]", item)
    if isinstance(attributes.get("Item"), dict) and len(attributes) == 1:
        attributes = cast("dict[str, object]", attributes["Item"])
    values = {name: _untyped(attributes.get(name)) for name in FIELDS}
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    return TableItem(
        number,
        texts,
        tuple(_faults(values)),
        tuple(name for name in attributes if name not in FIELDS and name != SESSION),
    )


def _untyped(value: object) -> object:
    """The value of an attribute; None for DynamoDB's null."""
    if not isinstance(value, dict):
        return value
    typed = cast("dict[str, object]", value)
    if "S" in typed and len(typed) == 1:
        return typed["S"]
    return None if typed.keys() == {"NULL"} else typed


def _faults(values: Mapping[str, object]) -> Iterable[FieldFault]:
    for name, value in values.items():
        if value is not None and not isinstance(value, str):
            yield FieldFault(name, "must be a string")
    for name in ("customer_id", "email"):
        # Without its id, a second import would add the customer once more.
        if values[name] is None:
            yield FieldFault(name, "is missing")
