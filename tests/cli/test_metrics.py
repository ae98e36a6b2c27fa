"""The metrics of running servers: on a port of their own, and over several workers."""

import os
import re
import socket
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from support.http.customer_api import BASE
from support.processes.wsgi_servers import running

from cybershop_customer import SettingsError
from cybershop_customer.adapters.metrics.exposition import Exposition, forget_dead_processes
from cybershop_customer.adapters.metrics.service_metrics import ServiceMetrics
from cybershop_customer.entrypoints.http.metrics_server import MetricsServer
from cybershop_customer.entrypoints.http.service_application import make_application

COUNT = re.compile(
    r'customer_http_request_duration_seconds_count\{operation="check_session",'
    r'outcome="session-refused"\} (\d+)'
)


def test_a_port_of_its_own_serves_the_metrics() -> None:
    server = MetricsServer(Exposition(ServiceMetrics(), None), host="127.0.0.1", port=0)
    server.start()
    try:
        url = server.wait_for_url(30)
        with urlopen(f"{url}/metrics") as page:
            assert b"customer_build_info" in page.read()
    finally:
        server.stop()


def test_a_taken_port_does_not_stop_the_service(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = MetricsServer(
            Exposition(ServiceMetrics(), None), host="127.0.0.1", port=taken.getsockname()[1]
        )
        server.start()
        deadline = time.monotonic() + 30
        while not caplog.messages and time.monotonic() < deadline:
            server.wait_for_url(0.01)
        server.stop()

    assert re.fullmatch(r"metrics are not served on port \d+: .*in use.*", caplog.messages[0])


def test_a_folder_that_does_not_exist_is_named() -> None:
    environ = {"CUSTOMER_STORAGE": "memory", "CUSTOMER_METRICS": "true"}
    with pytest.raises(SettingsError) as refused:
        make_application({**environ, "PROMETHEUS_MULTIPROC_DIR": "/nowhere"})

    assert refused.value.faults[0].field == "PROMETHEUS_MULTIPROC_DIR"


def test_what_ended_processes_did_last_is_forgotten(tmp_path: Path) -> None:
    names = [f"gauge_livesum_{os.getpid()}.db", "gauge_livesum_999999999.db", "counter_9.db"]
    for name in names:
        (tmp_path / name).touch()

    forget_dead_processes(tmp_path)

    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([names[0], names[2]])


@pytest.mark.slow
@pytest.mark.parametrize("server", ["gunicorn-gthread", "granian"])
def test_workers_count_together(server: str, tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    variables = {
        "CUSTOMER_STORAGE": "sqlite",
        "CUSTOMER_SQLITE_PATH": str(tmp_path / "customer.db"),
        "CUSTOMER_METRICS": "true",
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
    }
    with running(server, tmp_path, "--workers", "2", **variables) as service:
        sent = 0
        # The system chooses the worker of a connection.
        while sent < 40 or len(list(folder.glob("histogram_*.db"))) < 2:
            with service.api() as api:
                assert api.get(f"{BASE}/session", bearer="wrong").status == 401
            sent += 1
            assert sent < 1000
        with service.api() as api:
            found = {COUNT.search(api.get("/metrics").body.decode())[1] for _ in range(10)}  # type: ignore[index]

    assert found == {str(sent)}
