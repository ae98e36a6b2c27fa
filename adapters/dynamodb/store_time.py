"""The time by DynamoDB."""

from datetime import datetime

from ...domain.errors import StoreFaultError, StoreUnavailableError
from ...ports.store_time import StoreTime
from .attributes import text
from .database import Database
from .gateway import Effect, Request
from .keys import customer_key


class DynamoDBStoreTime(StoreTime):
    """Corrects by what the replies to all requests of ``database`` told.

    It asks, by one read of half a unit, only where a wrong time would do harm: with the feed, where
    no reply told the time for an hour, or ever; and after this machine's clock was set.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._estimate = database.gateway.clock_estimate

    def ensure_known(self) -> None:
        if not self._wanted:
            return
        try:
            self._database.gateway.call("get_item", self._question, Effect.READ)
        except StoreFaultError:
            # A refusal tells the time too.
            return
        except StoreUnavailableError:
            if self._wanted:
                raise

    @property
    def _wanted(self) -> bool:
        return self._estimate.jumped or (self._database.session_feed and not self._estimate.fresh)

    @property
    def _question(self) -> Request:
        """The smallest read that a read-only checker may make, of a customer that is not there."""
        return {
            "TableName": self._database.customer_table,
            "Key": {"pk": text(customer_key("#time"))},
            "ProjectionExpression": "#schema",
            "ExpressionAttributeNames": {"#schema": "schema"},
        }

    def correct(self, moment: datetime) -> datetime:
        return self._estimate.correct(moment)
