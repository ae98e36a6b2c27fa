"""CPU time of one session check on DynamoDB, against a raw botocore ``get_item``.

Both read the same item from a stub on loopback, in another process, which answers at once. The
figures are the CPU time of this process alone, from one run: rounds of one and of the other take
turns, and the median round counts. So the ratio means something on any machine; the microseconds
depend on the machine.

    python benchmarks/session_check_dynamodb.py
"""

import statistics
import time
from collections.abc import Callable
from typing import Final

import botocore.session
from dynamodb_stub import dynamodb_stub

from cybershop_customer.adapters.dynamodb.storage import dynamodb_storage

ROUNDS: Final = 21
CALLS: Final = 300
CUSTOMER_ID: Final = "567dce7f-b7b4-4efd-b75e-2b98592abe6d"
SESSION_ID: Final = "Ew7RhHYyT0CUkD7vRzSlxQ"


def raw_botocore(endpoint: str) -> Callable[[], object]:
    """The read as anybody would write it: botocore as it comes."""
    client = botocore.session.Session().create_client("dynamodb", endpoint_url=endpoint)
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


def adapter(endpoint: str) -> Callable[[], object]:
    """The read as the service does it, as far as a ``Session``."""
    sessions = dynamodb_storage(endpoint, "").sessions
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
        raw, ours = raw_botocore(endpoint), adapter(endpoint)
        microseconds(raw), microseconds(ours)
        rounds = [(microseconds(raw), microseconds(ours)) for _ in range(ROUNDS)]
    raws, adapters = zip(*rounds, strict=True)
    ratios = [mine / other for other, mine in rounds]
    print(f"raw botocore get_item   {statistics.median(raws):7.0f} µs of CPU")
    print(f"adapter's find()        {statistics.median(adapters):7.0f} µs of CPU")
    spread = f"{min(ratios):.2f} to {max(ratios):.2f} in {ROUNDS} rounds of {CALLS}"
    print(f"adapter / raw           {statistics.median(ratios):7.2f} ({spread})")


if __name__ == "__main__":
    main()
