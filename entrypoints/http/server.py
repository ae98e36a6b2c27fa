"""Serves the application with waitress, and stops without dropping a request."""

# The types that pyright brings for waitress are those of an older one.
# pyright: reportAttributeAccessIssue=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

import socket
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic
from typing import Any, Final
from uuid import uuid4

from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer
from waitress.task import ErrorTask

from .message import MAX_BYTES
from .problem import MEDIA_TYPE, MESSAGE_TOO_LARGE, Problem, of_status
from .request_log import LOGGER

GRACE_SECONDS: Final = 25.0
"""How long requests in flight may take after a stop; Kubernetes kills after 30 seconds."""

# The application refuses what is over MAX_BYTES; waitress refuses, and hangs up on, far more.
_HANG_UP_BYTES: Final = 16 * MAX_BYTES
_POLL_SECONDS: Final = 1.0
_DRAIN_POLL_SECONDS: Final = 0.05


_TOO_LARGE: Final = Problem(
    MESSAGE_TOO_LARGE, f"The message may have at most {MAX_BYTES} bytes.", {}, {}
)


def _unreadable(status: HTTPStatus) -> Problem:
    return Problem(of_status(status), "This is no HTTP request that can be read.", {}, {})


class _ProblemTask(ErrorTask):
    """Answers what is not even HTTP, or far too large, as a problem too."""

    def execute(self) -> None:
        status = HTTPStatus(self.request.error.code)
        found = _TOO_LARGE if status is MESSAGE_TOO_LARGE.status else _unreadable(status)
        request_id = str(uuid4())
        LOGGER.info(
            "unreadable request",
            extra={
                "request_id": request_id,
                "status_code": status.value,
                "problem": found.type.name,
            },
        )
        encoded = found.encoded(request_id)
        self.status = f"{status.value} {status.phrase}"
        self.response_headers.append(("Content-Type", MEDIA_TYPE))
        self.response_headers.append(("X-Request-ID", request_id))
        self.set_close_on_finish()
        self.content_length = len(encoded)
        self.write(encoded)


class _Parser(HTTPRequestParser):
    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as fault:
            # A target such as http://[ or a length of thousands of digits: waitress would drop
            # the connection without an answer.
            raise ParsingError(str(fault)) from fault


class _Channel(HTTPChannel):
    error_task_class = _ProblemTask
    parser_class = _Parser

    @property
    def busy(self) -> bool:
        """Whether a request is being received, served or answered."""
        return bool(self.request or self.requests or self.total_outbufs_len)


class Server:
    """Listens from the moment it is made; ``run`` serves until ``stop`` is called.

    Raises:
        OSError: the address cannot be listened on.
    """

    def __init__(self, app: Callable[..., Any], *, host: str, port: int, threads: int) -> None:
        self._sockets: dict[int, Any] = {}
        self._waitress = create_server(
            app,
            map=self._sockets,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            # Other services keep their connections open between two session checks.
            connection_limit=1000,
            max_request_body_size=_HANG_UP_BYTES,
            clear_untrusted_proxy_headers=True,
        )
        self._listeners = [
            part for part in self._sockets.values() if isinstance(part, BaseWSGIServer)
        ]
        for listener in self._listeners:
            listener.channel_class = _Channel
        self._stopping = False

    @property
    def url(self) -> str:
        """Where the service answers: the first address it listens on."""
        listener = self._listeners[0]
        host = listener.effective_host
        if listener.family == socket.AF_INET6:
            host = f"[{host}]"
        return f"http://{host}:{listener.effective_port}"

    def stop(self) -> None:
        """Finish what is in flight and make ``run`` return. Safe in a signal handler."""
        self._stopping = True
        for listener in self._listeners:
            listener.pull_trigger()

    def run(self) -> bool:
        """Serve until stopped. Returns whether every request in flight was answered in time."""
        while not self._stopping:
            self._turn(_POLL_SECONDS)
        return self._drain()

    def close(self) -> None:
        """Close what ``stop`` needs: after ``run`` has returned, when nobody calls it any more."""
        for listener in self._listeners:
            listener.trigger.close()

    def _drain(self) -> bool:
        # Whoever has connected already is served: all are accepted, and read from once.
        for listener in self._listeners:
            connected = 0
            while connected < len(self._sockets):
                connected = len(self._sockets)
                listener.handle_accept()
            wasyncore.dispatcher.close(listener)
        self._turn(0)
        deadline = monotonic() + GRACE_SECONDS
        while self._busy() and monotonic() < deadline:
            self._turn(_DRAIN_POLL_SECONDS)
        finished = not self._busy()
        self._waitress.task_dispatcher.shutdown(timeout=0 if not finished else 5)
        for channel in self._channels():
            channel.handle_close()
        return finished

    def _turn(self, timeout: float) -> None:
        """Wait for the sockets, ``timeout`` seconds at most, and do what they are ready for."""
        wasyncore.loop(timeout=timeout, use_poll=True, map=self._sockets, count=1)

    def _busy(self) -> bool:
        return any(channel.busy for channel in self._channels())

    def _channels(self) -> list[_Channel]:
        return [part for part in self._sockets.values() if isinstance(part, _Channel)]
