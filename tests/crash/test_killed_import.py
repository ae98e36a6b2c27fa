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
from support.stores.stored_state import log_of

from cybershop_customer import OPERATOR
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings

pytestmark = pytest.mark.slow

CUSTOMERS: Final = 3_000
KILLS: Final = 3
HASH: Final = "$2b$12$" + "a" * 21 + "u" + "b" * 31
COMMAND: Final = (
    "from cybershop_customer.entrypoints.cli.main import main; raise SystemExit(main())"
)


def write_file(path: Path) -> None:
    """Every thousandth line is refused."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(CUSTOMERS):
            name = "no id!" if number % 1000 == 999 else f"c{number}"
            fields = {"customer_id": name, "email": f"c{number}@shop.example"}
            file.write(json.dumps({**fields, "password_hash": HASH, "version": number}) + "\n")


def records_done(progress: Path) -> int:
    try:
        done: int = json.loads(progress.read_text(encoding="utf-8"))["state"]["records"]
    except FileNotFoundError:
        return 0
    return done


def test_each_customer_is_added_exactly_once(tmp_path: Path) -> None:
    file, report, store = tmp_path / "in.jsonl", tmp_path / "report", tmp_path / "shop.db"
    progress = tmp_path / "in.jsonl.progress"
    write_file(file)
    environ = {**os.environ, "CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": str(store)}
    command = [
        sys.executable,
        "-c",
        COMMAND,
        "customers",
        "import",
        str(file),
        "--report",
        str(report),
    ]

    for _ in range(KILLS):
        before = records_done(progress)
        with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 60
            while process.poll() is None and records_done(progress) <= before:
                assert time.monotonic() < deadline
                os.sched_yield()
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 1, done.stderr
    assert "records are done: the import continues" in done.stderr
    assert "Refused: 3." in done.stdout
    lines = [json.loads(line)["line"] for line in report.read_text(encoding="utf-8").splitlines()]
    assert lines == [*range(1000, CUSTOMERS + 1, 1000)]
    container = make_container(Settings(storage="sqlite", sqlite_path=str(store)))
    for number in range(CUSTOMERS):
        if number % 1000 != 999:
            name = f"c{number}"
            assert container.customers().get_customer(name, actor=OPERATOR).version == number
            assert len(log_of(container.storage(), name)) == 1
    container.storage().close()
