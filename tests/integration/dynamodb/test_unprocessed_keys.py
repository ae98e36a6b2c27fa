"""BatchGetItem may leave keys out when the table is busy. The store asks for them again."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from support.builders.values import a_record
from support.dynamodb.stub_endpoint import Act, StubServer, stub_endpoint, succeed

from cybershop_customer import StoreUnavailableError
from cybershop_customer.adapters.dynamodb.audit_item import record_to_item
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.domain.audit import AuditRecord
from cybershop_customer.ports.audit_log import AuditLog

LIMITS = CallLimits(connect_timeout=0.5, read_timeout=2, attempts=1)
TABLE = "shop-logger"
RECORDS = tuple(a_record("zoe") for _ in range(3))
POSITIONS = {record.position for record in RECORDS}


@contextmanager
def audit_log(*acts: Act) -> Iterator[tuple[AuditLog, StubServer]]:
    with (
        stub_endpoint(*acts) as server,
        closing(make_client(server.url, limits=LIMITS, connections=1)) as client,
    ):
        yield storage_on(Database(DynamoDBGateway(client, LIMITS), "shop-")).audit_log, server


def reply(found: tuple[AuditRecord, ...], left: tuple[AuditRecord, ...]) -> Act:
    return succeed(
        Responses={TABLE: [dict(record_to_item(record)) for record in found]},
        UnprocessedKeys={TABLE: {"Keys": [key(record) for record in left]}} if left else {},
        ConsumedCapacity=[{"TableName": TABLE, "CapacityUnits": 1}],
    )


def key(record: AuditRecord) -> dict[str, Any]:
    return {"customer_id": {"S": record.customer_id}, "at": {"S": record.position}}


def test_keys_that_were_left_out_are_asked_for_again() -> None:
    first, *rest = RECORDS
    with audit_log(reply((first,), tuple(rest)), reply(tuple(rest), ())) as (log, server):
        assert log.find("zoe", POSITIONS) == {record.position: record for record in RECORDS}

    again = json.loads(server.requests[1])["RequestItems"][TABLE]["Keys"]
    assert again == [key(record) for record in rest]
    assert len(server.requests) == 2


def test_a_store_that_serves_no_key_is_unavailable() -> None:
    acts = reply((), RECORDS), reply(RECORDS, ())
    with audit_log(*acts) as (log, server), pytest.raises(StoreUnavailableError):
        log.find("zoe", POSITIONS)

    assert len(server.requests) == 1
