"""The feed of ended sessions over HTTP."""

import logging
import re
from typing import Any, Final, Self, cast
from urllib.parse import quote

from ...domain.errors import CheckerUnavailableError, FieldFault, InvalidInputError, SettingsError
from ...domain.session_feed import SessionChange, SessionFeedPage
from ...ports.session_feed import SessionFeed
from .reply import Reply, UnusableReplyError
from .transport import Transport

LOGGER: Final = logging.getLogger("cybershop_customer.client")

_TARGET: Final = "/api/v1/customer/session/feed"
_OK: Final = 200
_REMEDIES: Final = {
    "feed-refused": "its token is not the service's CUSTOMER_SESSION_FEED_TOKEN",
    "feed-off": (
        "it is off: set CUSTOMER_SESSION_FEED=true and CUSTOMER_SESSION_FEED_TOKEN for the service"
    ),
}


class HttpSessionFeed(SessionFeed):
    """Reads the feed of the customer service at ``url``.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``.
        token: the service's ``CUSTOMER_SESSION_FEED_TOKEN``.
        time_limit: seconds that a read may take, whatever the service does; only the look-up of
            a host's name can take longer.

    Raises:
        SettingsError: one of these cannot be used.
    """

    def __init__(self, url: str, token: str, *, time_limit: float = 2.0) -> None:
        if not re.fullmatch(r"[A-Za-z0-9\-._~+/]+=*", token, re.ASCII):
            detail = "must be the service's CUSTOMER_SESSION_FEED_TOKEN"
            raise SettingsError([FieldFault("feed_token", detail)])
        self._token = token
        self._transport = Transport(url, time_limit=time_limit, connections=1)
        self._fault: str | None = None

    def read_changes(self, cursor: str | None) -> SessionFeedPage:
        query = "" if cursor is None else f"?cursor={quote(cursor, safe='')}"
        found = self._transport.get(_TARGET + query, self._token, _page_or_problem)
        fault = found if isinstance(found, str) else None
        # Once for each fault: the feed is read twice a second.
        if fault is not None and fault != self._fault and fault in _REMEDIES:
            LOGGER.error("the feed of ended sessions cannot be read: %s", _REMEDIES[fault])
        self._fault = fault
        if fault == "invalid-input":
            raise InvalidInputError([FieldFault("cursor", "is refused by the service")])
        if not isinstance(found, SessionFeedPage):
            raise CheckerUnavailableError
        return found

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _page_or_problem(reply: Reply) -> SessionFeedPage | str:
    """The page, or the name of the problem that the service has with the request."""
    if reply.status == _OK:
        changes = tuple(map(_change, reply.items("changes")))
        return SessionFeedPage(changes, reply.text("cursor"), complete=reply.flag("complete"))
    if reply.problem in ("invalid-input", *_REMEDIES):
        return reply.problem
    raise UnusableReplyError(f"HTTP {reply.status}, and no page of the feed")


def _change(item: object) -> SessionChange:
    if not isinstance(item, dict):
        raise UnusableReplyError("the reply's changes are no objects")
    change = Reply(_OK, cast("dict[str, Any]", item))
    return SessionChange(change.text("position"), change.text("customer_id"))
