"""CPU time of one session check on DynamoDB, with both clients, against botocore's ``get_item``.

All three read the same item from a stub on loopback, in another process, which answers at once. The
figures are the CPU time of this process alone, from one run: rounds of the three take
turns, and the median round counts. So the ratio means something on any machine; the microseconds
depend on the machine.

    python benchmarks/session_check_dynamodb.py
"""

import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import botocore.session
from dynamodb_stub import dynamodb_stub

from cybershop_customer.adapters.dynamodb.storage import dynamodb_storage

ROUNDS: Final = 21
CALLS: Final = 300
CUSTOMER_ID: Final = "567dce7f-b7b4-4efd-b75e-2b98592abe6d"
SESSION_ID: Final = "Ew7RhHYyT0CUkD7vRzSlxQ"


def raw_botocore(endpoint: str) -> Callable[[], object]:
    """The read as anybody would write it: botocore as it comes."""
    client: Any = botocore.session.Session().create_client("dynamodb", endpoint_url=endpoint)
    return lambda: client.get_item(
        TableName="customer",
        Key={"pk": {"S": f"C#{CUSTOMER_ID}"}},
        ConsistentRead=True,
        ReturnConsumedCapacity="TOTAL",
        ProjectionExpression="#schema, #roles, #sessions.#session",
        ExpressionAttributeNames={
            "#schema": "schema",
            "#roles": "roles",
            "#sessions": "sessions",
            "#session": SESSION_ID,
        },
    )


def adapter(endpoint: str, *, direct: bool) -> Callable[[], object]:
    """The read as the service does it, as far as a ``Session``."""
    sessions = dynamodb_storage(endpoint, "", direct=direct).sessions
    return lambda: sessions.find(CUSTOMER_ID, SESSION_ID)


def microseconds(call: Callable[[], object]) -> float:
    """CPU time of this process for one call, over a round."""
    start = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - start) / CALLS * 1e6


def main() -> None:
    """Measure and print."""
    with dynamodb_stub(SESSION_ID) as endpoint:
        calls = {
            "raw botocore get_item": raw_botocore(endpoint),
            "find(), client botocore": adapter(endpoint, direct=False),
            "find(), client direct": adapter(endpoint, direct=True),
        }
        for call in calls.values():
            microseconds(call)
        rounds = [[microseconds(call) for call in calls.values()] for _ in range(ROUNDS)]
    for name, times in zip(calls, zip(*rounds, strict=True), strict=True):
        ratios = [mine / one[0] for mine, one in zip(times, rounds, strict=True)]
        print(
            f"{name:24} {statistics.median(times):6.0f} µs of CPU,"
            f" {statistics.median(ratios):4.2f} of the raw read"
            f" ({min(ratios):.2f} to {max(ratios):.2f} in {ROUNDS} rounds of {CALLS})"
        )


if __name__ == "__main__":
    main()
