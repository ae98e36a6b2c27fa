"""``serve --workers``: several processes are one service, which reloads and stops without loss."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from support.http.api import Request
from support.http.customer_api import BASE, PASSWORD, add, is_live, log_in
from support.http.keep_alive_clients import KeepAliveClients
from support.http.transports import LIVEZ, TIMEOUT, RawConnection, encoded
from support.processes.children import children, wait_for_children
from support.processes.command import COMMAND, Service, environ, run
from support.processes.nginx import free_port

Serve = Callable[..., Service]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux: it has /proc")
ADMIN: Final = {"CUSTOMER_ADMIN_ID": "boss", "CUSTOMER_ADMIN_PASSWORD": "boss's own"}
RELOADS: Final = 4
MANY_THREADS: Final = {"CUSTOMER_THREADS": "32"}


@pytest.fixture
def two_workers(serve: Serve, tmp_path: Path) -> Serve:
    """Starts a service of two workers on a file."""

    def start(**variables: str) -> Service:
        settings = {
            "CUSTOMER_HOST": "127.0.0.1",
            "CUSTOMER_STORAGE": "sqlite",
            "CUSTOMER_SQLITE_PATH": str(tmp_path / "customer.db"),
            "CUSTOMER_BCRYPT_ROUNDS": "4",
        }
        service = serve("--workers", "2", **{**settings, **variables})
        wait_for_children(service.process.pid, 2)
        return service

    return start


class TestRefusals:
    def test_memory_with_several_workers_is_refused(self) -> None:
        for arguments in ((), ("--demo",)):
            done = run(
                "serve", *arguments, CUSTOMER_STORAGE="memory", CUSTOMER_WORKERS="2", **ADMIN
            )
            assert done.returncode == 2
            assert "CUSTOMER_WORKERS must be 1, since CUSTOMER_STORAGE is memory" in done.stderr
            assert "sqlite or dynamodb, or in the demo with --keep" in done.stderr

    @pytest.mark.parametrize("workers", ["0", "65", "two"])
    def test_a_wrong_number_names_the_option(self, workers: str) -> None:
        done = run("serve", "--demo", "--workers", workers)

        assert done.returncode == 2
        assert "--workers" in done.stderr

    def test_without_gunicorn_it_says_which_extra_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "gunicorn.py").write_text(
            "raise ModuleNotFoundError('No module named gunicorn', name='gunicorn')"
        )
        variables = environ(CUSTOMER_STORAGE="sqlite", CUSTOMER_HOST="127.0.0.1")
        variables["PYTHONPATH"] = os.pathsep.join((str(tmp_path), variables["PYTHONPATH"]))
        done = subprocess.run(
            [*COMMAND, "serve", "--workers", "2", "--port", "0"],
            env=variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 2
        assert "gunicorn is not installed. Install the extra 'service'" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_port_that_is_taken_is_reported_before_a_worker_starts(
        self, demo: Serve, tmp_path: Path
    ) -> None:
        taken = demo()
        path = str(tmp_path / "customer.db")
        done = run(
            *("serve", "--workers", "2", "--host", "127.0.0.1", "--port", taken.port),
            CUSTOMER_STORAGE="sqlite",
            CUSTOMER_SQLITE_PATH=path,
        )

        assert (done.returncode, done.stdout) == (1, "")
        assert "another program listens there" in done.stderr
        assert not Path(path).exists()


def test_two_workers_are_one_service_and_stop_together(two_workers: Serve) -> None:
    service = two_workers(**ADMIN)
    workers = children(service.process.pid)
    with service.api() as api:
        add(api, "zoe")
        context_id = log_in(api, "zoe")
    live = set()
    for _ in range(20):
        with service.api() as api:
            live.add(is_live(api, context_id))
            assert api.get("/readyz").status == 200
    service.signal()

    assert service.wait() == 0
    assert live == {True}
    assert len(workers) == 2
    said = [line["message"] for line in service.log_lines if "worker" in line["logger"]]
    assert {*said} == {f"worker {pid} {what}" for pid in workers for what in ("serves", "ends")}


def test_the_admin_is_ensured_once_and_not_by_a_worker_that_replaces_another(
    two_workers: Serve,
) -> None:
    service = two_workers(**ADMIN)
    with service.api() as api:
        assert api.get("/readyz").status == 200
        bearer = log_in(api, "boss", "boss's own")
        changed = {"password": "boss's own", "new_password": PASSWORD}
        answer = api.put(f"{BASE}/me/password", changed, bearer=bearer)
        assert answer.status == 200, answer
        log_in(api, "boss", PASSWORD)
    first = children(service.process.pid)
    service.signal(signal.SIGHUP)
    second = wait_for_children(service.process.pid, 2, without=first)
    os.kill(min(second), signal.SIGKILL)
    wait_for_children(service.process.pid, 2, without={min(second)})
    for _ in range(10):
        with service.api() as api:
            assert api.get("/readyz").status == 200
            log_in(api, "boss", PASSWORD)
    service.signal()
    assert service.wait() == 0


def test_ctrl_c_is_meant_for_the_service_and_not_for_one_worker(two_workers: Serve) -> None:
    service = two_workers()
    for pid in children(service.process.pid):
        os.kill(pid, signal.SIGINT)
    for _ in range(10):
        with service.api() as api:
            assert api.get("/readyz").status == 200
    service.signal(signal.SIGINT)
    assert service.wait() == 0


@pytest.mark.slow
class TestUnderLoad:
    @pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
    @pytest.mark.parametrize("round_", range(3))
    def test_a_stop_answers_every_request(
        self, two_workers: Serve, stop: signal.Signals, round_: int
    ) -> None:
        service = two_workers(**MANY_THREADS)
        with KeepAliveClients(service.url, requests_of(service)) as clients:
            clients.wait_until_busy()
            service.signal(stop)
            clients.note_stop()
            assert service.wait() == 0, service.log[-2000:]
        assert clients.tally.unanswered == []
        assert clients.tally.statuses <= {200, 401}

    def test_reloads_answer_every_request(self, two_workers: Serve) -> None:
        service = two_workers(**MANY_THREADS)
        with KeepAliveClients(service.url, requests_of(service)) as clients:
            present = children(service.process.pid)
            for _ in range(RELOADS):
                clients.wait_until_busy(clients.tally.answered + 60)
                service.signal(signal.SIGHUP)
                present = wait_for_children(service.process.pid, 2, without=present)
            clients.wait_until_busy(clients.tally.answered + 60)
            service.signal()
            assert service.wait() == 0, service.log[-2000:]
        assert clients.tally.unanswered == []
        assert clients.tally.statuses <= {200, 401}
        started = [line for line in service.log_lines if line["message"].endswith(" serves")]
        assert len(started) == 2 * (RELOADS + 1)

    def test_a_request_that_a_worker_has_begun_to_read_survives_a_reload_and_a_stop(
        self, two_workers: Serve
    ) -> None:
        service = two_workers()
        for number in (signal.SIGHUP, signal.SIGTERM):
            before = children(service.process.pid)
            with RawConnection(service.url) as connection, RawConnection(service.url) as other:
                connection.send(LIVEZ[:10])
                assert other.exchange(LIVEZ).status == 200
                service.signal(number)
                if number == signal.SIGHUP:
                    # New workers serve, while the old one waits for the rest of the request.
                    wait_for_more(service, before)
                connection.send(LIVEZ[10:])
                answer = connection.receive()
            assert answer.status == 200
            if number == signal.SIGHUP:
                wait_for_children(service.process.pid, 2, without=before)
        assert service.wait() == 0

    def test_a_stop_that_drops_a_request_ends_with_1(self, two_workers: Serve) -> None:
        service = two_workers(CUSTOMER_STOP_SECONDS="1")
        with RawConnection(service.url) as slow:
            slow.send(LIVEZ[:10])
            with service.api() as api:
                assert api.get("/livez").status == 200
            service.signal()
            assert service.wait() == 1
        assert "the service stops, and 1 requests got no answer" in service.log

    def test_the_workers_end_if_the_process_that_started_them_is_killed(
        self, two_workers: Serve
    ) -> None:
        service = two_workers()
        workers = children(service.process.pid)
        service.process.kill()
        service.wait()
        for pid in workers:
            wait_for_end(pid)
        service.log_file.seek(0)
        assert service.log.count("so this one ends too") == len(workers)

    def test_a_second_signal_ends_it_at_once(self, two_workers: Serve) -> None:
        service = two_workers()
        workers = children(service.process.pid)
        with RawConnection(service.url) as slow:
            slow.send(LIVEZ[:10])
            with service.api() as api:
                assert api.get("/livez").status == 200
            service.signal()
            # The idle worker has ended, and the other one waits.
            wait_for_children(service.process.pid, 1)
            service.signal()
            assert service.wait() == -signal.SIGTERM
        for pid in workers:
            wait_for_end(pid)


def requests_of(service: Service) -> Callable[[int], bytes]:
    """The request of each client: every third one logs in, the others check a session."""
    with service.api() as api:
        add(api, "zoe")
        context_id = log_in(api, "zoe")
    check = encoded(Request("GET", f"{BASE}/session", (("Authorization", f"Bearer {context_id}"),)))
    login = login_of("zoe")
    return lambda number: check if number % 3 else login


def wait_for_more(service: Service, before: set[int]) -> None:
    """Wait until two workers besides ``before`` have started."""
    give_up_at = monotonic() + TIMEOUT
    while len(children(service.process.pid) - before) < 2:
        assert monotonic() < give_up_at
        Event().wait(0.02)


def wait_for_end(pid: int) -> None:
    """Wait until the process has ended, whoever its parent is now."""
    give_up_at = monotonic() + TIMEOUT
    while Path(f"/proc/{pid}").exists() and ") Z" not in Path(f"/proc/{pid}/stat").read_text():
        assert monotonic() < give_up_at
        Event().wait(0.02)


@pytest.mark.slow
class TestMetrics:
    """Any worker answers with the sum of all, also of those that have ended."""

    def test_every_worker_answers_with_the_counts_of_all(
        self, two_workers: Serve, tmp_path: Path
    ) -> None:
        port = free_port()
        parent = tmp_path / "metrics"
        parent.mkdir()
        service = two_workers(
            CUSTOMER_METRICS="true",
            CUSTOMER_METRICS_PORT=str(port),
            PROMETHEUS_MULTIPROC_DIR=str(parent),
        )
        [folder] = parent.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        pages = (f"{service.url}/metrics", f"http://127.0.0.1:{port}/metrics")

        def refuse(times: int) -> None:
            for _ in range(times):
                with service.api() as api:
                    assert api.get(f"{BASE}/session", bearer="wrong").status == 401

        def counted() -> set[int]:
            return {refused_checks(page) for page in pages for _ in range(5)}

        refuse(20)
        assert counted() == {20}

        first = children(service.process.pid)
        os.kill(min(first), signal.SIGKILL)
        second = wait_for_children(service.process.pid, 2, without={min(first)})
        refuse(20)
        assert counted() == {40}

        service.signal(signal.SIGHUP)
        # The port of the metrics stays open meanwhile.
        while not children(service.process.pid).isdisjoint(second):
            assert refused_checks(pages[1]) == 40
        wait_for_children(service.process.pid, 2, without=second)
        refuse(20)
        assert counted() == {60}
        # A worker counts on in the files of one that has ended.
        assert len([*folder.glob("histogram_*.db")]) <= 4

        service.signal()
        assert service.wait() == 0
        assert [*parent.iterdir()] == []

    def test_a_killed_worker_is_not_busy_any_more(self, two_workers: Serve, tmp_path: Path) -> None:
        service = two_workers(
            CUSTOMER_METRICS="true",
            CUSTOMER_BCRYPT_ROUNDS="15",
            PROMETHEUS_MULTIPROC_DIR=str(tmp_path),
        )
        workers = children(service.process.pid)
        with RawConnection(service.url) as login:
            login.send(login_of("nobody"))
            wait_until(lambda: metric(service, "customer_hashing_busy") == 1)
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
        wait_for_children(service.process.pid, 2, without=workers)
        assert metric(service, "customer_hashing_busy") == 0

    def test_the_last_workers_remove_the_folder_if_their_arbiter_is_killed(
        self, two_workers: Serve, tmp_path: Path
    ) -> None:
        parent = tmp_path / "metrics"
        parent.mkdir()
        service = two_workers(CUSTOMER_METRICS="true", PROMETHEUS_MULTIPROC_DIR=str(parent))
        workers = children(service.process.pid)
        assert len([*parent.iterdir()]) == 1
        service.process.kill()
        service.wait()
        for pid in workers:
            wait_for_end(pid)
        assert [*parent.iterdir()] == []

    def test_workers_are_replaced_although_the_folder_is_gone(
        self, two_workers: Serve, tmp_path: Path
    ) -> None:
        parent = tmp_path / "metrics"
        parent.mkdir()
        service = two_workers(CUSTOMER_METRICS="true", PROMETHEUS_MULTIPROC_DIR=str(parent))
        for _ in range(2):
            present = children(service.process.pid)
            (folder,) = parent.iterdir()
            shutil.rmtree(folder)
            service.signal(signal.SIGHUP)
            wait_for_children(service.process.pid, 2, without=present)
            for _ in range(6):
                with service.api() as api:
                    assert api.get("/readyz").status == 200
            assert metric(service, r"customer_build_info\{.*\}") >= 1
        present = children(service.process.pid)
        shutil.rmtree(parent)
        service.signal(signal.SIGHUP)
        wait_for_children(service.process.pid, 2, without=present)
        with service.api() as api:
            assert api.get("/readyz").status == 200
        assert "a new worker cannot count with the others" in service.log
        service.signal()
        assert service.wait() == 0

    def test_the_service_serves_customers_while_the_port_of_the_metrics_is_taken(
        self, two_workers: Serve
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            service = two_workers(CUSTOMER_METRICS_PORT=str(port))
            with service.api() as api:
                assert api.get("/readyz").status == 200
        wait_until(lambda: "customer_build_info" in page_of(f"http://127.0.0.1:{port}/metrics"))
        assert service.log.count(f"metrics are not served on port {port}") == 1


def page_of(url: str) -> str:
    """The metrics, or nothing if no one listens."""
    try:
        with urlopen(url, timeout=TIMEOUT) as page:
            return str(page.read().decode())
    except URLError:
        return ""


def refused_checks(url: str) -> int:
    found = re.search(
        r'_count\{operation="check_session",outcome="session-refused"\} (\d+)', page_of(url)
    )
    return int(found[1]) if found else 0


def metric(service: Service, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", page_of(f"{service.url}/metrics"), re.MULTILINE)
    return float(found[1]) if found else 0.0


def login_of(customer_id: str) -> bytes:
    body = json.dumps({"customer_id": customer_id, "password": PASSWORD}).encode()
    headers = (("Content-Type", "application/json"),)
    return encoded(Request("PUT", f"{BASE}/login", headers, body))


def wait_until(holds: Callable[[], bool]) -> None:
    give_up_at = monotonic() + TIMEOUT
    while not holds():
        assert monotonic() < give_up_at
        Event().wait(0.02)
