"""The feed of ended sessions over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Self, cast
from urllib.parse import quote

from ...domain.errors import CheckerUnavailableError, FieldFault, InvalidInputError, SettingsError
from ...domain.feed_token import feed_token_fault
from ...domain.session_feed import SessionChange, SessionFeedPage
from ...ports.session_feed import SessionFeed
from ..forking.process_local import ProcessLocal
from ..time_limit import checked_time_limit
from .call_failure import CallFailure
from .http_response import HttpResponse
from .outage_log import OutageLog
from .transport import Transport

_TARGET: Final = "/api/v1/customer/session/feed"
_LONGEST_DETAIL: Final = 200
_MAX_BODY: Final = 512 * 1024
"""Bytes. A page has 1000 changes at most, of about 260 bytes at most."""
_ADVICE: Final[Mapping[tuple[int, str], str]] = {
    (HTTPStatus.UNAUTHORIZED, "feed-refused"): "the feed_token is not the one that the service"
    " knows; give both the same CUSTOMER_SESSION_FEED_TOKEN",
    (HTTPStatus.NOT_FOUND, "feed-off"): "the service keeps no feed; set CUSTOMER_SESSION_FEED and"
    " CUSTOMER_SESSION_FEED_TOKEN there",
}


@dataclass(frozen=True, slots=True)
class _Client:
    """What one process has of its own."""

    transport: Transport
    log: OutageLog


class HttpSessionFeed(SessionFeed):
    """Reads the feed of the customer service at ``url``, with one attempt a call.

    Whoever follows the feed asks again anyway. Why it cannot be read is in the log, once for each
    cause of an outage.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``.
        feed_token: the service's ``CUSTOMER_SESSION_FEED_TOKEN``.
        time_limit: seconds that a call may take, whatever the service does; only looking up a
            host name may take longer.

    Raises:
        SettingsError: the URL, the token or the limit cannot be used.
    """

    def __init__(self, url: str, feed_token: str, *, time_limit: float = 2.0) -> None:
        fault = feed_token_fault(feed_token)
        if fault is not None:
            raise SettingsError([FieldFault("feed_token", fault)])
        self._token = feed_token
        self._time_limit = checked_time_limit(time_limit)
        self._closed = False

        def make() -> _Client:
            transport = Transport(url, connections=1, max_body=_MAX_BODY)
            if self._closed:
                transport.close()
            return _Client(transport, OutageLog(f"the feed of ended sessions at {transport.url}"))

        self._client = ProcessLocal(make)
        # At once, so that a wrong URL is refused here.
        self._client.get()

    def read_changes(self, cursor: str | None) -> SessionFeedPage:
        target = (
            _TARGET
            if cursor is None
            else f"{_TARGET}?cursor={quote(cursor, safe='', errors='replace')}"
        )
        client = self._client.get()
        answer = client.transport.get(target, bearer=self._token, seconds=self._time_limit)
        found = answer if isinstance(answer, CallFailure) else _read(answer)
        if isinstance(found, CallFailure):
            client.log.failed(found.why)
            raise CheckerUnavailableError(found.retry_after)
        client.log.worked()
        if isinstance(found, str):
            # A stranger's words could repeat the token.
            fit = found.isprintable() and len(found) <= _LONGEST_DETAIL and self._token not in found
            raise InvalidInputError([FieldFault("cursor", found if fit else "is refused")])
        return found

    def close(self) -> None:
        """Close the connection of this process. Read nothing after this."""
        self._closed = True
        client = self._client.peek()
        if client is not None:
            client.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _read(answer: HttpResponse) -> SessionFeedPage | str | CallFailure:
    """A page, or what is wrong with the cursor."""
    if answer.status == HTTPStatus.OK:
        return _page(answer.json()) or CallFailure("its answer is no page of the feed")
    if answer.status == HTTPStatus.BAD_REQUEST and answer.problem == "invalid-input":
        return _cursor_fault(answer.json().get("errors"))
    advice = _ADVICE.get((answer.status, answer.problem))
    return CallFailure(advice) if advice else answer.failure()


def _cursor_fault(errors: object) -> str | CallFailure:
    """What the service says is wrong with the cursor, if that is what is wrong."""
    for error in cast("list[object]", errors) if isinstance(errors, list) else []:
        if isinstance(error, dict):
            fault = cast("dict[str, object]", error)
            detail = fault.get("detail")
            if fault.get("field") == "cursor" and isinstance(detail, str):
                return detail
    return CallFailure("it refuses the request as invalid, but not for the cursor")


def _page(found: dict[str, Any]) -> SessionFeedPage | None:
    changes, cursor, complete = found.get("changes"), found.get("cursor"), found.get("complete")
    if not (isinstance(changes, list) and isinstance(cursor, str) and isinstance(complete, bool)):
        return None
    read = [_change(change) for change in cast("list[object]", changes)]
    whole = tuple(change for change in read if change is not None)
    return SessionFeedPage(whole, cursor, complete) if len(whole) == len(read) else None


def _change(found: object) -> SessionChange | None:
    if not isinstance(found, dict):
        return None
    change = cast("dict[str, object]", found)
    position, customer_id = change.get("position"), change.get("customer_id")
    if not isinstance(position, str) or not isinstance(customer_id, str):
        return None
    return SessionChange(position, customer_id)
