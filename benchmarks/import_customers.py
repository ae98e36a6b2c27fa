"""How fast customers are imported whose password hashes are given, and what kills cost.

    PYTHONPATH=tests python benchmarks/import_customers.py --customers 100000

The file is CSV or JSON lines with hashes of Argon2. Memory is measured in this process, and is
interrupted by an exception half way; SQLite and DynamoDB by the command in a process of its own,
which is killed with SIGKILL three times on its way and run again. Afterwards each customer must be
there with its version and times, and with exactly one record. DynamoDB is AWS's DynamoDB Local on
this machine, in memory, which shares the cores with the import: its figures are no AWS figures.
"""

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local
from support.stores.stored_state import log_of

from cybershop_customer import Customer
from cybershop_customer.domain.store_entry import AuditEntry, CustomerEntry
from cybershop_customer.entrypoints.cli.shared_store import read_shared_store
from cybershop_customer.entrypoints.container import Container, memory_container
from cybershop_customer.entrypoints.customer_files.customer_fields import parse_customer
from cybershop_customer.entrypoints.customer_files.file_format import format_of, read_records
from cybershop_customer.entrypoints.customer_files.file_lines import FileLines
from cybershop_customer.entrypoints.customer_files.import_batches import (
    BatchImport,
    ImportOptions,
)

