"""Writes the answer to one request, in a worker thread.

The answer comes from the application, or is a problem (RFC 9457) if the request is invalid.
"""

# pyright has type stubs of an older waitress.
# pyright: reportAttributeAccessIssue=false, reportOperatorIssue=false
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

from http import HTTPStatus
from typing import Final
from uuid import uuid4

from waitress.task import ErrorTask, WSGITask

from ..answer_stream import AnswerCutShortError
from ..problem import (
    MEDIA_TYPE,
    MESSAGE_TOO_LARGE,
    Problem,
    internal_error,
    problem_type_from_status,
)
from ..request_record import LOGGER
from ..request_schema import MAX_BYTES

_TOO_LARGE: Final = Problem(
    MESSAGE_TOO_LARGE, f"The message may have at most {MAX_BYTES} bytes.", {}, {}
)


class ApplicationTask(WSGITask):
    """Calls the application. While the server stops, each answer closes its connection."""

    wrote_header: bool

    def build_response_header(self) -> bytes:
        """The status line and the header fields. waitress calls this when the answer begins."""
        if self.channel.server.connections.draining:
            self.request.headers["CONNECTION"] = "close"
        header = bytes(super().build_response_header())
        if self.request.command == "HEAD":
            # RFC 9110, 9.3.2: no content follows, so no last chunk either.
            self.chunked_response = False
        return header

    def write(self, data: bytes) -> None:
        """Send a part of the body. The header goes with a body that is whole.

        waitress sends it alone: one system call more, and another packet for the client to read.
        """
        if self.wrote_header or not data:
            super().write(data)
            return
        header = self.build_response_header()
        self.wrote_header = True
        if self.has_body and not self.chunked_response and len(data) == self.content_length:
            self.content_bytes_written += len(data)
            self.channel.write_soon(header + data)
        else:
            self.channel.write_soon(header)
            super().write(data)

    def service(self) -> None:
        """Answer. If the application cannot finish an answer, the client does not get its end."""
        try:
            super().service()
        except AnswerCutShortError:
            self.close_on_finish = True


class ProblemTask(ErrorTask):
    """Answers to an invalid request, in the same form as the application's problems."""

    def execute(self) -> None:
        error = self.request.error
        status = HTTPStatus(error.code)
        if status is MESSAGE_TOO_LARGE.status:
            problem = _TOO_LARGE
        elif status is HTTPStatus.INTERNAL_SERVER_ERROR:
            problem = internal_error()
        else:
            detail = f"The request cannot be served: {error.body}."
            problem = Problem(problem_type_from_status(status), detail, {}, {})
        request_id = str(uuid4())
        LOGGER.info(
            "unreadable request",
            extra={
                "request_id": request_id,
                "status_code": status.value,
                "problem": problem.type.name,
                "source": self.channel.source,
            },
        )
        encoded = problem.encoded(request_id)
        self.status = f"{status.value} {status.phrase}"
        self.response_headers += [
            ("Content-Type", MEDIA_TYPE),
            ("X-Request-ID", request_id),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        self.set_close_on_finish()
        self.content_length = len(encoded)
        self.write(encoded)
