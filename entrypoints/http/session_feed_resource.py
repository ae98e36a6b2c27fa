"""The session change feed over HTTP, for the followers in other services."""

import re
from collections.abc import Collection
from hmac import compare_digest
from typing import Final

import falcon

from ...domain.errors import (
    CheckerUnavailableError,
    FieldFault,
    InvalidInputError,
    SessionRefusedError,
    SettingsError,
)
from ...domain.feed_token import feed_tokens_fault, split_feed_tokens
from ...domain.fields import Faults
from ...domain.session_feed import MAX_READ_AGE
from ...ports.session_feed import SessionFeed
from .answers import FeedAnswer
from .bearer import parse_bearer
from .feed_json import feed_json
from .operation import Credentials, Parameter, Tag, operation
from .problem import FEED_OFF, FEED_REFUSED, MessageError
from .query import read_query

_SECONDS: Final = re.compile(r"-?\d{1,2}(\.\d{1,30})?([Ee][+-]?\d{1,3})?", re.ASCII)
"""A number as JSON has it (RFC 8259, 6), of a length that any client would send."""


class SessionFeedResource:
    """``GET /api/v1/customer/session/feed?cursor=``, for callers that send a token of the feed.

    Args:
        feed: the session change feed.
        token: the secret that a caller must send; or several, of which a caller sends one, as one
            text with commas between them or as a collection. None switches the feed off.

    Raises:
        SettingsError: a token breaks a rule of ``domain/feed_token.py``.
    """

    def __init__(self, feed: SessionFeed, token: str | Collection[str] | None) -> None:
        fault = None if token is None else feed_tokens_fault(token)
        if fault is not None:
            raise SettingsError([FieldFault("feed_token", fault)])
        self._feed = feed
        tokens = () if token is None else split_feed_tokens(token)
        self._tokens = tuple(each.encode("ascii") for each in tokens)

    @operation(
        "read_session_feed",
        Tag.SERVICES,
        FeedAnswer,
        credentials=Credentials.FEED,
        parameters=(
            Parameter("cursor", "The `cursor` of the page before.", {"type": "string"}),
            Parameter(
                "max_read_age",
                "The page may come from a read of the store that began so many seconds before. Then"
                " it has what is new since its cursor. Without this parameter each page is a read"
                " of its own, and a round repeats the changes of a minute.",
                {"type": "number", "minimum": 0, "maximum": MAX_READ_AGE},
            ),
        ),
        problems=(FEED_OFF, FEED_REFUSED, InvalidInputError, CheckerUnavailableError),
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Read one page of session changes."""
        self._require_token(req)
        faults = Faults()
        query = read_query(req, ("cursor", "max_read_age"), faults)
        max_read_age = _parse_seconds(query.get("max_read_age"), faults)
        faults.raise_if_any()
        page = self._feed.read_changes(query.get("cursor"), max_read_age=max_read_age)
        resp.data = feed_json(page)
        resp.content_type = falcon.MEDIA_JSON

    def _require_token(self, req: falcon.Request) -> None:
        if not self._tokens:
            raise MessageError(
                FEED_OFF,
                "The operator of this service switches it on with CUSTOMER_SESSION_FEED=true and"
                " CUSTOMER_SESSION_FEED_TOKEN.",
            )
        try:
            sent_token = parse_bearer(req.get_header("Authorization")) or ""
        except SessionRefusedError:
            sent_token = ""
        # WSGI passes headers as latin-1.
        sent = sent_token.encode("latin-1", "replace")
        # Comparisons in constant time, with every token, so that the duration does not help to
        # guess one.
        if sum(compare_digest(sent, token) for token in self._tokens) == 0:
            raise MessageError(
                FEED_REFUSED, "Send the service's CUSTOMER_SESSION_FEED_TOKEN as bearer."
            )


def _parse_seconds(text: str | None, faults: Faults) -> float | None:
    """The parameter ``max_read_age``; None if it is not given. A fault is noted."""
    if text is None:
        return None
    if not _SECONDS.fullmatch(text) or not 0 <= float(text) <= MAX_READ_AGE:
        faults.note("max_read_age", f"must be a number of seconds from 0 to {MAX_READ_AGE:.0f}")
        return None
    return float(text)
