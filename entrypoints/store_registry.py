"""The stores that a deployment can choose."""

from typing import Final

STORES: Final = {
    "dynamodb": "dynamodb.store:DynamoDBStore",
    "memory": "memory.store:MemoryStore",
    "sqlite": "sqlite.store:SQLiteStore",
}
"""For each value of ``CUSTOMER_STORAGE``, the module in ``adapters`` and its ``Store`` class.

They are texts because the settings list the names but know no adapter, and because a process loads
only the store that it uses.
"""
