"""An import is killed again and again; each customer is added exactly once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest
from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local
from support.stores.stored_state import log_of

from cybershop_customer import OPERATOR
from cybershop_customer.entrypoints.cli.shared_store import read_shared_store
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.store import make_store

pytestmark = pytest.mark.slow

CUSTOMERS: Final = {"sqlite": 3_000, "dynamodb": 2_000}
"""Batches have 500, so each kill finds the import at work."""
KILLS: Final = 3
HASH: Final = "$2b$12$" + "a" * 21 + "u" + "b" * 31
COMMAND: Final = (
    "from cybershop_customer.entrypoints.cli.main import main; raise SystemExit(main())"
)


def write_file(path: Path, customers: int) -> None:
    """Every thousandth line is refused."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(customers):
            name = "no id!" if number % 1000 == 999 else f"c{number}"
            fields = {"customer_id": name, "email": f"c{number}@shop.example"}
            file.write(json.dumps({**fields, "password_hash": HASH, "version": number}) + "\n")


def records_done(progress: Path) -> int:
    try:
        done: int = json.loads(progress.read_text(encoding="utf-8"))["state"]["records"]
    except FileNotFoundError:
        return 0
    return done


@pytest.fixture(params=["sqlite", "dynamodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The settings of an empty store that survives the process."""
    if request.param == "sqlite":
        path = str(tmp_path / "shop.db")
        storage = make_store(Settings(storage="sqlite", sqlite_path=path)).make_storage()
        storage.probe.probe()  # It creates the file.
        storage.close()
        return {"CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": path}
    return {
        "CUSTOMER_STORAGE": "dynamodb",
        "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
        "CUSTOMER_TABLE_PREFIX": local_database().customer_table.removesuffix("customer"),
    }


def test_each_customer_is_added_exactly_once(store: dict[str, str], tmp_path: Path) -> None:
    file, report = tmp_path / "in.jsonl", tmp_path / "report"
    progress = tmp_path / "in.jsonl.progress"
    customers = CUSTOMERS[store["CUSTOMER_STORAGE"]]
    write_file(file, customers)
    environ = {**os.environ, **store}
    arguments = ["customers", "import", str(file), "--report", str(report)]
    command = [sys.executable, "-c", COMMAND, *arguments]

    for _ in range(KILLS):
        before = records_done(progress)
        with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 120
            while process.poll() is None and records_done(progress) <= before:
                assert time.monotonic() < deadline
                os.sched_yield()
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 1, done.stderr
    assert "customers are done: the import continues" in done.stderr
    assert f"Refused: {customers // 1000}." in done.stdout
    lines = [json.loads(line)["line"] for line in report.read_text(encoding="utf-8").splitlines()]
    assert lines == [*range(1000, customers + 1, 1000)]
    container = make_container(read_shared_store(store)[0])
    for number in range(customers):
        if number % 1000 != 999:
            name = f"c{number}"
            assert container.customers().get_customer(name, actor=OPERATOR).version == number
            assert len(log_of(container.storage(), name)) == 1
    container.storage().close()
