"""Answers the usual session check without Falcon, which takes most of the time of a check.

Every request of the shop causes one. The usual one is a GET with the header Authorization, without
a query and without a body. All others, and those with a header that changes the answer, go to
``SessionResource``, whose answers are the same.
"""

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from time import perf_counter
from typing import Final, TypeAlias
from wsgiref.types import StartResponse, WSGIEnvironment

from ...domain.audit import rfc3339
from ...domain.errors import CustomerServiceError, SessionRefusedError
from ...domain.request_context import RequestContext, begin_request, end_request
from ...domain.services.session_check_service import SessionCheckService
from ...domain.session import Session
from .bearer import parse_bearer
from .check_log import CheckLog
from .client_source import ClientSource
from .error_problems import problem_of_service_error, problem_of_unexpected_error
from .outcomes import OK
from .problem import MEDIA_TYPE, Problem
from .refusal_log import RefusalLog
from .request_id import request_id as ensure_request_id
from .request_log import RequestLog
from .session_resource import named_refusal

PATH: Final = "/api/v1/customer/session"

_UNUSUAL: Final = (
    "QUERY_STRING",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "HTTP_TRANSFER_ENCODING",
    "HTTP_TRACEPARENT",
)
"""What may change the answer, or what the log says."""

Count: TypeAlias = Callable[[str, str, str, float], None]
"""Counts a request by its method, route and outcome, and its seconds."""


class QuickCheck:
    """Answers the requests that are usual session checks.

    Args:
        session_check: the use case.
        client_source: finds the source of a request.
        request_log: writes the line of each request.
        refusal_log: writes the lines that are due.
        count: counts the request; None where nothing is counted.
    """

    def __init__(
        self,
        session_check: SessionCheckService,
        *,
        client_source: ClientSource,
        request_log: RequestLog,
        refusal_log: RefusalLog,
        count: Count | None,
    ) -> None:
        self._check_session = session_check.check_session
        self._client_source = client_source
        self._check_log = CheckLog(request_log, PATH)
        self._refusal_log = refusal_log
        self._count = count

    @staticmethod
    def is_usual(environ: WSGIEnvironment) -> bool:
        """Whether ``answer`` answers this request as the application would."""
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "GET":
            return False
        if "HTTP_AUTHORIZATION" not in environ:
            return False
        get = environ.get
        for name in _UNUSUAL:
            if get(name):
                return False
        # A server that changed the path may have received another one: see GatePathGuard.
        return bool(get("REQUEST_URI", PATH) == PATH)

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, log it and count it."""
        started = perf_counter()
        request_id = ensure_request_id(environ.get("HTTP_X_REQUEST_ID"))
        source = self._client_source.find(environ)
        begin_request(RequestContext(source, request_id))
        found = self._check(environ["HTTP_AUTHORIZATION"], request_id)
        if isinstance(found, Session):
            customer_id, outcome, status, body = found.customer_id, OK, 200, _encoded(found)
            start_response("200 OK", _headers(request_id, len(body)))
        else:
            kind, body = found.type, found.encoded(request_id)
            customer_id, outcome, status = None, kind.name, kind.status.value
            start_response(
                f"{status} {kind.status.phrase}", _problem_headers(request_id, body, found)
            )
        end_request()
        seconds = perf_counter() - started
        self._check_log.write(
            request_id,
            status=status,
            outcome=outcome,
            seconds=seconds,
            source=source,
            customer_id=customer_id,
        )
        if self._count is not None:
            self._count("GET", PATH, outcome, seconds)
        self._refusal_log.write_due()
        # A list, because granian sends any other iterable in pieces.
        return [body]

    def _check(self, authorization: str, request_id: str) -> Session | Problem:
        """The session of the header ``Authorization``, or the problem that refuses it."""
        context_id: str | None = None
        try:
            context_id = parse_bearer(authorization)
            return self._check_session(context_id)
        except SessionRefusedError as error:
            return problem_of_service_error(named_refusal(error, context_id), request_id)
        except CustomerServiceError as error:
            return problem_of_service_error(error, request_id)
        except Exception as error:  # noqa: BLE001 (as Falcon does)
            return problem_of_unexpected_error(error, request_id)


def _headers(
    request_id: str, length: int, media_type: str = "application/json"
) -> list[tuple[str, str]]:
    return [
        ("x-request-id", request_id),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-length", str(length)),
        ("content-type", media_type),
    ]


def _problem_headers(request_id: str, body: bytes, problem: Problem) -> list[tuple[str, str]]:
    further = [(header.lower(), value) for header, value in problem.headers.items()]
    return [*_headers(request_id, len(body), MEDIA_TYPE), *further]


def _encoded(session: Session) -> bytes:
    """The same JSON as ``session_json`` has. The ids have no character that JSON escapes."""
    verified = "true" if session.email_verified else "false"
    return (
        f'{{"session_id": "{session.session_id}", "customer_id": "{session.customer_id}",'
        f' "roles": {_roles(session.roles)}, "email_verified": {verified},'
        f' "issued_at": "{_time(session.issued_at)}",'
        f' "expires_at": "{_time(session.expires_at)}"}}'
    ).encode()


# A few sessions have most of the checks.
_time: Final = lru_cache(1024)(rfc3339)


@lru_cache(256)
def _roles(roles: frozenset[str]) -> str:
    return json.dumps(sorted(roles), ensure_ascii=False)
