"""The session change feed over HTTP, for asyncio."""

from ...domain.session_feed import SessionFeedPage
from ...ports.async_session_feed import AsyncSessionFeed
from ..event_loop.loop_owner import LoopOwner
from ..http_api.outage_log import OutageLog
from ..http_api.session_feed_call import MAX_BODY, FeedCall
from ..time_limit import checked_time_limit
from .server import Server
from .transport import AsyncTransport


class AsyncHttpSessionFeed(LoopOwner[AsyncTransport], AsyncSessionFeed):
    """Reads the feed of the customer service at ``url``, as ``HttpSessionFeed`` does.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``.
        feed_token: the service's ``CUSTOMER_SESSION_FEED_TOKEN``, or one of them.
        time_limit: seconds that a call may take, whatever the service does.

    Raises:
        SettingsError: the URL, the token or the time limit is invalid.
    """

    def __init__(self, url: str, feed_token: str, *, time_limit: float = 2.0) -> None:
        server = Server.at(url)
        self._call = FeedCall(feed_token)
        self._time_limit = checked_time_limit(time_limit)
        self._log = OutageLog(f"the session change feed at {server.url}")
        super().__init__(lambda: AsyncTransport(server, connections=1))

    async def read_changes(
        self, cursor: str | None, *, max_read_age: float | None = None
    ) -> SessionFeedPage:
        call = self._call
        response = await self._local.get().request(
            "GET",
            call.target(cursor, max_read_age),
            headers=call.headers,
            body=None,
            max_body=MAX_BODY,
            seconds=self._time_limit,
        )
        return call.read(response, self._log)
