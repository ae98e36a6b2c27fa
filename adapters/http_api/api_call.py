"""One call of the service: the request, and how to read its response."""

import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from ipaddress import IPv6Address
from typing import Any, Final, Generic, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

from ...domain.client_arguments import (
    parse_source,
    require_origin,
    require_version,
    shown_user_agent,
)
from ...domain.errors import (
    CheckerUnavailableError,
    CustomerServiceError,
    FieldFault,
    InvalidInputError,
    ServiceBusyError,
    ServiceUnavailableError,
    SessionRefusedError,
    StoreUnavailableError,
    TooManyAttemptsError,
    VersionConflictError,
)
from ..current_trace import trace_headers
from .call_failure import CallFailure, Retry
from .http_response import HttpResponse
from .problem_response import error_from_problem
from .session_response import BEARER_LOST, LOST_ON_THE_WAY

BASE: Final = "/api/v1/customer"
_MAX_REQUEST: Final = 64 * 1024
"""Bytes that the service reads of a message."""
_MAX_BODY: Final = 64 * 1024
"""Bytes. A response has a few hundred, and one about a customer a few thousand."""

_ANY_CALL: Final[AbstractSet[type[CustomerServiceError]]] = {
    CheckerUnavailableError,
    InvalidInputError,
    ServiceBusyError,
    SessionRefusedError,
    StoreUnavailableError,
    TooManyAttemptsError,
    VersionConflictError,
}

T = TypeVar("T")

Answer: TypeAlias = T | CustomerServiceError | CallFailure
"""The result, or the error that the service answers with, or why there is no usable answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall(Generic[T]):
    """A request, and ``read``, which makes the answer of a response."""

    method: str
    target: str = field(repr=False)
    """The path below the service's URL, with the query."""
    parse: Callable[[HttpResponse], T | None] = field(repr=False)
    """Makes the result of a response with the status 200; None if it is not valid."""
    fields: Mapping[str, Any] | None = field(default=None, repr=False)
    """The JSON object that is sent; fields that are None are left out."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    errors: AbstractSet[type[CustomerServiceError]] = frozenset()
    """What the use case raises, beside the errors of any call."""
    repeatable: bool = False
    """Whether the call may be sent again without harm, though it may have worked."""
    customer_id: str | None = None
    """Whom the response must name; None if the caller does not know it."""
    max_body: int = _MAX_BODY
    """The most bytes that the body of a response may have."""

    @property
    def changes_nothing(self) -> bool:
        """Whether the call only reads, so that its outcome is known in any case."""
        return self.method == "GET"

    def body(self) -> bytes | None:
        """The bytes to send, or None.

        Raises:
            InvalidInputError: they are more than the service reads.
        """
        if self.fields is None:
            return None
        # Every field is a text. A value of another type, which JSON may not have, is sent as
        # false, so that the service names its fault with all others.
        given = {
            name: value if isinstance(value, str) else False
            for name, value in self.fields.items()
            if value is not None
        }
        # Lone surrogates, which UTF-8 cannot carry, are escaped. The service names them.
        body = json.dumps(given).encode()
        if len(body) > _MAX_REQUEST:
            # Half of a fair share of the bytes: at least one field has more.
            share = _MAX_REQUEST // (2 * len(given))
            raise InvalidInputError(
                FieldFault(name, "is longer than any field may be")
                for name, value in given.items()
                if len(json.dumps(value)) > share
            )
        return body

    def all_headers(self) -> Mapping[str, str]:
        """The headers, with the type of the body and the trace of the caller."""
        headers, trace = self.headers, trace_headers()
        if self.fields is not None and "Content-Type" not in headers:
            headers = {**headers, "Content-Type": "application/json"}
        return {**headers, **trace} if trace else headers

    def read(self, response: HttpResponse) -> Answer[T]:
        """What ``response`` means. Another server than the customer service may have sent it.

        A result and an error count only if they can be the answer to this request.
        """
        if response.status == HTTPStatus.OK:
            result = self.parse(response)
            if result is None or not self._is_about(response.json().get("customer_id")):
                return CallFailure("its answer is not to this request")
            return result
        error = error_from_problem(response)
        if error is None:
            return response.to_failure()
        if isinstance(error, SessionRefusedError) and error.reason in LOST_ON_THE_WAY:
            return BEARER_LOST
        named = getattr(error, "customer_id", None)
        if type(error) not in self.errors | _ANY_CALL or not (
            named is None or self._is_about(named)
        ):
            return CallFailure("its answer is not to this request")
        return error

    def in_doubt(self, answer: Answer[T]) -> Answer[T]:
        """``answer`` to a repetition, if an earlier attempt may have acted.

        An error that says that nothing was changed is true of the last attempt only.
        """
        match answer:
            case CallFailure():
                return replace(answer, may_have_acted=True)
            case StoreUnavailableError():
                return StoreUnavailableError(answer.retry_after, outcome_known=False)
            case ServiceBusyError() | TooManyAttemptsError() | CheckerUnavailableError():
                return CallFailure("it is busy", Retry.NEVER, answer.retry_after)
            case _:
                return answer

    def _is_about(self, customer_id: object) -> bool:
        return self.customer_id is None or customer_id == self.customer_id


def path(*parts: str) -> str:
    """The path of ``parts`` below the base of the interface."""
    return "/".join((BASE, *(quote(part, safe="") for part in parts)))


def with_query(target: str, **query: str | int | None) -> str:
    """``target`` with the query; parameters that are None are left out."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{target}?{urlencode(given)}" if given else target


def bearer(context_id: str) -> dict[str, str]:
    """The header with which a request presents ``context_id`` (RFC 6750)."""
    return {"Authorization": f"Bearer {context_id}"}


def if_match(version: int | None) -> dict[str, str]:
    """The header for ``if_version``.

    Raises:
        InvalidInputError: it can be no version.
    """
    require_version(version)
    return {} if version is None else {"If-Match": f'"{version}"'}


def on_behalf(source: str | None, user_agent: str | None = None) -> dict[str, str]:
    """The headers that name the person who asks: the network address and the program.

    The service believes the address if it trusts this program (``CUSTOMER_TRUSTED_PROXIES``).

    Raises:
        InvalidInputError: the address is none, or the program fits no header.
    """
    require_origin(source, user_agent)
    headers: dict[str, str] = {}
    if source is not None:
        address = parse_source(source)
        # RFC 7239, 6: an IPv6 address is in brackets and quoted.
        six = isinstance(address, IPv6Address)
        headers["Forwarded"] = f'for="[{address}]"' if six else f"for={address}"
    if user_agent is not None:
        headers["User-Agent"] = shown_user_agent(user_agent)
    return headers


def result_of(call: ApiCall[T], answer: Answer[T]) -> T:
    """The result in ``answer``; raises the error in it.

    Raises:
        ServiceUnavailableError: the service gives no usable answer.
    """
    if isinstance(answer, CallFailure):
        known = call.changes_nothing or not answer.may_have_acted
        raise ServiceUnavailableError(answer.retry_after, outcome_known=known)
    if isinstance(answer, CustomerServiceError):
        raise answer
    return answer
