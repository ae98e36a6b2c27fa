"""Counts the requests that are sent to DynamoDB."""

from collections.abc import Mapping

from ...ports.store_observer import StoreObserver
from .service_metrics import ServiceMetrics


class DynamoDBObserver(StoreObserver):
    """Counts attempts, retries and capacity units, by the operation of DynamoDB."""

    def __init__(self, metrics: ServiceMetrics) -> None:
        self._metrics = metrics

    def note_attempt(self, operation: str, outcome: str, units: Mapping[str, float]) -> None:
        self._metrics.dynamodb_attempts[operation, outcome].inc()
        for table, consumed in units.items():
            self._metrics.dynamodb_units[operation, table].inc(consumed)

    def note_retry(self, operation: str) -> None:
        self._metrics.dynamodb_retries[operation,].inc()