STORES: Final = ("memory", "sqlite", "dynamodb")
MOST_COMPARED: Final = 20_000
"""With more customers DynamoDB is only filled once, with kills."""
CREATED_AT: Final = datetime(2020, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
UPDATED_AT: Final = datetime(2021, 6, 1, tzinfo=UTC)
HASH: Final = "$argon2id$v=19$m=65536,t=3,p=4$zrl3zjlnbA3h/N/bW2vNuQ$" + "A" * 43
COMMAND: Final = """
import os, re
from cybershop_customer.entrypoints.cli.main import main
status = main()
with open("/proc/self/status") as file, open(os.environ["PEAK_FILE"], "w") as peak:
    peak.write(re.search(r"VmHWM:\\s+(\\d+)", file.read())[1])
raise SystemExit(status)
"""
"""It writes its peak memory in KiB. The usage of ``wait4`` may be the peak of this process."""


def main() -> None:
    """Import into each store, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--dynamodb", type=int, default=5_000, help="customers for DynamoDB Local")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    options = parser.parse_args()
    print("| store | file | customers | seconds | customers/s | CPU s | peak MiB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    # The memory of the first, small file shows whether it grows with the number of customers.
    for count in (options.customers // 10, options.customers):
        for ending in ("csv", "jsonl"):
            with TemporaryDirectory(prefix="import-") as folder:
                path = Path(folder, f"customers.{ending}")
                write_file(path, count)
                if "memory" in options.stores and count == options.customers:
                    in_memory(path, count)
                if "sqlite" in options.stores:
                    in_sqlite(path, count)
    if "dynamodb" in options.stores:
        with TemporaryDirectory(prefix="import-") as folder:
            path = Path(folder, "customers.csv")
            write_file(path, options.dynamodb)
            in_dynamodb(path, options.dynamodb)


def write_file(path: Path, count: int) -> None:
    """Write the file."""
    rows = (
        {
            "customer_id": f"customer-{number}",
            "email": f"customer-{number}@shop.example",
            "fname": f"Zoë {number}",
            "lname": "Muster, the elder",
            "password_hash": HASH,
            "version": number,
            "created_at": CREATED_AT.isoformat(),
            "updated_at": UPDATED_AT.isoformat(),
        }
        for number in range(count)
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            first = next(rows)
            writer = csv.DictWriter(file, [*first])
            writer.writeheader()
            writer.writerow(first)
            writer.writerows(rows)
        else:
            file.writelines(f"{json.dumps(row)}\n" for row in rows)


def in_memory(path: Path, count: int) -> None:
    """Import in this process, once without an interruption and once with one."""
    container = memory_container()
    began, cpu = time.monotonic(), time.process_time()
    import_into(container, path)
    show("memory", path, count, time.monotonic() - began, time.process_time() - cpu, 0)
    interrupted = memory_container()
    with suppress(ZeroDivisionError):
        import_into(interrupted, path, stop_at=count // 2)
    import_into(interrupted, path)
    for each in (container, interrupted):
        storage = each.storage()
        for number in range(count):
            name = f"customer-{number}"
            customer = storage.customers.get(name, now=each.clock().now())
            require(is_kept(customer, number) and len(log_of(storage, name)) == 1, name)
        storage.close()


def import_into(container: Container, path: Path, *, stop_at: int | None = None) -> None:
    """Import the file, and raise ZeroDivisionError at the record ``stop_at``."""
    importing = BatchImport(container.customer_import(), ImportOptions())
    with path.open(encoding="utf-8", newline="") as file:
        records = read_records(FileLines(file), format_of(path))
        customers = (
            parse_customer(record)
            for number, record in enumerate(records)
            if number != stop_at or 1 // 0
        )
        for _ in importing.run(customers):
            pass


def in_sqlite(path: Path, count: int) -> None:
    """Import by the command, once without a kill and once with kills."""
    file = path.with_suffix(".db")
    environ = {"CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": str(file)}
    create_file(environ)
    run("sqlite", path, count, environ)
    require_each_once(environ, count)
    environ["CUSTOMER_SQLITE_PATH"] = str(path.with_suffix(".killed.db"))
    create_file(environ)
    with_kills("sqlite", path, count, environ)


def create_file(environ: dict[str, str]) -> None:
    """Create the file by the command, which an import does not."""
    create = [sys.executable, "-m", "cybershop_customer", "tables", "create", "--yes"]
    subprocess.run(create, env={**os.environ, **environ}, check=True, stdout=subprocess.DEVNULL)


def in_dynamodb(path: Path, count: int) -> None:
    """Import by the command, with different numbers of transactions at a time, and with kills."""
    for at_a_time in ("1", "8", "32"):
        if count <= MOST_COMPARED:
            name = f"DynamoDB Local, {at_a_time} at a time"
            run(name, path, count, local_tables(), "--at-a-time", at_a_time)
    with_kills("DynamoDB Local", path, count, local_tables())


def local_tables() -> dict[str, str]:
    """The settings of new tables."""
    return {
        "CUSTOMER_STORAGE": "dynamodb",
        "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
        "CUSTOMER_TABLE_PREFIX": local_database().customer_table.removesuffix("customer"),
    }


def with_kills(store: str, path: Path, count: int, environ: dict[str, str]) -> None:
    """Import by the command, and kill it at each quarter of the file."""
    for quarter in (1, 2, 3):
        kill_after(quarter * count // 4, path, environ)
    # The last kill lets at most a batch more than three quarters be done.
    run(f"{store}, the last quarter after {quarter} kills", path, count // 4, environ)
    require_each_once(environ, count)


def run(store: str, path: Path, count: int, environ: dict[str, str], *options: str) -> None:
    """Run the command to its end."""
    command = [sys.executable, "-c", COMMAND, "customers", "import", str(path), *options]
    peak = path.with_name("peak")
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        env={**os.environ, **environ, "PEAK_FILE": str(peak)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"the import failed with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    show(store, path, count, time.monotonic() - began, cpu, int(peak.read_text()) / 1024)


def kill_after(records: int, path: Path, environ: dict[str, str]) -> None:
    """Kill the command when its progress says that so many records are done."""
    progress = path.with_name(f"{path.name}.progress")
    command = [sys.executable, "-c", COMMAND, "customers", "import", str(path)]
    with subprocess.Popen(
        command, env={**os.environ, **environ}, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            time.sleep(0.002)
            if progress.exists() and json.loads(progress.read_text())["state"]["records"] >= (
                records
            ):
                process.send_signal(signal.SIGKILL)
                break
    require(process.returncode == -signal.SIGKILL, "the import that should be killed")


def require_each_once(environ: dict[str, str], count: int) -> None:
    """Fail unless each customer is there as the file has it, with one record."""
    _, administration = read_shared_store(environ)
    kept, records = set[str](), Counter[str]()
    with administration.bulk_source() as source:
        after: str | None = None
        while True:
            page = source.read_page(after, limit=1000)
            for entry in page.entries:
                if isinstance(entry, CustomerEntry):
                    customer = entry.stored.customer
                    name = customer.customer_id
                    require(is_kept(customer, int(name.removeprefix("customer-"))), name)
                    require(name not in kept, name)
                    kept.add(name)
                elif isinstance(entry, AuditEntry):
                    records[entry.customer_id] += 1
            after = page.next_cursor
            if after is None:
                break
    names = {f"customer-{number}" for number in range(count)}
    require(kept == names == set(records), "the set of customers")
    require(set(records.values()) == {1}, "the number of records")


def is_kept(customer: Customer | None, number: int) -> bool:
    """Whether the customer has the version and the times of the file."""
    return customer is not None and (
        (customer.version, customer.created_at, customer.updated_at)
        == (number, CREATED_AT, UPDATED_AT)
    )


def require(holds: bool, what: str) -> None:  # noqa: FBT001
    """Fail with the name of what is wrong."""
    if not holds:
        raise SystemExit(f"{what} is not as it should be")


def show(  # noqa: PLR0917
    store: str, path: Path, count: int, seconds: float, cpu_seconds: float, peak_mib: float
) -> None:
    """Print a line of the table."""
    peak = f"{peak_mib:.0f}" if peak_mib else "-"
    print(
        f"| {store} | {path.suffix[1:]} | {count} | {seconds:.1f} | {count / seconds:.0f}"
        f" | {cpu_seconds:.1f} | {peak} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
