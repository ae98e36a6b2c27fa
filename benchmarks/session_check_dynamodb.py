"""CPU time of one session check on DynamoDB, against a raw botocore ``get_item``.

Both read the same item from a stub on loopback, in another process, which answers at once. The
figures are the CPU time of this process alone, from one run: rounds of one and of the other take
turns, and the median round counts. So the ratio means something on any machine; the microseconds
depend on the machine.

    python benchmarks/session_check_dynamodb.py
"""

import json
import os
import socketserver
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final
from zlib import crc32

import botocore.session

from cybershop_customer.adapters.dynamodb.attributes import moment
from cybershop_customer.adapters.dynamodb.storage import dynamodb_storage

ROUNDS: Final = 21
CALLS: Final = 300
CUSTOMER_ID: Final = "567dce7f-b7b4-4efd-b75e-2b98592abe6d"
SESSION_ID: Final = "Ew7RhHYyT0CUkD7vRzSlxQ"
ISSUED: Final = datetime(2031, 5, 17, 12, 0, 0, 123456, tzinfo=UTC)


class Server(socketserver.ThreadingTCPServer):
    """Serves each connection in a thread."""

    daemon_threads = True


class Stub(socketserver.StreamRequestHandler):
    """Answers every request with the same item, until the client hangs up."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer the requests of one connection."""
        answer = _answer()
        while self.rfile.readline():
            length = 0
            while (line := self.rfile.readline().strip().lower()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name == b"content-length" else length
            self.rfile.read(length)
            self.wfile.write(answer)


def _answer() -> bytes:
    times = {"issued": moment(ISSUED), "expires": moment(ISSUED.replace(hour=13))}
    item = {
        "schema": {"N": "1"},
        "roles": {"SS": ["admin"]},
        "sessions": {"M": {SESSION_ID: {"M": times}}},
    }
    capacity = {"TableName": "customer", "CapacityUnits": 1.0}
    body = json.dumps({"ConsumedCapacity": capacity, "Item": item}).encode()
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "x-amzn-RequestId: 7051c0b1-7ff4-441d-92e8-81fbf6c88cbb\r\n"
        f"x-amz-crc32: {crc32(body)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _serve(port: Connection) -> None:
    with Server(("127.0.0.1", 0), Stub) as server:
        port.send(server.server_address[1])
        server.serve_forever()


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
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "local")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "local")
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    server = context.Process(target=_serve, args=(sender,), daemon=True)
    server.start()
    try:
        endpoint = f"http://127.0.0.1:{receiver.recv()}"
        raw, ours = raw_botocore(endpoint), adapter(endpoint)
        microseconds(raw), microseconds(ours)
        rounds = [(microseconds(raw), microseconds(ours)) for _ in range(ROUNDS)]
    finally:
        server.terminate()
    raws, adapters = zip(*rounds, strict=True)
    ratios = [mine / other for other, mine in rounds]
    print(f"raw botocore get_item   {statistics.median(raws):7.0f} µs of CPU")
    print(f"adapter's find()        {statistics.median(adapters):7.0f} µs of CPU")
    spread = f"{min(ratios):.2f} to {max(ratios):.2f} in {ROUNDS} rounds of {CALLS}"
    print(f"adapter / raw           {statistics.median(ratios):7.2f} ({spread})")


if __name__ == "__main__":
    main()
