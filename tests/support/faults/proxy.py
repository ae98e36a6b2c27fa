"""A proxy on loopback in front of DynamoDB Local, which injects faults as a script says."""

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from io import BufferedReader
from select import select
from threading import Condition, Lock, Thread, Timer
from typing import Final
from urllib.parse import urlsplit

from support.faults.scripts import Delivery, Disconnection, Fault, Script, StoreRequest

OUTAGE_SECONDS: Final = 0.05
LONGEST_SILENCE: Final = 30.0
"""A caller that waits longer has no time limit."""
STORE_TIMEOUT: Final = 60.0


@contextmanager
def fault_proxy(endpoint: str, script: Script) -> Iterator["FaultProxy"]:
    """Run a proxy in front of ``endpoint`` until the block ends."""
    proxy = FaultProxy(endpoint, script)
    try:
        yield proxy
    finally:
        proxy.close()


@dataclass(frozen=True)
class _Request:
    store_request: StoreRequest
    target: str
    headers: dict[str, str]


class FaultProxy:
    """Passes requests to ``endpoint``, each with the fault that ``script`` returns.

    A test may replace ``script`` at any time.
    """

    def __init__(self, endpoint: str, script: Script) -> None:
        self.script = script
        self.injected: Counter[Fault] = Counter()
        parts = urlsplit(endpoint)
        assert parts.hostname
        assert parts.port
        self._store = (parts.hostname, parts.port)
        self._listener = _listener()
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = Lock()
        self._idle = Condition(self._lock)
        self._busy = 0
        self._closing = False
        self._newest: object = None
        self._callers: set[socket.socket] = set()
        self._timers: list[Timer] = []
        self._threads = [Thread(target=self._accept, name="fault proxy")]
        self._threads[0].start()

    def await_idle(self) -> None:
        """Wait until the store has carried out every request that can still reach it."""
        with self._idle:
            assert self._idle.wait_for(lambda: self._busy == 0, STORE_TIMEOUT)

    def await_disconnected(self) -> None:
        """Wait until the connections of all callers, which must be gone, have ended."""
        with socket.create_connection(self._listener.getsockname()) as last:
            address = last.getsockname()
        with self._idle:
            assert self._idle.wait_for(
                lambda: self._newest == address and not self._callers, STORE_TIMEOUT
            )

    def close(self) -> None:
        """Refuse new connections, and end every open one."""
        with self._lock:
            self._closing = True
        for timer in self._timers:
            timer.join()
        # accept() returns only for a new connection.
        with suppress(OSError):
            socket.create_connection(self._listener.getsockname()).close()
        with self._lock:
            for caller in self._callers:
                _hang_up(caller)
        for thread in self._threads:
            thread.join(STORE_TIMEOUT)
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing:
            try:
                caller, address = self._listener.accept()
            except OSError:
                # An outage: the listener accepts no connection until it listens again.
                with self._lock:
                    timers = list(self._timers)
                for timer in timers:
                    timer.join()
                continue
            thread = Thread(target=self._serve, args=(caller,), name="fault proxy, connection")
            with self._idle:
                self._newest = address
                self._callers.add(caller)
                self._threads.append(thread)
            thread.start()

    def _serve(self, caller: socket.socket) -> None:
        store = HTTPConnection(*self._store, timeout=STORE_TIMEOUT)
        try:
            with caller, caller.makefile("rb") as stream, suppress(ConnectionError):
                while (request := _read(stream)) is not None and not self._closing:
                    with self._at_work():
                        goes_on = self._exchange(request, caller, store)
                    if not goes_on:
                        break
        finally:
            store.close()
            with self._idle:
                self._callers.discard(caller)
                self._idle.notify_all()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def _exchange(self, request: _Request, caller: socket.socket, store: HTTPConnection) -> bool:
        """Serve one request; return whether the connection stays open."""
        fault = self.script(request.store_request)
        with self._lock:
            self.injected[fault] += 1
        if fault is Fault.REFUSED:
            self._begin_outage()
        if fault.delivery is Delivery.TOO_LATE:
            _await_end(caller)
        status, body = 0, b""
        if fault.delivery is not Delivery.NEVER:
            status, body = _ask(store, request)
        match fault.answer:
            case None:
                caller.sendall(_encoded(status, body))
                return True
            case Disconnection.HANG_UP:
                return False
            case Disconnection.HANG_UP_HALFWAY:
                whole = _encoded(status, body)
                caller.sendall(whole[: len(whole) - len(body) // 2 - 1])
                return False
            case Disconnection.SILENCE:
                _await_end(caller)
                return False
            case reply:
                caller.sendall(_encoded(*reply(request.store_request, body)))
                return True

    def _begin_outage(self) -> None:
        with self._lock:
            if self._closing or any(timer.is_alive() for timer in self._timers):
                return
            # The port stays reserved, but new connections are refused.
            self._listener.shutdown(socket.SHUT_RDWR)
            timer = Timer(OUTAGE_SECONDS, self._listener.listen)
            self._timers = [timer]
            timer.start()


def _listener() -> socket.socket:
    """A listener on a free port, bound by number, so it keeps the port during an outage."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    return socket.create_server(address)


def _read(stream: BufferedReader) -> _Request | None:
    """The next request, or None at the end."""
    line = stream.readline().decode("latin-1").split()
    if not line:
        return None
    headers: dict[str, str] = {}
    while (header := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = header.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    operation = headers.get("x-amz-target", "").partition(".")[2]
    return _Request(StoreRequest(operation, body), line[1], headers)


def _ask(store: HTTPConnection, request: _Request) -> tuple[int, bytes]:
    """Send the request to the store; return the status and the body."""
    passed = {"x-amz-target", "content-type", "authorization", "x-amz-date"}
    headers = {name: value for name, value in request.headers.items() if name in passed}
    store.request("POST", request.target, request.store_request.body, headers)
    response = store.getresponse()
    return response.status, response.read()


def _encoded(status: int, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status} Whatever\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _await_end(caller: socket.socket) -> None:
    """Wait until the caller has hung up."""
    readable, _, _ = select([caller], [], [], LONGEST_SILENCE)
    if readable:
        with suppress(ConnectionError):
            assert caller.recv(1, socket.MSG_PEEK) == b"", "the caller sends another request"


def _hang_up(caller: socket.socket) -> None:
    with suppress(OSError):
        caller.shutdown(socket.SHUT_RDWR)
