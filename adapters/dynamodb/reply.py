"""Whether a reply answers the request: it must name the tables and the keys that were asked for.

Replies can be mixed up on their way: by processes that share a connection, or by a proxy. A reply
that names something else counts as lost, and the request is sent again.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .attributes import Item

_KEY_CONDITION: Final = re.compile(
    r"(?P<hash>#\w+) = (?P<partition>:\w+)"
    r"(?: AND (?P<range>#\w+) (?:> (?P<after>:\w+)|BETWEEN (?P<first>:\w+) AND (?P<last>:\w+)))?",
    re.ASCII,
)
"""The forms of KeyConditionExpression in use; another one fails every call, and so any test."""


def is_answer(request: Mapping[str, Any], reply: Mapping[str, Any]) -> bool:
    """Whether ``reply`` is DynamoDB's, and about what ``request`` asks for."""
    return _is_of_tables(request, reply.get("ConsumedCapacity")) and all(
        _has_key(request, item) for item in _items(reply)
    )


def is_refusal(request: Mapping[str, Any], index: int, item: Item | None) -> bool:
    """Whether ``item`` can be the one that failed the condition of the write at ``index``.

    Args:
        request: a write, or a transaction of several.
        index: the number of the write, from 0.
        item: what did not meet its condition, where that was told.
    """
    if item is None:
        return True
    writes = request.get("TransactItems", [{"": request}])
    if index >= len(writes):
        return False
    write: Mapping[str, Any] = next(iter(writes[index].values()))
    if "Key" in write:
        return _holds(item, write["Key"])
    # Only items of the table "customer" are put under a condition.
    put: Item = write.get("Item", {})
    return item.get("pk") == put.get("pk")


def table_names(request: Mapping[str, Any]) -> list[str]:
    """The names of the tables that a request is about, each once."""
    writes: list[Mapping[str, Any]] = request.get("TransactItems", [{"": request}])
    names = [arguments["TableName"] for write in writes for arguments in write.values()]
    return list(dict.fromkeys(names))


def _is_of_tables(
    request: Mapping[str, Any], consumed: Mapping[str, Any] | list[Mapping[str, Any]] | None
) -> bool:
    if consumed is None:
        # Whatever answers on the way, a proxy or a captive portal, knows nothing of this.
        return False
    asked = table_names(request)
    told = consumed if isinstance(consumed, list) else [consumed]
    return all(it.get("TableName", asked[0]) in asked for it in told)


def _items(reply: Mapping[str, Any]) -> Iterator[Item]:
    if "Item" in reply:
        yield reply["Item"]
    yield from reply.get("Items", ())
    if "LastEvaluatedKey" in reply:
        yield reply["LastEvaluatedKey"]


def _has_key(request: Mapping[str, Any], item: Item) -> bool:
    if "Key" in request:
        return _holds(item, request["Key"])
    condition = _KEY_CONDITION.fullmatch(request["KeyConditionExpression"])
    if condition is None:
        raise RuntimeError(
            f"is_answer does not know the condition {request['KeyConditionExpression']!r}"
        )
    names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
    if item.get(names[condition["hash"]]) != values[condition["partition"]]:
        return False
    if condition["range"] is None:
        return True
    place = item.get(names[condition["range"]], {}).get("S", "")
    if condition["after"] is not None:
        return bool(place > values[condition["after"]]["S"])
    return bool(values[condition["first"]]["S"] <= place <= values[condition["last"]]["S"])


def _holds(item: Item, key: Item) -> bool:
    return all(item.get(name) == value for name, value in key.items())
