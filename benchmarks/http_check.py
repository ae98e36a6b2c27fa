"""The session check over HTTP beside Falcon's "hello" on the same server, in one run.

    python benchmarks/http_check.py

Each server is a process of its own on loopback, and its log goes to a file. The service has its
customers in memory, and writes its request log and its metrics. Sixteen connections are kept alive
and ask as fast as they are answered. Rounds of the servers take turns. The median of the CPU time
that a server uses for one request counts, so the ratios mean something on any machine; the rates do
not.
"""

import http.client
import json
import os
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROUNDS: Final = 15
ROUND_SECONDS: Final = 0.6
CONNECTIONS: Final = 16
ALONE: Final = str(Path(__file__).parents[1] / "tests" / "support" / "service_alone")
"""Hides the frameworks of other services, which dependency-injector would load."""
PASSWORD: Final = "correct horse battery staple"
CHECK: Final = "/api/v1/customer/session"
SETTINGS: Final = {
    "CUSTOMER_STORAGE": "memory",
    "CUSTOMER_METRICS": "true",
    "CUSTOMER_BCRYPT_ROUNDS": "4",
    "CUSTOMER_ADMIN_ID": "boss",
    "CUSTOMER_ADMIN_PASSWORD": PASSWORD,
    "CUSTOMER_LOG_FORMAT": "json",
}
HELLO_APP: Final = """
import falcon


class Hello:
    def on_get(self, req, resp):
        resp.media = {"message": "hello"}


app = falcon.App()
app.add_route("/hello", Hello())
"""
HELLO_ON_WAITRESS: Final = """
import sys, waitress
from hello import app
waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
"""
BUSY_APP: Final = """
from time import thread_time


def app(environ, start_response):
    end = thread_time() + 12e-6
    while thread_time() < end:
        pass
    start_response("200 OK", [("content-length", "0")])
    return [b""]
"""
"""Is busy for 12 µs, as the service is in process with a check."""
GRANIAN: Final = (
    *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
    *("--host", "127.0.0.1", "--blocking-threads", "1"),
)


@dataclass
class Server:
    """A server, the request that it is asked, and what was measured of it."""

    name: str
    process: int
    port: int
    request: bytes = b""
    costs: list[float] = field(default_factory=list[float])
    rates: list[float] = field(default_factory=list[float])

    @property
    def cost(self) -> float:
        """Microseconds of CPU time for one request."""
        return statistics.median(self.costs)

    def measure(self) -> None:
        """Ask for the length of a round."""
        length = self._length()
        with selectors.DefaultSelector() as selector, ExitStack() as stack:
            left: dict[socket.socket, int] = {}
            for _ in range(CONNECTIONS):
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", self.port)))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ, connection)
                left[connection] = length
                connection.sendall(self.request)
            count, cpu, began = 0, cpu_of(self.process), time.perf_counter()
            while time.perf_counter() - began < ROUND_SECONDS:
                for key, _ in selector.select(1):
                    connection = key.data
                    left[connection] -= len(connection.recv(65536))
                    if left[connection] <= 0:
                        left[connection] = length
                        count += 1
                        connection.sendall(self.request)
            seconds = time.perf_counter() - began
        self.costs.append((cpu_of(self.process) - cpu) / count * 1e6)
        self.rates.append(count / seconds)

    def _length(self) -> int:
        """The length of an answer, which is always the same."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(self.request)
            connection.settimeout(0.2)
            answer = b""
            try:
                while part := connection.recv(65536):
                    answer += part
            except TimeoutError:
                pass
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{self.name}: {answer!r}")
        return len(answer)


def cpu_of(process: int) -> float:
    """Seconds of CPU time that the process and its children have used."""
    total = 0.0
    for number in [process, *children(process)]:
        parts = Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    return total


def children(process: int) -> list[int]:
    """The direct children of the process."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text(encoding="ascii").split()]


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def started(
    name: str, command: tuple[str, ...], port: int, folder: str, settings: Mapping[str, str]
) -> Iterator[Server]:
    """A server that runs ``command`` and listens on ``port``."""
    log_file = Path(folder) / f"{name}.log"
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **settings, "PYTHONPATH": os.pathsep.join((folder, ALONE))},
            stdout=log,
            stderr=log,
        )
    try:
        wait_until_served(port, process, log_file)
        yield Server(name, process.pid, port)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_served(port: int, process: "subprocess.Popen[bytes]", log_file: Path) -> None:
    """Return when the process listens on ``port``."""
    deadline = time.monotonic() + 30
    while True:
        if process.poll() is not None:
            raise SystemExit(log_file.read_text(encoding="utf-8"))
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def hello(server: Server) -> Server:
    """The server, asked for Falcon's hello, or for an application that answers any path."""
    server.request = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
    return server


def check(server: Server) -> Server:
    """The server, asked for the check of a session that it has."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    body = json.dumps({"customer_id": "boss", "password": PASSWORD})
    connection.request("PUT", "/api/v1/customer/login", body, {"Content-Type": "application/json"})
    context_id = json.loads(connection.getresponse().read())["context_id"]
    connection.close()
    server.request = (
        f"GET {CHECK} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {context_id}\r\n\r\n"
    ).encode()
    return server


def main() -> None:
    """Measure, and print a table."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        (Path(folder) / "hello.py").write_text(HELLO_APP, encoding="utf-8")
        (Path(folder) / "busy.py").write_text(BUSY_APP, encoding="utf-8")
        (Path(folder) / "on_waitress.py").write_text(HELLO_ON_WAITRESS, encoding="utf-8")
        wsgi = "cybershop_customer.entrypoints.http.wsgi:application"

        def start(name: str, *command: str, port: int, **settings: str) -> Server:
            return stack.enter_context(started(name, command, port, folder, settings))

        python, ports = sys.executable, [free_port() for _ in range(5)]
        pairs = [
            (
                hello(
                    start("hello", python, f"{folder}/on_waitress.py", str(ports[0]), port=ports[0])
                ),
                check(
                    start(
                        "check",
                        *(python, "-m", "cybershop_customer", "serve", "--host", "127.0.0.1"),
                        *("--port", str(ports[1])),
                        port=ports[1],
                        **SETTINGS,
                    )
                ),
                "waitress, and `serve`",
            ),
            (
                hello(
                    start(
                        "granian hello",
                        *GRANIAN,
                        "--port",
                        str(ports[2]),
                        "hello:app",
                        port=ports[2],
                    )
                ),
                check(
                    start(
                        "granian check",
                        *GRANIAN,
                        "--port",
                        str(ports[3]),
                        wsgi,
                        port=ports[3],
                        **SETTINGS,
                    )
                ),
                "granian, one worker, one blocking thread",
            ),
        ]
        busy = hello(
            start(
                "granian busy",
                *(*GRANIAN, "--port", str(ports[4]), "busy:app"),
                port=ports[4],
            )
        )
        for number in range(ROUNDS):
            for one, other, _ in pairs:
                for server in (one, other) if number % 2 else (other, one):
                    server.measure()
            busy.measure()
        print("| server | hello | check | ratio of CPU time | hello a second | checks a second |")
        print("|---|---|---|---|---|---|")
        for one, other, name in pairs:
            print(
                f"| {name} | {one.cost:.0f} µs | {other.cost:.0f} µs | {one.cost / other.cost:.2f}"
                f" | {statistics.median(one.rates):,.0f} | {statistics.median(other.rates):,.0f} |"
            )
        print(f"\nAn application on granian that is only busy for 12 µs: {busy.cost:.0f} µs.")


if __name__ == "__main__":
    main()
