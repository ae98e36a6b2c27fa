"""How long a stop takes under 12 clients on kept connections, and whether one goes unserved.

``PYTHONPATH=tests python benchmarks/stops.py``: ten stops in memory, and ten on DynamoDB Local,
whose folder is ``$DYNAMODB_LOCAL_HOME`` or ``.dynamodb-local/``. The seconds count from the last
reply that a client got to the end of the process.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from statistics import median
from time import monotonic
from typing import Final

from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local
from support.http.api import Request
from support.http.keep_alive_clients import KeepAliveClients, Tally
from support.http.transports import encoded

STOPS: Final = 10
REPLIES: Final = 120
LISTENS: Final = "customer listens on "
LOGIN: Final = encoded(
    Request(
        "PUT",
        "/api/v1/customer/login",
        (("Content-Type", "application/json"),),
        json.dumps({"customer_id": "admin", "password": "demo-admin"}).encode(),
    )
)
CHECK: Final = encoded(Request("GET", "/api/v1/customer/session"))


def main() -> None:
    """Print one line for each store."""
    print(f"{'store':9} {'unanswered':>10} {'exit':>5} {'median s':>9} {'max s':>7}")
    measure("memory", {})
    measure(
        "dynamodb",
        {
            "CUSTOMER_STORAGE": "dynamodb",
            "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
            "CUSTOMER_TABLE_PREFIX": local_database().customer_table.removesuffix("customer"),
        },
    )


def measure(store: str, environ: Mapping[str, str]) -> None:
    """Stop the demo on ``store`` ten times."""
    stops = [stop(environ) for _ in range(STOPS)]
    seconds = [ended_at - tally.last_reply_at for tally, _, ended_at in stops]
    unanswered = sum(len(tally.unanswered) for tally, _, _ in stops)
    statuses = sorted({status for _, status, _ in stops})
    print(
        f"{store:9} {unanswered:10} {statuses!s:>5} {median(seconds):9.2f} {max(seconds):7.2f}",
        flush=True,
    )


def stop(environ: Mapping[str, str]) -> tuple[Tally, int, float]:
    """What the clients saw, the exit status, and when the process ended."""
    command = [sys.executable, "-m", "cybershop_customer", "serve", "--demo", "--port", "0"]
    with subprocess.Popen(
        command,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as service:
        lines = service.stdout or ()
        url = next(line.removeprefix(LISTENS).strip() for line in lines if LISTENS in line)
        with KeepAliveClients(url, lambda number: CHECK if number % 3 else LOGIN) as clients:
            clients.wait_until_busy(REPLIES)
            service.send_signal(signal.SIGTERM)
            clients.note_stop()
            status = service.wait(60)
            ended_at = monotonic()
    return clients.tally, status, ended_at


if __name__ == "__main__":
    main()
