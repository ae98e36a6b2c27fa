"""The session change feed on DynamoDB."""

import logging

from ...domain.errors import StoreFaultError
from ...domain.session_feed import SessionChange
from ...ports.session_change_log import SessionChangeLog
from .attributes import text
from .database import Database
from .outage_log import OutageLog
from .session_change_item import PARTITION, session_change_from_item


class DynamoDBSessionChangeLog(SessionChangeLog):
    """Reads the feed, which the repositories write. Refuses to read while the feed is off."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._log = OutageLog()

    def read(self, *, after: str, limit: int) -> tuple[SessionChange, ...]:
        if not self._database.session_feed:
            # An empty answer would say that no session has ended.
            fault = "the session change feed is off: set CUSTOMER_SESSION_FEED=true"
            message = f"{fault} in every process that changes customers, and in this one"
            self._log.log_failure(logging.ERROR, fault, message)
            raise StoreFaultError(fault)
        query = {
            "TableName": self._database.logger_table,
            "KeyConditionExpression": "#partition = :partition AND #at > :after",
            "ExpressionAttributeNames": {"#partition": "customer_id", "#at": "at"},
            "ExpressionAttributeValues": {":partition": text(PARTITION), ":after": text(after)},
        }
        return tuple(map(session_change_from_item, self._database.query(query, limit)))
