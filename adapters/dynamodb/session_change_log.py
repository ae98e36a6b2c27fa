"""The feed of ended sessions on DynamoDB."""

import logging

from ...domain.errors import StoreFaultError
from ...domain.session_feed import SessionChange
from ...ports.session_change_log import SessionChangeLog
from .attributes import text
from .database import Database
from .session_change_item import PARTITION, session_change_from_item
from .store_log import StoreLog


class DynamoDBSessionChangeLog(SessionChangeLog):
    """Reads the changes that the repositories keep in ``database``, where its feed is on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._log = StoreLog()

    def read(self, *, after: str, limit: int) -> tuple[SessionChange, ...]:
        if not self._database.session_feed:
            # An empty answer would say that nothing has ended.
            fault = "the feed of ended sessions is off: set CUSTOMER_SESSION_FEED=true"
            sentence = f"{fault} in every process that changes customers, and in this one"
            self._log.failed(logging.ERROR, fault, sentence)
            raise StoreFaultError(fault)
        query = {
            "TableName": self._database.logger_table,
            "KeyConditionExpression": "#partition = :partition AND #at > :after",
            "ExpressionAttributeNames": {"#partition": "customer_id", "#at": "at"},
            "ExpressionAttributeValues": {":partition": text(PARTITION), ":after": text(after)},
        }
        return tuple(map(session_change_from_item, self._database.query(query, limit)))
