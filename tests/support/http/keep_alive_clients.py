"""Clients that send one request after another on persistent connections."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final, Self

from support.http.transports import TIMEOUT, RawConnection

CLIENTS: Final = 12


@dataclass
class Tally:
    """Counts of the clients' requests and answers."""

    answered: int = 0
    unanswered: list[str] = field(default_factory=list[str])
    """For each request without an answer, the reason."""
    statuses: set[int] = field(default_factory=set[int])
    last_reply_at: float = 0.0
    kept_after_stop: int = 0
    """Answers to requests sent after the stop that did not announce the end of the connection."""


class KeepAliveClients:
    """Run until no client can connect. ``request_of`` makes the request of a client."""

    def __init__(
        self, url: str, request_of: Callable[[int], bytes], *, clients: int = CLIENTS
    ) -> None:
        self.tally = Tally()
        self._url = url
        self._request_of = request_of
        self._lock = Lock()
        self._stopped_at = float("inf")
        self._busy = Event()
        self._ended = Event()
        self._threads = [Thread(target=self._run, args=(number,)) for number in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(TIMEOUT)
            assert not thread.is_alive(), "a client hangs"

    def wait_until_busy(self, replies: int = 5 * CLIENTS) -> None:
        """Wait until there were ``replies`` answers."""
        deadline = monotonic() + TIMEOUT
        while self.tally.answered < replies:
            assert monotonic() < deadline, self.tally
            self._busy.wait(0.01)

    def note_stop(self) -> None:
        """Record that the service was asked to stop before this call."""
        self._stopped_at = monotonic()

    def _run(self, number: int) -> None:
        request = self._request_of(number)
        while not self._ended.is_set():
            try:
                connection = RawConnection(self._url)
            except OSError:
                return
            with connection:
                self._use(connection, request)

    def _use(self, connection: RawConnection, request: bytes) -> None:
        while not self._ended.is_set():
            sent_at = monotonic()
            try:
                answer = connection.exchange(request)
            except (TimeoutError, OSError) as error:
                with self._lock:
                    self.tally.unanswered.append(f"{error!r} after {monotonic() - sent_at:.3f} s")
                return
            closes = answer.headers.get("connection") == "close"
            with self._lock:
                self.tally.answered += 1
                self.tally.statuses.add(answer.status)
                self.tally.last_reply_at = monotonic()
                self.tally.kept_after_stop += sent_at > self._stopped_at and not closes
            if closes:
                return
