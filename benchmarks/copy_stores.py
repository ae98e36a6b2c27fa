"""What it costs to move a shop from SQLite to DynamoDB, and back to another file.

    PYTHONPATH=tests python benchmarks/copy_stores.py --customers 100000

Each customer has a session, a device, an e-mail guard and three audit records; some have
revocations, tokens and roles. `cybershop-customer copy` runs in a process of its own, whose peak
memory is printed. Both files are compared afterwards. DynamoDB is AWS's DynamoDB Local on this
machine, in memory, which shares the cores with the copy: its figures are no AWS figures.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local

from cybershop_customer import AuditRecord, Customer, Device, Revocation, Session
from cybershop_customer.adapters.sqlite.administration import SQLiteAdministration
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.domain.email_address import EmailAddress
from cybershop_customer.domain.one_time_token import StoredToken
from cybershop_customer.domain.services.store_comparison import compare_stores
from cybershop_customer.domain.session import CustomerWithSessions
from cybershop_customer.domain.store_entry import (
    AuditEntry,
    CustomerEntry,
    EmailGuardEntry,
    StoreEntry,
)

NOW: Final = datetime.now(UTC).replace(microsecond=0)
RECORDS: Final = 3
HASH: Final = "$2b$12$" + "x" * 53
COMMAND: Final = (
    "from cybershop_customer.entrypoints.cli.main import main; raise SystemExit(main())"
)


@dataclass(frozen=True)
class Run:
    """One run of the command."""

    seconds: float
    cpu_seconds: float
    """Of the command alone, without DynamoDB Local: the same on a busy machine."""
    peak_mib: float


def main() -> None:
    """Fill a file, copy it there and back, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, default=100_000)
    customers: int = parser.parse_args().customers
    print("| customers | direction | entries | seconds | entries/s | CPU s | peak MiB |")
    print("|---|---|---|---|---|---|---|")
    # The memory of the first, small shop shows whether it grows with the number of customers.
    for count in (customers // 10, customers):
        with TemporaryDirectory(prefix="copy-") as folder:
            measure(count, Path(folder))


def measure(customers: int, folder: Path) -> None:
    """Copy a shop of that many customers there and back."""
    first, second = folder / "first.db", folder / "second.db"
    entries = fill(first, customers)
    prefix = local_database().customer_table.removesuffix("customer")
    there = copy("sqlite", "dynamodb", first, prefix)
    show(customers, "sqlite to dynamodb", entries, there)
    back = copy("dynamodb", "sqlite", second, prefix)
    show(customers, "dynamodb to sqlite", entries, back)
    stores = [SQLiteAdministration(DatabaseFile(path)) for path in (first, second)]
    with stores[0].bulk_source() as source, stores[1].bulk_source() as target:
        result = compare_stores(source, target, now=NOW, advance=lambda _: None)
    if not result.is_equal or sum(part.count for part in result.source.values()) != entries:
        raise SystemExit(f"the files differ: {result}")
    print(f"The two files of {customers} customers compare equal.")


def fill(path: Path, customers: int) -> int:
    """Make the file. Returns its number of entries."""
    entries, count = shop(customers), 0
    with SQLiteAdministration(DatabaseFile(path)).bulk_target() as target:
        while page := list(islice(entries, 5000)):
            target.write(page)
            count += len(page)
    return count


def shop(customers: int) -> Iterator[StoreEntry]:
    """The entries of the shop."""
    for number in range(customers):
        customer_id = f"customer-{number}"
        yield CustomerEntry(account(customer_id, number))
        yield EmailGuardEntry(f"{customer_id}@shop.example", customer_id)
        for operation in range(RECORDS):
            yield audit_entry(customer_id, number * RECORDS + operation)


def account(customer_id: str, number: int) -> CustomerWithSessions:
    """A customer with a session and a device, and now and then more."""
    email = EmailAddress(f"{customer_id}@Shop.example", f"{customer_id}@shop.example")
    at = NOW - timedelta(seconds=number)
    customer = Customer(
        customer_id=customer_id,
        email=email.address,
        email_key=email.key,
        fname=f"Zoë {number}",
        lname="Muster",
        address1="1 High Street",
        roles=frozenset({"clerk"}) if number % 10 == 0 else frozenset(),
        password_hash=HASH,
        password_version=1 + number % 3,
        version=number + 1,
        created_at=at,
        updated_at=at,
        email_verified=number % 2 == 0,
        password_reset=StoredToken("h" * 22, NOW) if number % 5 == 0 else None,
        email_verification=StoredToken("v" * 22, NOW, email) if number % 7 == 0 else None,
    )
    name = f"{number:022d}"
    session = Session(
        name, customer_id, customer.roles, at, NOW, customer.email_verified, name[-6:]
    )
    revocations = tuple(Revocation(f"{other}{name[1:]}", at) for other in range(number % 3))
    return CustomerWithSessions(customer, (session,), revocations, (Device(name, at),))


def audit_entry(customer_id: str, number: int) -> AuditEntry:
    """A record as a login leaves it."""
    record = AuditRecord(
        record_id=str(UUID(int=number, version=4)),
        customer_id=customer_id,
        actor_id=customer_id,
        operation_name="login",
        status_code=200,
        message="Logged in.",
        at=NOW - timedelta(seconds=number),
        source="192.0.2.1",
        request_id=str(UUID(int=number, version=4)),
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    )
    return AuditEntry(record, NOW + timedelta(days=400))


def copy(source: str, target: str, path: Path, prefix: str) -> Run:
    """Run the command."""
    environ = {
        **os.environ,
        "CUSTOMER_SQLITE_PATH": str(path),
        "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
        "CUSTOMER_TABLE_PREFIX": prefix,
    }
    command = [sys.executable, "-c", COMMAND, "copy", "--from", source, "--to", target]
    began = time.monotonic()
    process = subprocess.Popen(command, env=environ, cwd=path.parent, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"the copy failed with {process.returncode}")
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Run(time.monotonic() - began, cpu_seconds, usage.ru_maxrss / 1024)


def show(customers: int, direction: str, entries: int, run: Run) -> None:
    """Print a line of the table."""
    speed = entries / run.seconds
    print(
        f"| {customers} | {direction} | {entries} | {run.seconds:.1f} | {speed:.0f}"
        f" | {run.cpu_seconds:.0f} | {run.peak_mib:.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
