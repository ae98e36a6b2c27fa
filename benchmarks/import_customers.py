"""How fast customers are imported whose password hashes are given, and what a kill costs.

    PYTHONPATH=tests python benchmarks/import_customers.py --customers 100000

The file is CSV or JSON lines with hashes of Argon2. Memory is measured in this process; SQLite and
DynamoDB by `cybershop-customer customers import` in a process of its own, which is killed half way
and run again. Afterwards each customer must be there with exactly one record. DynamoDB is AWS's
DynamoDB Local on this machine, in memory, which shares the cores with the import: its figures are
no AWS figures.
"""

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local
from support.stores.stored_state import log_of

from cybershop_customer import Storage
from cybershop_customer.entrypoints.container import make_container, memory_container
from cybershop_customer.entrypoints.customer_files.customer_fields import read_customer
from cybershop_customer.entrypoints.customer_files.customer_import import (
    CustomerImport,
    ImportOptions,
)
from cybershop_customer.entrypoints.customer_files.file_format import format_of, read_records
from cybershop_customer.entrypoints.settings import Settings

HASH: Final = "$argon2id$v=19$m=65536,t=3,p=4$zrl3zjlnbA3h/N/bW2vNuQ$" + "A" * 43
COMMAND: Final = (
    "from cybershop_customer.entrypoints.cli.main import main; raise SystemExit(main())"
)


def main() -> None:
    """Import into each store, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--dynamodb", type=int, default=5_000, help="customers for DynamoDB Local")
    options = parser.parse_args()
    print("| store | file | customers | seconds | customers/s | CPU s | peak MiB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    # The memory of the first, small file shows whether it grows with the number of customers.
    for count in (options.customers // 10, options.customers):
        for ending in ("csv", "jsonl"):
            with TemporaryDirectory(prefix="import-") as folder:
                path = Path(folder, f"customers.{ending}")
                write_file(path, count)
                if count == options.customers:
                    in_memory(path, count)
                in_sqlite(path, count)
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
            "created_at": "2020-01-01T00:00:00Z",
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
    """Import in this process."""
    container = memory_container()
    importing = CustomerImport(container.customer_import(), ImportOptions())
    began, cpu = time.monotonic(), time.process_time()
    with path.open(encoding="utf-8", newline="") as file:
        customers = map(read_customer, read_records(file, format_of(path)))
        for _ in importing.run(customers):
            pass
    show("memory", path, count, time.monotonic() - began, time.process_time() - cpu, 0)
    require_each_once(container.storage(), count)


def in_sqlite(path: Path, count: int) -> None:
    """Import by the command, once without a kill and once with one."""
    file = path.with_suffix(".db")
    environ = {"CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": str(file)}
    run("sqlite", path, count, environ)
    require_each_once(sqlite_storage(file), count)
    killed = path.with_suffix(".killed.db")
    environ["CUSTOMER_SQLITE_PATH"] = str(killed)
    kill_half_way(path, count, environ)
    run("sqlite, the second half after a kill", path, count, environ)
    require_each_once(sqlite_storage(killed), count)


def in_dynamodb(path: Path, count: int) -> None:
    """Import by the command, with different numbers of transactions at a time."""
    for at_a_time in ("1", "8", "32"):
        database = local_database()
        prefix = database.customer_table.removesuffix("customer")
        environ = {
            "CUSTOMER_STORAGE": "dynamodb",
            "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
            "CUSTOMER_TABLE_PREFIX": prefix,
        }
        name = f"DynamoDB Local, {at_a_time} at a time"
        run(name, path, count, environ, "--at-a-time", at_a_time)
    settings = Settings(dynamodb_endpoint=dynamodb_local(), table_prefix=prefix)
    require_each_once(make_container(settings).storage(), count)


def run(store: str, path: Path, count: int, environ: dict[str, str], *options: str) -> None:
    """Run the command to its end."""
    command = [sys.executable, "-c", COMMAND, "customers", "import", str(path), *options]
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"the import failed with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    show(store, path, count, time.monotonic() - began, cpu, usage.ru_maxrss / 1024)


def kill_half_way(path: Path, count: int, environ: dict[str, str]) -> None:
    """Kill the command when its progress says that half is done."""
    progress = path.with_name(f"{path.name}.progress")
    command = [sys.executable, "-c", COMMAND, "customers", "import", str(path)]
    with subprocess.Popen(
        command, env={**os.environ, **environ}, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            time.sleep(0.002)
            if progress.exists() and json.loads(progress.read_text())["state"]["records"] >= (
                count // 2
            ):
                process.send_signal(signal.SIGKILL)
                break
    if process.returncode != -signal.SIGKILL:
        raise SystemExit("the import ended before it was killed")


def sqlite_storage(file: Path) -> Storage:
    """The store in ``file``."""
    return make_container(Settings(storage="sqlite", sqlite_path=str(file))).storage()


def require_each_once(storage: Storage, count: int) -> None:
    """Fail unless each customer is there, with one record."""
    for name in names(count):
        if len(log_of(storage, name)) != 1:
            raise SystemExit(f"{name} was not added exactly once")
    storage.close()


def names(count: int) -> Iterator[str]:
    """The ids of the file."""
    return (f"customer-{number}" for number in range(count))


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
