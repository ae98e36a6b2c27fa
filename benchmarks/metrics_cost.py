"""What the metrics cost a session check: CPU time in the application, with them and without.

    python benchmarks/metrics_cost.py

Rounds with and without metrics take turns in one thread, and the median of their differences
counts. It is divided by the CPU time of a whole check in the service over HTTP, without metrics,
which ``session_check.py`` measures in the same way. Every case runs in a process of its own:
prometheus-client counts in files if ``PROMETHEUS_MULTIPROC_DIR`` is set before its import.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from tempfile import TemporaryDirectory
from typing import Any, Final

from dependency_injector import providers

from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.session_checkers import http_session_checker

ROUNDS: Final = 200
CALLS: Final = 300
HTTP_ROUNDS: Final = 15
PASSWORD: Final = "correct horse battery staple"


def make_call(*, metrics: bool) -> Callable[[], None]:
    """A function that checks a session in an application of its own."""
    container = memory_container()
    if metrics:
        from cybershop_customer.adapters.metrics.service_metrics import (  # noqa: PLC0415
            ServiceMetrics,
        )

        container.metrics.override(providers.Object(ServiceMetrics()))
    services = container.services()
    services.customers.add_customer(customer_id="zoe", email="zoe@shop.example", password=PASSWORD)
    opened = services.sessions.login(customer_id="zoe", password=PASSWORD).context_id
    app = create_app(services, metrics=container.metrics())
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/api/v1/customer/session",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "30000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {opened}",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
    }

    def start_response(*_: object) -> Any:  # noqa: ANN401 (it is never written to)
        return None

    def call() -> None:
        for _ in app({**environ}, start_response):
            pass

    return call


def time_of(call: Callable[[], None]) -> float:
    """Microseconds of CPU time of a call."""
    began = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - began) / CALLS * 1e6


def measure() -> dict[str, float]:
    """The times of this process' case."""
    plain, counted = make_call(metrics=False), make_call(metrics=True)
    without: list[float] = []
    added: list[float] = []
    for round_number in range(ROUNDS):
        first, second = (plain, counted) if round_number % 2 else (counted, plain)
        one, other = time_of(first), time_of(second)
        mine, its = (other, one) if round_number % 2 else (one, other)
        without.append(its)
        added.append(mine - its)
    return {"application": statistics.median(without), "metrics": statistics.median(added)}


def measure_over_http() -> float:
    """Microseconds of CPU time that a check over HTTP takes in the service, without metrics."""
    from session_check import NO_MEMORY, Way, service  # noqa: PLC0415 (beside this file)

    with service() as remote, http_session_checker(remote.url, policy=NO_MEMORY) as checker:
        way = Way("over HTTP", checker.check_session, remote.context_id, remote.cpu)
        for _ in range(HTTP_ROUNDS):
            way.measure()
    return statistics.median(way.server_costs)


def main() -> None:
    """Measure and print."""
    if "--one" in sys.argv:
        print(json.dumps(measure()))
        return
    whole = measure_over_http()
    print(f"a check over HTTP: {whole:.0f} µs of CPU time in the service")
    with TemporaryDirectory() as folder:
        for name, variables in (
            ("one process", {}),
            ("several processes", {"PROMETHEUS_MULTIPROC_DIR": folder}),
        ):
            done = subprocess.run(
                [sys.executable, __file__, "--one"],
                env={**os.environ, **variables},
                capture_output=True,
                check=True,
            )
            times = json.loads(done.stdout)
            share = times["metrics"] / whole
            print(
                f"{name:18} application {times['application']:5.1f} µs,"
                f" metrics {times['metrics']:4.1f} µs: {share:.1%} of a check"
            )


if __name__ == "__main__":
    main()
