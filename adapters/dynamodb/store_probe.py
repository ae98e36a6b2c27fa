"""The store probe on DynamoDB."""

from ...ports.store_probe import StoreProbe
from .attributes import text
from .database import Database
from .gateway import RequestKind


class DynamoDBStoreProbe(StoreProbe):
    """Reads a key without an item from each table. Needs no rights beyond the service's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def probe(self) -> None:
        self._database.get("probe", strong=False)
        query = {
            "TableName": self._database.logger_table,
            "Limit": 1,
            "KeyConditionExpression": "#customer_id = :unused",
            "ExpressionAttributeNames": {"#customer_id": "customer_id"},
            "ExpressionAttributeValues": {":unused": text("probe#")},
        }
        self._database.gateway.call("query", query, RequestKind.READ)
