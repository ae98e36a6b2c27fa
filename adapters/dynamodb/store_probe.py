"""Whether DynamoDB can serve."""

from ...ports.store_probe import StoreProbe
from .attributes import text
from .database import Database
from .gateway import Effect


class DynamoDBStoreProbe(StoreProbe):
    """Reads where nothing is, once from each table, with rights that the service needs anyway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def probe(self) -> None:
        self._database.get("probe", strong=False)
        query = {
            "TableName": self._database.logger_table,
            "Limit": 1,
            "KeyConditionExpression": "#customer_id = :nobody",
            "ExpressionAttributeNames": {"#customer_id": "customer_id"},
            "ExpressionAttributeValues": {":nobody": text("probe#")},
        }
        self._database.gateway.call("query", query, Effect.READ)
