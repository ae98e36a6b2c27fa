"""The session change feed as a request and its response, for clients with threads and asyncio."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import quote

from ...domain.errors import (
    CheckerUnavailableError,
    FieldFault,
    InvalidInputError,
    SettingsError,
)
from ...domain.feed_token import feed_token_fault
from ...domain.session_feed import MAX_READ_AGE, SessionChange, SessionFeedPage
from .api_call import bearer
from .call_failure import CallFailure
from .http_response import HttpResponse
from .outage_log import OutageLog

MAX_BODY: Final = 512 * 1024
"""Bytes. A page has at most 1000 changes of at most about 260 bytes each."""
_TARGET: Final = "/api/v1/customer/session/feed"
_LONGEST_DETAIL: Final = 200
_ADVICE: Final[Mapping[tuple[int, str], str]] = {
    (HTTPStatus.UNAUTHORIZED, "feed-refused"): "the service refuses the feed_token; give both"
    " sides the same CUSTOMER_SESSION_FEED_TOKEN",
    (HTTPStatus.NOT_FOUND, "feed-off"): "the service keeps no feed; set CUSTOMER_SESSION_FEED and"
    " CUSTOMER_SESSION_FEED_TOKEN there",
}


class FeedCall:
    """The call of a follower with this ``feed_token``.

    Raises:
        SettingsError: the token fits no header.
    """

    def __init__(self, feed_token: str) -> None:
        fault = feed_token_fault(feed_token)
        if fault is not None:
            raise SettingsError([FieldFault("feed_token", fault)])
        self._token = feed_token
        self.headers: Final[Mapping[str, str]] = bearer(feed_token)

    @staticmethod
    def target(cursor: str | None, max_read_age: float | None = None) -> str:
        """The path and the query for ``cursor``."""
        query: list[str] = []
        if cursor is not None:
            query.append(f"cursor={quote(cursor, safe='', errors='replace')}")
        if max_read_age is not None:
            query.append(f"max_read_age={min(max_read_age, MAX_READ_AGE):.3f}")
        return f"{_TARGET}?{'&'.join(query)}" if query else _TARGET

    def read(self, response: HttpResponse | CallFailure, log: OutageLog) -> SessionFeedPage:
        """The page in ``response``. The log has each cause of an outage once.

        Raises:
            InvalidInputError: the service refuses the cursor.
            CheckerUnavailableError: the response is no answer of the feed.
        """
        result = response if isinstance(response, CallFailure) else _read_page(response)
        if isinstance(result, CallFailure):
            log.failed(result.cause)
            raise CheckerUnavailableError(result.retry_after)
        log.worked()
        if isinstance(result, _CursorFault):
            raise InvalidInputError([FieldFault("cursor", self._safe(result.detail))])
        return result

    def _safe(self, detail: str) -> str:
        """``detail``, unless another server may have sent it: such a text could have the token."""
        is_safe = (
            detail.isprintable() and len(detail) <= _LONGEST_DETAIL and self._token not in detail
        )
        return detail if is_safe else "is refused"


@dataclass(frozen=True, slots=True)
class _CursorFault:
    """The service refused the cursor."""

    detail: str


def _read_page(response: HttpResponse) -> SessionFeedPage | _CursorFault | CallFailure:
    if response.status == HTTPStatus.OK:
        return _parse_page(response.json()) or CallFailure("its answer is no page of the feed")
    if response.status == HTTPStatus.BAD_REQUEST and response.problem == "invalid-input":
        return _parse_cursor_fault(response.json().get("errors"))
    advice = _ADVICE.get((response.status, response.problem))
    return CallFailure(advice) if advice else response.to_failure()


def _parse_cursor_fault(errors: object) -> _CursorFault | CallFailure:
    for error in cast("list[object]", errors) if isinstance(errors, list) else []:
        if isinstance(error, dict):
            fault = cast("dict[str, object]", error)
            detail = fault.get("detail")
            if fault.get("field") == "cursor" and isinstance(detail, str):
                return _CursorFault(detail)
    return CallFailure("it refuses the request as invalid, but not for the cursor")


def _parse_page(page: dict[str, Any]) -> SessionFeedPage | None:
    """The page, or None if any part of it is not valid."""
    items, cursor, complete = page.get("changes"), page.get("cursor"), page.get("complete")
    if not (isinstance(items, list) and isinstance(cursor, str) and isinstance(complete, bool)):
        return None
    parsed = [_parse_change(item) for item in cast("list[object]", items)]
    changes = tuple(change for change in parsed if change is not None)
    if len(changes) < len(parsed):
        return None
    read_age = page.get("read_age", 0.0)
    if isinstance(read_age, bool) or not isinstance(read_age, (int, float)) or not read_age >= 0:
        return None
    return SessionFeedPage(changes, cursor, complete, float(read_age))


def _parse_change(item: object) -> SessionChange | None:
    if not isinstance(item, dict):
        return None
    change = cast("dict[str, object]", item)
    position, customer_id = change.get("position"), change.get("customer_id")
    if not isinstance(position, str) or not isinstance(customer_id, str):
        return None
    return SessionChange(position, customer_id)
