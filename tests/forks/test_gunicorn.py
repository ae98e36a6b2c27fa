"""gunicorn --preload: the application reads the store at import, and workers are replaced."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local

from cybershop_customer import OPERATOR
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings

pytestmark = pytest.mark.dynamodb_local

CHECKS: Final = 1000
REPLACEMENTS: Final = 10
WORKERS: Final = 4
LIMITS: Final = 120.0
TESTS: Final = Path(__file__).parents[1]


@dataclass(frozen=True)
class Question:
    """A session, and the right answer of the session check."""

    context_id: str
    right: tuple[object, ...]


@pytest.fixture
def stored_sessions() -> tuple[dict[str, str], list[Question]]:
    """Where the store is, and sessions in it: live, ended, and an admin's."""
    database = local_database()
    container = make_container(Settings.demo_from_environ({}))
    container.storage.override(storage_on(database))
    services = container.services()
    questions = []
    for customer_id in ("ann", "bob", "cid", "dan", "boss"):
        email = f"{customer_id}@shop.example"
        services.customers.add_customer(customer_id=customer_id, email=email, password="a secret")
        if customer_id == "boss":
            services.roles.grant_role(customer_id, "admin", actor=OPERATOR)
        context_id = services.sessions.login(
            customer_id=customer_id, password="a secret"
        ).context_id
        roles = ["admin"] if customer_id == "boss" else []
        right: tuple[object, ...] = (200, customer_id, roles)
        if customer_id in ("cid", "dan"):
            services.sessions.logout(context_id)
            right = (401, "revoked")
        questions.append(Question(context_id, right))
    environ = {
        "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
        "CUSTOMER_TABLE_PREFIX": database.customer_table.removesuffix("customer"),
        "FIRST_CONTEXT_ID": questions[-1].context_id,
    }
    return environ, questions


@contextmanager
def gunicorn(environ: dict[str, str], log: Path) -> Iterator[tuple[str, int]]:
    """Run gunicorn. Yields its URL and the process id of its master."""
    command = [sys.executable, "-m", "gunicorn", "--preload", "-w", str(WORKERS)]
    command += ["-b", "127.0.0.1:0", "--pythonpath", str(TESTS), "--log-file", str(log)]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CUSTOMER_", "AWS_"))}
    process = subprocess.Popen(
        [*command, "support.protected.preloaded_app:application"],
        cwd=log.parent,
        env={**kept, **environ},
    )
    try:
        give_up_at = monotonic() + LIMITS
        while "Listening at: " not in (text := log.read_text() if log.exists() else ""):
            assert process.poll() is None, text
            assert monotonic() < give_up_at, text
            Event().wait(0.05)
        yield text.partition("Listening at: ")[2].split()[0], process.pid
    finally:
        process.terminate()
        process.wait(LIMITS)


class Load:
    """Clients that send session checks until ``enough`` is set, and note the wrong answers."""

    def __init__(self, url: str, questions: list[Question]) -> None:
        self._url = url
        self._turns = cycle([(it, path) for it in questions for path in ("/", "/container")])
        self._lock = Lock()
        self.asked = 0
        self.enough = Event()
        self.wrong: list[object] = []
        self.processes: set[int] = set()

    def ask(self) -> None:
        while not self.enough.is_set():
            with self._lock:
                question, path = next(self._turns)
            said = self._asked(question, path)
            with self._lock:
                self.asked += 1
                if said != question.right:
                    self.wrong.append((question.right, said))

    def _asked(self, question: Question, path: str) -> tuple[Any, ...]:
        headers = {"Authorization": f"Bearer {question.context_id}"}
        connection = HTTPConnection(urlsplit(self._url).netloc, timeout=LIMITS)
        with closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = json.loads(answer.read())
        if answer.status != 200:
            return answer.status, body.get("reason")
        self.processes.add(body["process"])
        return answer.status, body["customer_id"], body["roles"]


def test_no_check_is_wrong_while_workers_are_replaced_ten_times(
    stored_sessions: tuple[dict[str, str], list[Question]], tmp_path: Path
) -> None:
    environ, questions = stored_sessions
    with gunicorn(environ, tmp_path / "log") as (url, master), ThreadPoolExecutor(6) as pool:
        load = Load(url, questions)
        clients = [pool.submit(load.ask) for _ in range(6)]
        try:
            for replacement in range(REPLACEMENTS + 1):
                seen = len(load.processes)
                give_up_at = monotonic() + LIMITS
                wanted = CHECKS * (replacement + 1) // (REPLACEMENTS + 1)
                # Until every worker was replaced and has answered.
                while load.asked < wanted or len(load.processes) < seen + WORKERS:
                    assert monotonic() < give_up_at, load.asked
                    assert [it.exception() for it in clients if it.done()] == []
                    Event().wait(0.01)
                if replacement < REPLACEMENTS:
                    os.kill(master, signal.SIGHUP)
        finally:
            load.enough.set()
        for client in clients:
            client.result(LIMITS)

    assert load.wrong == []
    assert load.asked >= CHECKS
    assert len(load.processes) >= WORKERS * (REPLACEMENTS + 1)
