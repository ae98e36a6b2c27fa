"""What an operation of the HTTP interface takes and answers.

A responder has its operation, in the very objects by which it reads the request and makes the
answer. ``api_description.py`` makes the OpenAPI document of the routes from them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar

from ...domain.errors import CustomerServiceError
from ..json_shape import Schema
from .media_type import JSON
from .problem import ProblemType, problem_type_from_error
from .request_schema import RequestSchema

Responder = TypeVar("Responder", bound=Callable[..., Any])

_ATTRIBUTE: Final = "__customer_operation__"


class Credentials(Enum):
    """Who may send the request: the security schemes, of which one is enough; empty for none."""

    NONE = ()
    """Anyone. The header Authorization is not read."""
    SESSION = ("session",)
    """A customer: the bearer is a ``context_id``."""
    SESSION_OR_NONE = ("session", "")
    """A customer. The message may have the ``context_id`` too, or none is needed."""
    FEED = ("feed",)
    """A follower of the session change feed."""
    ASKING_SERVICE = ("service", "service_bearer")
    """A service that introspects."""


class Tag(Enum):
    """The groups of operations, in the order of the reference page."""

    SHOP = ("The five operations", "What the shop's clients call.")
    CHECK = ("Session check", "What other services call on each of their requests.")
    OWN = ("Own account", "What customers do for themselves, as the customer of the bearer.")
    LINKS = ("Links by mail", "A forgotten password, and the proof of an address. No session.")
    ADMIN = ("Customers", "For admins. Customers may read and log out themselves too.")
    SERVICES = ("For other services", "Gateways, introspection and the session change feed.")
    PROBES = ("Probes", "For orchestrators and load balancers. No credentials.")


@dataclass(frozen=True, slots=True)
class Parameter:
    """An optional parameter in the query, or a request header.

    It has no example: Swagger UI would send it with every trial.
    """

    name: str
    description: str
    schema: Schema
    where: str = "query"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """What the body of a request may have.

    Args:
        schema: the fields by which the responder reads it.
        required: fields that the use case requires, beside those that ``schema`` requires.
        one_of: exactly one of these fields is required.
        any_of: at least one of these fields is required.
        media_types: the types of the body.
    """

    schema: RequestSchema
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    media_types: tuple[str, ...] = (JSON,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation. ``operation`` says what the parts mean."""

    name: str
    tag: Tag
    answers: tuple[type, ...]
    body: RequestBody | None
    reads_body: bool
    credentials: Credentials
    parameters: tuple[Parameter, ...]
    headers: Mapping[str, str]
    problems: tuple[ProblemType, ...]
    summary: str = ""
    description: str = ""


def operation(
    name: str,
    tag: Tag,
    *answers: type,
    body: RequestBody | RequestSchema | None = None,
    credentials: Credentials = Credentials.SESSION,
    parameters: tuple[Parameter, ...] = (),
    headers: Mapping[str, str] | None = None,
    problems: tuple[ProblemType | type[CustomerServiceError], ...] = (),
) -> Callable[[Responder], Responder]:
    """Describe a responder, whose docstring is the summary. The responder stays as it is.

    Args:
        name: the name of the operation, in the metrics and the OpenAPI document. The document
            appends a word if several routes or methods have the same operation.
        tag: its group.
        answers: the shape of the success answer; several if it has one of them; none if it has
            no body.
        body: what the responder reads from the body. ``NO_FIELDS`` for a body without fields,
            and None if it does not read the body.
        credentials: who may send it.
        parameters: the parameters of the query and the request headers that it reads.
        headers: the headers of the success answer, each with its meaning.
        problems: the problems that it may have, beside those of its credentials and its body.
    """
    taken = RequestBody(schema=body) if isinstance(body, RequestSchema) else body

    def describe(responder: Responder) -> Responder:
        summary, _, description = (responder.__doc__ or "").partition("\n\n")
        described = Operation(
            name=name,
            tag=tag,
            answers=answers,
            body=taken if taken is not None and taken.schema.fields else None,
            reads_body=taken is not None,
            credentials=credentials,
            parameters=parameters,
            headers=headers or {},
            problems=tuple(
                each if isinstance(each, ProblemType) else problem_type_from_error(each)
                for each in problems
            ),
            summary=_line(summary).rstrip("."),
            description=_line(description),
        )
        setattr(responder, _ATTRIBUTE, described)
        return responder

    return describe


def operation_of(responder: object) -> Operation | None:
    """The operation of ``responder``, or None if it has none."""
    found: Operation | None = getattr(responder, _ATTRIBUTE, None)
    return found


def _line(text: str) -> str:
    """A docstring's text in one line of Markdown."""
    return " ".join(text.replace("``", "`").split())
