"""Reads JSON: one object a line, or what ``aws dynamodb scan`` prints of a customer table.

The file is UTF-8. It is either one JSON document, which is an object with the list ``Items`` or the
list itself, or has one JSON object on each line. The values of an object are plain, or DynamoDB's
typed values such as ``{"S": "zoe"}`` (AWS documentation, "AttributeValue"). A line may also be the
object ``{"Item": …}`` of an export to S3.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, count
from typing import Any, Final, TypeAlias, cast

from ...domain.errors import FieldFault
from .file_record import FileRecord, RecordUnit, UnreadableFileError, UnreadableLineError

_REPEATED: Final = object()
NumberedLine: TypeAlias = tuple[int, str | UnreadableLineError]


def read_json(lines: Iterable[str]) -> Iterator[FileRecord]:
    """The records of ``lines``. Lines are read one by one, a document as a whole.

    Raises:
        UnreadableFileError: the file is neither a JSON document nor lines of JSON objects.
    """
    numbered = (
        each for each in _numbered(lines) if not isinstance(each[1], str) or each[1].strip()
    )
    first = next(numbered, None)
    if first is None:
        return
    text = first[1]
    if isinstance(text, str) and not text.lstrip().startswith(("{", "[")):
        raise UnreadableFileError("its first line is no JSON. If the file is CSV, add --format csv")
    if isinstance(text, str) and _begins_document(text):
        items = _read_document("".join(map(_whole_line, chain([first], numbered))))
        for number, item in enumerate(items, 1):
            yield _read_object(number, item, RecordUnit.ITEM)
        return
    for number, line in chain([first], numbered):
        if isinstance(line, str):
            yield _read_object(number, _parsed(line), RecordUnit.LINE)
        else:
            yield FileRecord(number, fault=FieldFault("the line", str(line)))


def _numbered(lines: Iterable[str]) -> Iterator[NumberedLine]:
    """The lines with their numbers, from 1; the error of a line that cannot be read."""
    left = iter(lines)
    for number in count(1):
        try:
            yield number, next(left)
        except StopIteration:
            return
        except UnreadableLineError as error:
            yield number, error


def _whole_line(numbered: NumberedLine) -> str:
    """The line of a document, which cannot be read without it."""
    number, line = numbered
    if isinstance(line, str):
        return line
    raise UnreadableFileError(f"its line {number} {line}")


def _begins_document(line: str) -> bool:
    """Whether the first line begins a document: it is no whole object, or has the ``Items``."""
    text = line.strip()
    if not (text.startswith("{") and text.endswith("}")):
        return text.startswith(("{", "["))
    item = _parsed(text)
    return isinstance(item, dict) and isinstance(cast("dict[str, Any]", item).get("Items"), list)


def _unique(pairs: list[tuple[str, object]]) -> object:
    """The object; ``_REPEATED`` if it has a name twice, since programs differ in which counts."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else _REPEATED


def _parsed(text: str) -> object:
    """The value, or None if ``text`` is no JSON."""
    try:
        value: object = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None
    return value


def _read_document(text: str) -> list[object]:
    document = _parsed(text)
    if isinstance(document, dict):
        document = cast("dict[str, object]", document).get("Items")
    if not isinstance(document, list):
        raise UnreadableFileError(
            "it is neither a JSON document with the list Items, as `aws dynamodb scan` prints it,"
            " nor one JSON object a line. Use --output json with aws"
        )
    return cast("list[object]", document)


def _read_object(number: int, item: object, unit: RecordUnit) -> FileRecord:
    if not isinstance(item, dict):
        detail = "has a name twice" if item is _REPEATED else "must be a JSON object"
        fault = FieldFault(f"the {unit}", detail)
        return FileRecord(number, fault=fault, unit=unit)
    attributes = cast("dict[str, object]", item)
    if isinstance(attributes.get("Item"), dict) and len(attributes) == 1:
        attributes = cast("dict[str, object]", attributes["Item"])
    values = {name: _untyped(value) for name, value in attributes.items()}
    return FileRecord(number, values, unit=unit)


def _untyped(value: object) -> object:
    """The value of an attribute; None for DynamoDB's null."""
    if not isinstance(value, dict):
        return value
    typed = cast("dict[str, object]", value)
    if "S" in typed and len(typed) == 1:
        return typed["S"]
    return None if typed.keys() == {"NULL"} else typed
