"""One call of the service: the request, and how to read its response."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
from ...domain.errors import CustomerServiceError, ServiceUnavailableError
from .call_failure import CallFailure
from .http_response import HttpResponse
from .problem_response import error_from_problem

BASE: Final = "/api/v1/customer"
_MAX_BODY: Final = 64 * 1024
"""Bytes. A response has a few hundred, and one about a customer a few thousand."""

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
    repeatable: bool = False
    """Whether the call may be sent again without harm, though it may have worked."""
    max_body: int = _MAX_BODY
    """The most bytes that the body of a response may have."""

    @property
    def changes_nothing(self) -> bool:
        """Whether the call only reads, so that its outcome is known in any case."""
        return self.method == "GET"

    def body(self) -> bytes | None:
        """The bytes to send, or None."""
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
        return json.dumps(given).encode()

    def all_headers(self) -> Mapping[str, str]:
        """The headers, with the type of the body."""
        if self.fields is None or "Content-Type" in self.headers:
            return self.headers
        return {**self.headers, "Content-Type": "application/json"}

    def read(self, response: HttpResponse) -> Answer[T]:
        """What ``response`` means. Another server than the customer service may have sent it."""
        if response.status == HTTPStatus.OK:
            result = self.parse(response)
            return CallFailure("its answer is not to this request") if result is None else result
        error = error_from_problem(response)
        return response.to_failure() if error is None else error


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
