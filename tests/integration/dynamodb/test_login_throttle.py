"""How long DynamoDB keeps a counter of the login throttle."""

from datetime import timedelta

import pytest
from support.builders.values import an_attempt
from support.dynamodb.databases import local_client, local_database

from cybershop_customer.adapters.dynamodb.keys import login_attempts_key
from cybershop_customer.adapters.dynamodb.storage import storage_on

pytestmark = pytest.mark.dynamodb_local


def test_a_counter_outlives_its_window_by_no_more_than_a_day() -> None:
    """A counter that is deleted in its window would admit more attempts than the limit."""
    database, attempt = local_database(), an_attempt()

    storage_on(database).login_throttle.charge(attempt)

    item = local_client().get_item(
        TableName=database.customer_table, Key={"pk": {"S": login_attempts_key(attempt)}}
    )["Item"]
    end = int(attempt.window_ends_at.timestamp())
    assert end < int(item["ttl"]["N"]) <= end + timedelta(days=1).total_seconds()
