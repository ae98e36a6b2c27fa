"""The session change feed over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import quote

from ...domain.errors import CheckerUnavailableError, FieldFault, InvalidInputError, SettingsError
from ...domain.feed_token import feed_token_fault
from ...domain.session_feed import SessionChange, SessionFeedPage
from ...ports.session_feed import SessionFeed
from ..http_api.api_call import bearer
from ..http_api.call_failure import CallFailure
from ..http_api.http_response import HttpResponse
from ..http_api.outage_log import OutageLog
from ..time_limit import checked_time_limit
from .client_owner import ClientOwner
from .transport import Transport

_TARGET: Final = "/api/v1/customer/session/feed"
_LONGEST_DETAIL: Final = 200
_MAX_BODY: Final = 512 * 1024
"""Bytes. A page has at most 1000 changes of at most about 260 bytes each."""
_ADVICE: Final[Mapping[tuple[int, str], str]] = {
    (HTTPStatus.UNAUTHORIZED, "feed-refused"): "the service refuses the feed_token; give both"
    " sides the same CUSTOMER_SESSION_FEED_TOKEN",
    (HTTPStatus.NOT_FOUND, "feed-off"): "the service keeps no feed; set CUSTOMER_SESSION_FEED and"
    " CUSTOMER_SESSION_FEED_TOKEN there",
}


@dataclass(frozen=True, slots=True)
class _Client:
    transport: Transport
    log: OutageLog

    def close(self) -> None:
        self.transport.close()


class HttpSessionFeed(ClientOwner[_Client], SessionFeed):
    """Reads the feed of the customer service at ``url``.

    Each call makes one attempt, because a follower reads again anyway. The log has each cause of
    an outage once.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``.
        feed_token: the service's ``CUSTOMER_SESSION_FEED_TOKEN``, or one of them.
        time_limit: seconds that a call may take, whatever the service does. Only the look-up of a
            host name may take longer.

    Raises:
        SettingsError: the URL, the token or the time limit is invalid.
    """

    def __init__(self, url: str, feed_token: str, *, time_limit: float = 2.0) -> None:
        fault = feed_token_fault(feed_token)
        if fault is not None:
            raise SettingsError([FieldFault("feed_token", fault)])
        self._token = feed_token
        self._time_limit = checked_time_limit(time_limit)

        def make_client() -> _Client:
            transport = Transport(url, connections=1)
            return _Client(transport, OutageLog(f"the session change feed at {transport.url}"))

        super().__init__(make_client)

    def read_changes(self, cursor: str | None) -> SessionFeedPage:
        target = (
            _TARGET
            if cursor is None
            else f"{_TARGET}?cursor={quote(cursor, safe='', errors='replace')}"
        )
        client = self._client.get()
        response = client.transport.get(
            target,
            headers=bearer(self._token),
            max_body=_MAX_BODY,
            seconds=self._time_limit,
        )
        result = response if isinstance(response, CallFailure) else _read_page(response)
        if isinstance(result, CallFailure):
            client.log.failed(result.cause)
            raise CheckerUnavailableError(result.retry_after)
        client.log.worked()
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
    return SessionFeedPage(changes, cursor, complete) if len(changes) == len(parsed) else None


def _parse_change(item: object) -> SessionChange | None:
    if not isinstance(item, dict):
        return None
    change = cast("dict[str, object]", item)
    position, customer_id = change.get("position"), change.get("customer_id")
    if not isinstance(position, str) or not isinstance(customer_id, str):
        return None
    return SessionChange(position, customer_id)
