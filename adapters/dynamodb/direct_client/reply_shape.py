"""Checks that the items of a reply have the form of DynamoDB's items.

botocore checks each reply against its model of the service. The repositories rely on that: without
it, a value of the wrong type would count as a fault of this service, not as a lost reply.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from botocore.parsers import ResponseParserError


def check_shape(reply: dict[str, Any]) -> dict[str, Any]:
    """Return ``reply`` without its members that are null, with its binary values decoded.

    Raises:
        ResponseParserError: a member has another form than DynamoDB gives it.
        ValueError: a binary value is not base64.
    """
    if None in reply.values():
        reply = {name: value for name, value in reply.items() if value is not None}
    for name, member in reply.items():
        check = _CHECKS.get(name)
        if check is not None:
            check(member)
    return reply


def _check_tables(responses: object) -> None:
    for items in _object(responses).values():
        _check_items(items)


def _check_unprocessed_keys(tables: object) -> None:
    for unprocessed in _object(tables).values():
        _check_items(_object(unprocessed).get("Keys"))


def _check_unprocessed_items(tables: object) -> None:
    for writes in _object(tables).values():
        for write in _list(writes):
            for request in _object(write).values():
                for item in _object(request).values():
                    _check_item(item)


def _check_reasons(reasons: object) -> None:
    for reason in _list(reasons):
        if not isinstance(_object(reason).get("Code", ""), str):
            raise _malformed()
        if reason.get("Item") is not None:
            _check_item(reason["Item"])


def _check_items(items: object) -> None:
    for item in _list(items):
        _check_item(item)


def _check_item(item: object) -> None:
    for value in _object(item).values():
        # The usual value, written out for speed: the feed reads thousands of entries a second.
        if type(value) is dict and len(cast("dict[str, Any]", value)) == 1:
            ((kind, content),) = cast("dict[str, Any]", value).items()
            if type(content) is str and (kind == "S" or kind == "N"):  # noqa: PLR1714
                continue
        _check_value(cast("object", value))


def _check_value(value: object) -> None:
    """Check one attribute value: an object whose one member is named by its type."""
    attribute = _object(value)
    if len(attribute) != 1:
        raise _malformed()
    ((kind, content),) = attribute.items()
    expected: type
    if kind in {"S", "N"}:
        expected = str
    elif kind == "M":
        expected = dict
        _check_item(content)
    elif kind in {"BOOL", "NULL"}:
        expected = bool
    elif kind in {"L", "SS", "NS", "BS"}:
        expected = list
        _check_elements(kind, attribute, _list(content))
    elif kind == "B":
        expected = str
        attribute[kind] = b64decode(content, validate=True) if type(content) is str else content
    else:
        raise _malformed()
    if type(content) is not expected:
        raise _malformed()


def _check_elements(kind: str, value: dict[str, Any], elements: list[Any]) -> None:
    if kind == "L":
        for element in elements:
            _check_value(element)
    elif not all(type(element) is str for element in elements):
        raise _malformed()
    elif kind == "BS":
        value[kind] = [b64decode(element, validate=True) for element in elements]


def _object(value: object) -> dict[str, Any]:
    if type(value) is not dict:
        raise _malformed()
    return cast("dict[str, Any]", value)


def _list(value: object) -> list[Any]:
    if type(value) is not list:
        raise _malformed()
    # A copy, because mypy and pyright agree on its type.
    return [*value]


def _malformed() -> ResponseParserError:
    # It quotes nothing, because an item may have a password hash.
    return ResponseParserError("an item of the reply does not have DynamoDB's form")


_CHECKS: Final[Mapping[str, Callable[[object], None]]] = {
    "Attributes": _check_item,
    "CancellationReasons": _check_reasons,
    "Item": _check_item,
    "Items": _check_items,
    "LastEvaluatedKey": _check_item,
    "Responses": _check_tables,
    "UnprocessedItems": _check_unprocessed_items,
    "UnprocessedKeys": _check_unprocessed_keys,
}
"""How to check each member of a reply that has items."""
