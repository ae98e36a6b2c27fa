"""The session change feed over HTTP, for the followers in other services."""

from collections.abc import Collection
from hmac import compare_digest

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
from ...ports.session_feed import SessionFeed
from .answers import FeedAnswer
from .bearer import parse_bearer
from .operation import Credentials, Parameter, Tag, operation
from .problem import FEED_OFF, FEED_REFUSED, MessageError
from .query import read_query


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
        parameters=(Parameter("cursor", "The `cursor` of the page before.", {"type": "string"}),),
        problems=(FEED_OFF, FEED_REFUSED, InvalidInputError, CheckerUnavailableError),
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Read one page of session changes."""
        self._require_token(req)
        faults = Faults()
        query = read_query(req, ("cursor",), faults)
        faults.raise_if_any()
        page = self._feed.read_changes(query.get("cursor"))
        answer: FeedAnswer = {
            "changes": [
                {"position": change.position, "customer_id": change.customer_id}
                for change in page.changes
            ],
            "cursor": page.cursor,
            "complete": page.complete,
        }
        resp.media = answer

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
