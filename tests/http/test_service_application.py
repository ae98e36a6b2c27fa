"""The application for WSGI servers: the import makes it, and the first request starts it."""

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, log_in
from support.http.range_api import range_api
from support.http.raw_server import raw_server
from support.http.transports import TIMEOUT, in_process
from support.processes.command import environ
from support.processes.connections import TABLE, connections_to
from support.processes.nginx import free_port

from cybershop_customer import SettingsError
from cybershop_customer.entrypoints.http.service_application import (
    ServiceApplication,
    make_application,
)

ADMIN: Final = {"CUSTOMER_ADMIN_ID": "boss", "CUSTOMER_ADMIN_PASSWORD": "boss's own"}
MEMORY: Final = {"CUSTOMER_STORAGE": "memory", "CUSTOMER_BCRYPT_ROUNDS": "4", **ADMIN}
START_THREAD: Final = "startup-task"
IMPORT: Final = "from cybershop_customer.entrypoints.http.wsgi import application"


@pytest.fixture(autouse=True)
def restored_log_level() -> Iterator[None]:
    """Restore the level of the service's logger."""
    logger = logging.getLogger("cybershop_customer")
    level = logger.level
    yield
    logger.setLevel(level)


@pytest.fixture(autouse=True)
def stopped_applications(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop every application, and wait for its threads, so that later tests do not see them."""
    made: list[ServiceApplication] = []
    initialise = ServiceApplication.__init__

    def note(self: ServiceApplication, *args: Any, **kwargs: Any) -> None:
        initialise(self, *args, **kwargs)
        made.append(self)

    monkeypatch.setattr(ServiceApplication, "__init__", note)
    yield
    for application in made:
        application.stop()
    for thread in threading.enumerate():
        if thread.name == START_THREAD:
            thread.join(TIMEOUT)


def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a new interpreter with these settings."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environ(**variables),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


@pytest.mark.parametrize("storage", ["memory", "dynamodb"])
def test_the_import_opens_no_connection_and_starts_no_thread(storage: str) -> None:
    # An audit hook sees the connections and threads of every library. It allows sockets, because
    # urllib3, of botocore, opens one to find out whether the system has IPv6.
    code = f"""
import os, pathlib, sys, threading
REFUSED = {{"socket.connect", "socket.getaddrinfo", "_thread.start_new_thread"}}
def refuse(event, arguments):
    if event in REFUSED:
        os.write(2, event.encode())
        os._exit(3)
sys.addaudithook(refuse)
{IMPORT}
assert threading.active_count() == 1
files = pathlib.Path("/proc/self/fd")
for file in files.iterdir() if files.exists() else ():
    assert not file.is_symlink() or not os.readlink(file).startswith("socket"), file
print(type(application).__name__)
"""
    settings = {**ADMIN, "CUSTOMER_STORAGE": storage, "AWS_DEFAULT_REGION": "eu-central-1"}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        settings[name] = "x"

    ran = run(code, **settings)

    assert (ran.returncode, ran.stdout) == (0, "ServiceApplication\n"), ran.stderr


def test_the_import_reports_every_wrong_setting() -> None:
    ran = run(IMPORT, CUSTOMER_PORT="abc", CUSTOMER_STORAGE="disk", CUSTOMER_ADMIN_ID="boss")

    assert ran.returncode == 1
    for name in ("CUSTOMER_PORT", "CUSTOMER_STORAGE", "CUSTOMER_ADMIN_PASSWORD"):
        assert f"{name} must be" in ran.stderr


@pytest.mark.parametrize("region", [None, "not a region!"])
def test_the_import_reports_a_missing_region(region: str | None) -> None:
    code = f"import os; os.environ.pop('AWS_REGION', None); {IMPORT}"
    regions = {"AWS_DEFAULT_REGION": region or "", "AWS_CONFIG_FILE": os.devnull}

    ran = run(code, CUSTOMER_STORAGE="dynamodb", **regions)

    assert ran.returncode == 1
    assert "SettingsError: AWS_DEFAULT_REGION must name a region" in ran.stderr


def test_the_log_is_json_unless_the_program_configured_logging() -> None:
    code = f"{IMPORT}; import logging; logging.getLogger('cybershop_customer.http').info('a line')"

    own = run(code, **MEMORY)
    theirs = run(f"import logging; logging.basicConfig(format='** %(message)s'); {code}", **MEMORY)

    assert '"message": "a line"' in own.stderr
    assert theirs.stderr == "** a line\n"


def test_the_first_request_prepares_the_store() -> None:
    with in_process(make_application(MEMORY)) as send:
        api = Api(send)
        assert log_in(api, "boss", "boss's own")
        assert api.get("/readyz").status == 200


def test_the_demo_has_its_samples() -> None:
    sample = {
        "customer_id": "567dce7f-b7b4-4efd-b75e-2b98592a56mdsf",
        "password": "abcdefghisdsa8664654646",
    }
    for demo, status in ((True, 200), (False, 401)):
        with in_process(make_application(MEMORY, demo=demo)) as send:
            assert Api(send).put(f"{BASE}/login", sample).status == status


def test_the_feed_is_served_with_its_token() -> None:
    token = "0123456789abcdef0123456789ABCDEF"
    feed = {"CUSTOMER_SESSION_FEED": "true", "CUSTOMER_SESSION_FEED_TOKEN": token}
    with in_process(make_application({**MEMORY, **feed})) as send:
        assert Api(send).get(f"{BASE}/session/feed", bearer=token).status == 200


def test_a_store_that_does_not_answer_does_not_delay_livez(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        endpoint = f"http://127.0.0.1:{mute.getsockname()[1]}"
        settings = {**ADMIN, "CUSTOMER_DYNAMODB_ENDPOINT": endpoint}
        application = make_application(settings)
        with in_process(application) as send:
            api = Api(send)
            assert api.get("/livez").status == 200
            assert api.get("/readyz").status == 503
            # The startup task waits seconds for the store, and only then says that it failed.
            assert caplog.text == ""
        application.stop()


def test_each_process_makes_its_own_parts() -> None:
    code = f"""
import os, threading
{IMPORT}
def ask(path):
    def start(status, headers): print(os.getpid() == parent, status, threading.active_count() > 0)
    environ = {{"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "x",
        "SERVER_PORT": "1", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
        "wsgi.errors": None, "wsgi.input": None}}
    list(application(environ, start))
    return application._process.get()
parent = os.getpid()
mine = ask("/readyz")
# The parent holds the lock during the fork.
(lock,) = application._process._locks.values()
with lock:
    child = os.fork()
    if not child:
        theirs = ask("/readyz")
        os._exit(0 if theirs is not mine else 4)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert status == 0, status
assert ask("/readyz") is mine
print("done")
"""
    ran = run(code, **MEMORY)

    assert ran.stdout.splitlines()[-1] == "done", ran.stderr


def warnings_in_several_processes(
    settings: dict[str, str], caplog: pytest.LogCaptureFixture
) -> list[str]:
    """What the application says to three requests of a server with several processes."""
    application = make_application(settings)

    def several(environ: dict[str, Any], start_response: Any) -> Any:
        return application({**environ, "wsgi.multiprocess": True}, start_response)

    with in_process(several) as send:
        for _ in range(3):
            assert Api(send).get("/livez").status == 200
    return [it.getMessage() for it in caplog.records if "several" in it.getMessage()]


def test_the_memory_store_in_several_processes_logs_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    (warning,) = warnings_in_several_processes(MEMORY, caplog)

    assert "Use sqlite or dynamodb" in warning


@pytest.mark.parametrize("name", ["CUSTOMER_METRICS", "CUSTOMER_METRICS_PORT"])
def test_metrics_of_one_process_among_several_log_a_warning(
    name: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    setting = {name: str(free_port()) if name.endswith("PORT") else "true"}
    sqlite = {"CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": str(tmp_path / "c.db")}

    (warning,) = warnings_in_several_processes({**MEMORY, **sqlite, **setting}, caplog)

    assert "Let PROMETHEUS_MULTIPROC_DIR name an empty folder" in warning


class TestUWSGI:
    """Only uWSGI has the module ``uwsgi``."""

    def inside(self, monkeypatch: pytest.MonkeyPatch, **attributes: Any) -> ServiceApplication:
        module = ModuleType("uwsgi")
        vars(module).update(attributes)
        monkeypatch.setitem(sys.modules, "uwsgi", module)
        return make_application(MEMORY)

    @pytest.mark.parametrize(
        "attributes",
        [
            {"opt": {}, "has_threads": 0},
            {"opt": {"processes": b"2"}, "has_threads": 1},
            {"opt": {"enable-threads": b"false"}, "has_threads": 0},
            {"opt": {}},
        ],
    )
    def test_it_refuses_to_start_without_threads(
        self, monkeypatch: pytest.MonkeyPatch, attributes: dict[str, Any]
    ) -> None:
        with pytest.raises(SettingsError, match="--enable-threads, or with --threads"):
            self.inside(monkeypatch, **attributes)

    @pytest.mark.parametrize("opt", [{"enable-threads": True}, {"threads": b"4"}])
    def test_it_starts_with_threads(
        self, monkeypatch: pytest.MonkeyPatch, opt: dict[str, Any]
    ) -> None:
        assert self.inside(monkeypatch, opt=opt, has_threads=1)
        assert self.inside(monkeypatch, opt=opt)


@pytest.mark.skipif(not TABLE.exists(), reason="reads /proc of Linux")
def test_a_breached_password_is_refused_and_the_stop_closes_the_connection() -> None:
    with raw_server(range_api(["known to thieves"])) as server:
        url = f"{server.url}/range"
        application = make_application({**MEMORY, "CUSTOMER_BREACHED_PASSWORDS_URL": url})
        body = {"email": "zoe@shop.example", "password": "known to thieves"}

        with in_process(application) as send:
            answer = Api(send).post(f"{BASE}/", body)

        assert answer.status == 400
        (fault,) = answer.json["errors"]
        assert fault == {
            "field": "password",
            "detail": "is known from a data breach; choose another",
        }
        assert connections_to(server.url) == 1
        application.stop()
        assert connections_to(server.url) == 0
