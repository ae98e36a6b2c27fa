"""Checks that a reply belongs to its request: it must name the request's tables and keys.

Processes that share a connection, or a proxy, can mix up replies. A reply that names other tables
or keys counts as lost, and the gateway sends the request again.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from .attributes import Item

_KEY_CONDITION: Final = re.compile(
    r"(?P<hash>#\w+) = (?P<partition>:\w+)"
    r"(?: AND (?P<range>#\w+) (?:> (?P<after>:\w+)|BETWEEN (?P<first>:\w+) AND (?P<last>:\w+)))?",
    re.ASCII,
)
"""The forms of KeyConditionExpression that this adapter uses. Another one raises RuntimeError."""


def is_reply_to(request: Mapping[str, Any], reply: Mapping[str, Any]) -> bool:
    """Whether ``reply`` comes from DynamoDB, and names the tables and keys of ``request``."""
    return (
        _names_tables(request, reply.get("ConsumedCapacity"))
        and all(map(_key_test(request), _items(reply)))
        and ("UnprocessedItems" not in reply or _leaves_own_puts(request, reply))
    )


def names_failed_item(request: Mapping[str, Any], index: int, item: Item | None) -> bool:
    """Whether ``item`` has the key of the write at ``index``, whose condition was not met.

    Args:
        request: one write, or a transaction of several.
        index: the index of the write, from 0.
        item: the item that DynamoDB returned; None, which passes, if it returned none.
    """
    if item is None:
        return True
    writes = request.get("TransactItems", [{"": request}])
    if index >= len(writes):
        return False
    write: Mapping[str, Any] = next(iter(writes[index].values()))
    if "Key" in write:
        return _holds(item, write["Key"])
    put: Item = write.get("Item", {})
    return all(item.get(name) == put.get(name) for name in _key_names(put))


def table_names(request: Mapping[str, Any]) -> list[str]:
    """The names of the tables of ``request``, without duplicates."""
    if "RequestItems" in request:
        return [*request["RequestItems"]]
    writes: list[Mapping[str, Any]] = request.get("TransactItems", [{"": request}])
    names = [arguments["TableName"] for write in writes for arguments in write.values()]
    return list(dict.fromkeys(names))


def consumed_units(reply: Mapping[str, Any]) -> dict[str, float]:
    """The capacity units that the request consumed, by table. ``is_reply_to`` holds for it.

    They are the reads or the writes of the operation: no operation here does both.
    """
    consumed: Mapping[str, Any] | list[Mapping[str, Any]] = reply["ConsumedCapacity"]
    tables = consumed if isinstance(consumed, list) else [consumed]
    units: dict[str, float] = {}
    for table in tables:
        name, count = table.get("TableName"), table.get("CapacityUnits")
        # Another server than AWS's may leave one of them out.
        if isinstance(name, str) and isinstance(count, (int, float)) and count >= 0:
            units[name] = units.get(name, 0.0) + count
    return units


def _names_tables(
    request: Mapping[str, Any], consumed: Mapping[str, Any] | list[Mapping[str, Any]] | None
) -> bool:
    if consumed is None:
        # Only DynamoDB returns the capacity. A proxy or a captive portal does not.
        return False
    requested = table_names(request)
    tables = consumed if isinstance(consumed, list) else [consumed]
    return all(table.get("TableName", requested[0]) in requested for table in tables)


def _items(reply: Mapping[str, Any]) -> Iterator[Item]:
    if "Item" in reply:
        yield reply["Item"]
    yield from reply.get("Items", ())
    for items in reply.get("Responses", {}).values():
        yield from items
    for left in reply.get("UnprocessedKeys", {}).values():
        yield from left["Keys"]
    if "LastEvaluatedKey" in reply:
        yield reply["LastEvaluatedKey"]


def _key_test(request: Mapping[str, Any]) -> Callable[[Item], bool]:
    """Returns a test of whether an item has a key that ``request`` asks for.

    It is made once for a reply, which may have thousands of items.
    """
    if "Key" in request:
        key: Item = request["Key"]
        return lambda item: _holds(item, key)
    if "RequestItems" in request:
        tables = request["RequestItems"].values()
        # A request that writes has no keys, and its reply no items.
        keys = [key for table in tables if "Keys" in table for key in table["Keys"]]
        return lambda item: any(_holds(item, key) for key in keys)
    if "KeyConditionExpression" not in request:
        # A scan, which returns any item of its table.
        return lambda _: True
    condition = _KEY_CONDITION.fullmatch(request["KeyConditionExpression"])
    if condition is None:
        raise RuntimeError(
            f"reply_check does not know the condition {request['KeyConditionExpression']!r}."
            " Add its form to _KEY_CONDITION."
        )
    names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
    hash_name, partition = names[condition["hash"]], values[condition["partition"]]
    if condition["range"] is None:
        return lambda item: item.get(hash_name) == partition
    range_name, is_in_range = names[condition["range"]], _range_test(condition, values)
    return lambda item: (
        item.get(hash_name) == partition and is_in_range(item.get(range_name, {}).get("S", ""))
    )


def _range_test(condition: re.Match[str], values: Item) -> Callable[[str], bool]:
    if condition["after"] is not None:
        after: str = values[condition["after"]]["S"]
        return lambda position: position > after
    first: str = values[condition["first"]]["S"]
    last: str = values[condition["last"]]["S"]
    return lambda position: first <= position <= last


def _leaves_own_puts(request: Mapping[str, Any], reply: Mapping[str, Any]) -> bool:
    """Whether each put that BatchWriteItem left undone is one of the request's."""
    left = _put_keys(reply["UnprocessedItems"])
    sent = _put_keys(request["RequestItems"]) if left else []
    return all(key in sent for key in left)


def _put_keys(writes: Mapping[str, list[Mapping[str, Any]]]) -> list[tuple[str, Item]]:
    """The table and the primary key of each put."""
    items = [(table, put["PutRequest"]["Item"]) for table, puts in writes.items() for put in puts]
    return [(table, {name: item[name] for name in _key_names(item)}) for table, item in items]


def _key_names(item: Item) -> tuple[str, ...]:
    """The names of the primary key of ``item``, in whichever of the two tables it is."""
    return ("pk",) if "pk" in item else ("customer_id", "at")


def _holds(item: Item, key: Item) -> bool:
    return all(item.get(name) == value for name, value in key.items())
