"""DynamoDB's time."""

from datetime import datetime

from ...domain.errors import StoreFaultError, StoreUnavailableError
from ...ports.store_time import StoreTime
from .attributes import text
from .database import Database
from .gateway import Request, RequestKind
from .keys import customer_key


class DynamoDBStoreTime(StoreTime):
    """Corrects a clock by the header ``Date`` of all replies to ``database``.

    ``ensure_known`` sends a request, which costs half a read unit, only if a wrong time would do
    harm: if this machine's clock was set, or if the feed is on and no reply of the last hour had
    the time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._estimate = database.gateway.clock_estimate

    def ensure_known(self) -> None:
        if not self._needs_reply:
            return
        try:
            self._database.gateway.call("get_item", self._smallest_read, RequestKind.READ)
        except StoreFaultError:
            # A refusal has the time too.
            return
        except StoreUnavailableError:
            if self._needs_reply:
                raise

    @property
    def _needs_reply(self) -> bool:
        feed_needs_reply = self._database.session_feed and not self._estimate.is_fresh
        return self._estimate.clock_was_set or feed_needs_reply

    @property
    def _smallest_read(self) -> Request:
        """A read that the policy of a session checker allows, of a key that no customer has."""
        return {
            "TableName": self._database.customer_table,
            "Key": {"pk": text(customer_key("#time"))},
            "ProjectionExpression": "#schema",
            "ExpressionAttributeNames": {"#schema": "schema"},
        }

    def correct(self, moment: datetime) -> datetime:
        return self._estimate.correct(moment)
