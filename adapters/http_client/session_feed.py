"""The session change feed over HTTP."""

from dataclasses import dataclass

from ...domain.session_feed import SessionFeedPage
from ...ports.session_feed import SessionFeed
from ..http_api.outage_log import OutageLog
from ..http_api.session_feed_call import MAX_BODY, FeedCall
from ..time_limit import checked_time_limit
from .client_owner import ClientOwner
from .transport import Transport


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
        self._call = FeedCall(feed_token)
        self._time_limit = checked_time_limit(time_limit)

        def make_client() -> _Client:
            transport = Transport(url, connections=1)
            return _Client(transport, OutageLog(f"the session change feed at {transport.url}"))

        super().__init__(make_client)

    def read_changes(
        self, cursor: str | None, *, max_read_age: float | None = None
    ) -> SessionFeedPage:
        client, call = self._client.get(), self._call
        response = client.transport.get(
            call.target(cursor, max_read_age),
            headers=call.headers,
            max_body=MAX_BODY,
            seconds=self._time_limit,
        )
        return call.read(response, client.log)
