"""All entries of both tables, read and written page by page."""

import json
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from ...domain.audit import ANYONE
from ...domain.errors import StoreFaultError
from ...domain.store_entry import AuditEntry, StoreEntry
from ...ports.bulk_access import BulkTarget, EntryPage
from .attributes import Item, read_text
from .batch_writer import THREADS, BatchWriter
from .bulk_items import entry_from_customer_table, entry_from_logger_table, entry_to_item
from .call_failure import error_code
from .call_limits import CallLimits
from .client import make_client
from .copied_days import CopiedDays
from .gateway import DynamoDBGateway, Reply, RequestKind
from .provisioning.provisioner import operator_errors
from .provisioning.table_design import TableDesign, keys_text, table_designs
from .provisioning.table_state import describe_table, read_keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

COPY_LIMITS: Final = CallLimits(connect_timeout=5, read_timeout=20, attempts=12, time_limit=120)
"""No customer waits for a copy, so each call waits longer until DynamoDB has scaled up."""

_CUSTOMER: Final = "customer"
_LOGGER: Final = "logger"

_RIGHTS: Final = "a copy needs the rights of CopyPolicy (deploy/README.md)"


class DynamoDBBulkAccess(BulkTarget):
    """Scans the tables with consistent reads, and writes by BatchWriteItem.

    A cursor is a JSON array: the name of a table without its prefix, and the LastEvaluatedKey.
    """

    def __init__(
        self, gateway: DynamoDBGateway, writer: BatchWriter, prefix: str, *, place: str, items: int
    ) -> None:
        self._gateway = gateway
        self._writer = writer
        self._place = place
        self._items = items
        self._tables = {name: f"{prefix}{name}" for name in (_CUSTOMER, _LOGGER)}
        self._days = CopiedDays(gateway, self._tables[_LOGGER])

    @property
    def place(self) -> str:
        return self._place

    def estimate_count(self) -> int | None:
        # DynamoDB counts every six hours, and new tables have the count 0.
        return self._items or None

    def read_page(self, after: str | None, *, limit: int) -> EntryPage:
        table, start = self._read_cursor(after)
        reply = self._scan(table, limit, start)
        to_entry = entry_from_customer_table if table == _CUSTOMER else entry_from_logger_table
        found = (to_entry(item) for item in reply["Items"])
        entries = tuple(entry for entry in found if entry is not None)
        if "LastEvaluatedKey" in reply:
            return EntryPage(entries, json.dumps([table, reply["LastEvaluatedKey"]]))
        return EntryPage(entries, json.dumps([_LOGGER, None]) if table == _CUSTOMER else None)

    def is_empty(self) -> bool:
        return not any(self._scan(table, 1)["Items"] for table in self._tables)

    def write(self, entries: Sequence[StoreEntry]) -> None:
        items: dict[tuple[str, str, str], Item] = {}
        with _explained_refusals():
            for entry in entries:
                item = entry_to_item(entry)
                table = _CUSTOMER
                if isinstance(entry, AuditEntry):
                    table = _LOGGER
                    if entry.customer_id == ANYONE:
                        self._days.note(entry)
                # BatchWriteItem refuses two items with one key.
                partition = read_text(item, "pk" if table == _CUSTOMER else "customer_id")
                items[table, partition, read_text(item, "at")] = item
            self._writer.write([(self._tables[table], item) for (table, *_), item in items.items()])

    def _scan(self, table: str, limit: int, start: Item | None = None) -> Reply:
        request: dict[str, Any] = {
            "TableName": self._tables[table],
            "ConsistentRead": True,
            "Limit": limit,
        }
        if start is not None:
            request["ExclusiveStartKey"] = start
        with _explained_refusals():
            return self._gateway.call(
                "scan", request, RequestKind.READ, lambda reply: "Items" in reply
            )

    def _read_cursor(self, cursor: str | None) -> tuple[str, Item | None]:
        """The table, and the key of the last item, or None at the beginning of the table."""
        with suppress(TypeError, ValueError):
            table, start = json.loads(cursor) if cursor else (_CUSTOMER, None)
            if table in self._tables:
                return table, start
        raise StoreFaultError("the cursor is of another store or version: start the copy again")


@contextmanager
def dynamodb_bulk_access(endpoint: str | None, prefix: str) -> Generator[DynamoDBBulkAccess]:
    """All entries of the tables whose names begin with ``prefix``.

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
        StoreFaultError: a table does not exist, or cannot be described.
    """
    with closing(make_client(endpoint, limits=COPY_LIMITS, connections=THREADS)) as client:
        with operator_errors(client):
            described = [_describe(client, design) for design in table_designs(prefix)]
        tables = " and ".join(arn for arn, _ in described)
        is_over = Event()

        def pause(seconds: float) -> None:
            is_over.wait(seconds)

        gateway = DynamoDBGateway(client, COPY_LIMITS, sleep=pause)
        with closing(BatchWriter(gateway, sleep=pause)) as writer, _set_at_end(is_over):
            yield DynamoDBBulkAccess(
                gateway,
                writer,
                prefix,
                place=f"DynamoDB at {client.meta.endpoint_url}, the tables {tables}",
                items=sum(items for _, items in described),
            )


@contextmanager
def _set_at_end(is_over: Event) -> Generator[None]:
    """End the pauses of the requests in flight, so that Ctrl-C does not wait for them."""
    try:
        yield
    finally:
        is_over.set()


def _describe(client: "DynamoDBClient", design: TableDesign) -> tuple[str, int]:
    """The ARN of the table, and about how many items it has."""
    try:
        table = describe_table(client, design.name)
    except ClientError as error:
        if error_code(error) != "AccessDeniedException":
            raise
        raise StoreFaultError(
            f"these credentials may not describe the table {design.name}: {_RIGHTS}"
        ) from error
    if table is None:
        raise StoreFaultError(
            f"the table {design.name} does not exist at {client.meta.endpoint_url}, region"
            f" {client.meta.region_name}: run `cybershop-customer tables create` with"
            " CUSTOMER_STORAGE=dynamodb first"
        )
    keys = read_keys(table)
    if keys != design.keys:
        raise StoreFaultError(
            f"the table {design.name} has the key {keys_text(keys)} instead of"
            f" {keys_text(design.keys)}: it is another program's, so choose another"
            " CUSTOMER_TABLE_PREFIX"
        )
    return table["TableArn"], table.get("ItemCount", 0)


@contextmanager
def _explained_refusals() -> Generator[None]:
    try:
        yield
    except StoreFaultError as error:
        raise StoreFaultError(f"{error}; {_RIGHTS}") from error
