"""The shapes of the success answers that only HTTP has."""

from typing import Annotated, Literal, NotRequired, TypedDict

from ..customer_json import ListedCustomerJson
from ..json_members import (
    CustomerIdText,
    MessageText,
    SessionIdText,
    SourceText,
    UserAgentText,
)
from ..json_shape import Member
from ..record_json import LogRecordJson
from ..session_json import SessionDetailsJson, SessionJson, TimesJson


class MessageAnswer(TypedDict):
    """An answer that says nothing about any customer."""

    message: MessageText


class ChangeAnswer(TypedDict):
    """The customer of a change."""

    customer_id: CustomerIdText
    message: MessageText


class EmailChangeAnswer(ChangeAnswer):
    """The outcome of a change of the own address."""

    changed: Annotated[
        bool, Member("False if a link to the new address has to be followed first.", example=True)
    ]


class CheckAnswer(SessionJson):
    """A live session."""

    session_id: SessionIdText


class ListedSessionJson(TimesJson):
    """A live session of a customer. The last three members are there with `details=true`."""

    session_id: SessionIdText
    source: NotRequired[SourceText]
    user_agent: NotRequired[UserAgentText]
    device: NotRequired[
        Annotated[str | None, Member("Equal for the sessions of one known device.", "fq2d0p")]
    ]


class SessionsAnswer(TypedDict):
    """The live sessions of a customer, oldest first."""

    customer_id: CustomerIdText
    sessions: list[ListedSessionJson]


class OwnSessionJson(SessionDetailsJson):
    """A live session of the customer who asks."""

    current: Annotated[bool, Member("Whether this is the session that asks.", example=True)]


class OwnSessionsAnswer(TypedDict):
    """The own live sessions, oldest first."""

    customer_id: CustomerIdText
    sessions: list[OwnSessionJson]


class CustomersAnswer(TypedDict):
    """A page of customers. It may be short, and even empty with a next page."""

    customers: list[ListedCustomerJson]
    next_cursor: Annotated[
        str | None, Member("The `cursor` of the next page. `null` at the end.", None)
    ]


class LogAnswer(TypedDict):
    """A page of audit records, oldest first."""

    records: list[LogRecordJson]
    next_cursor: Annotated[
        str | None, Member("The `cursor` of the next page. `null` at the end.", None)
    ]


class SessionChangeJson(TypedDict):
    """A change of a customer's sessions, after which a cache drops its answers."""

    position: Annotated[
        str, Member("The place of the change in the feed.", "2026-01-31T12:00:00.000000Z~0b6e4c1d")
    ]
    customer_id: CustomerIdText


class FeedAnswer(TypedDict):
    """A page of the session change feed."""

    changes: list[SessionChangeJson]
    cursor: Annotated[str, Member("The `cursor` of the next page.", "2026-01-31T11:59:05.000000Z")]
    complete: Annotated[bool, Member("If false, read the next page at once.", example=True)]
    read_age: Annotated[
        float,
        Member(
            "How many seconds before the request the store was read. The page may miss later"
            " changes.",
            example=0.0,
        ),
    ]


class InactiveAnswer(TypedDict):
    """The token opens no live session."""

    active: Annotated[Literal[False], Member("The session is not live.", example=False)]
