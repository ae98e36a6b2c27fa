"""The operator's access to DynamoDB."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, NoReturn

from ...domain.errors import StoreFaultError
from ...ports.bulk_access import BulkSource, BulkTarget
from ...ports.finding import Finding
from ...ports.scan_estimate import ScanEstimate
from ...ports.store_administration import StoreAdministration, TableProvisioner


class DynamoDBAdministration(StoreAdministration):
    """Examines and provisions the tables. boto3 is slow, so each method imports what it needs.

    Args:
        endpoint: a URL, or None for AWS's own.
        table_prefix: stands before the names of the tables.
    """

    def __init__(self, endpoint: str | None, table_prefix: str) -> None:
        self._endpoint = endpoint
        self._table_prefix = table_prefix

    def examine(self) -> Iterator[Finding]:
        from .doctor.checks import run_checks  # noqa: PLC0415

        return run_checks(self._endpoint, self._table_prefix)

    def require_present(self) -> None:
        """Do nothing: only `tables create` creates tables, and each call names a missing one."""

    def provisioner(self) -> AbstractContextManager[TableProvisioner[Any]]:
        from .provisioning.table_provisioner import table_provisioner  # noqa: PLC0415

        return table_provisioner(self._endpoint, self._table_prefix)

    def estimate_scan(self) -> ScanEstimate:
        from .scan_estimate import estimate_scan  # noqa: PLC0415

        return estimate_scan(self._endpoint, self._table_prefix)

    def backups(self) -> NoReturn:
        raise StoreFaultError(
            "DynamoDB keeps backups by itself. Point-in-time recovery restores the tables to any"
            " second of the last 35 days: docs/dynamodb.md, 'Go back in time'"
        )

    def bulk_source(
        self,
        *,
        exclusive: bool = True,  # noqa: ARG002 (a table cannot be locked)
    ) -> AbstractContextManager[BulkSource]:
        from .bulk_access import dynamodb_bulk_access  # noqa: PLC0415

        return dynamodb_bulk_access(self._endpoint, self._table_prefix)

    def bulk_target(self) -> AbstractContextManager[BulkTarget]:
        from .bulk_access import dynamodb_bulk_access  # noqa: PLC0415

        return dynamodb_bulk_access(self._endpoint, self._table_prefix)
