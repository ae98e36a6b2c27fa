"""The feed, the mail and the background work, counted."""

from collections.abc import Callable

from ...domain.errors import CustomerServiceError, InvalidInputError
from ...domain.notification import Notification
from ...domain.services.feed_cursor import seconds_since_round
from ...domain.session_feed import SessionFeedPage
from ...ports.background import Background
from ...ports.clock import Clock
from ...ports.notifier import Notifier
from ...ports.session_feed import SessionFeed
from .service_metrics import ServiceMetrics


class ObservedSessionFeed(SessionFeed):
    """Counts the pages that followers read, and how far behind each follower was."""

    def __init__(self, feed: SessionFeed, clock: Clock, metrics: ServiceMetrics) -> None:
        self._feed = feed
        self._clock = clock
        self._metrics = metrics

    def read_changes(
        self, cursor: str | None, *, max_read_age: float | None = None
    ) -> SessionFeedPage:
        metrics = self._metrics
        lag = None if cursor is None else seconds_since_round(cursor, self._clock.now())
        try:
            page = self._feed.read_changes(cursor, max_read_age=max_read_age)
        except InvalidInputError:
            metrics.feed_reads["refused",].inc()
            raise
        except CustomerServiceError:
            metrics.feed_reads["failed",].inc()
            raise
        metrics.feed_reads["ok",].inc()
        metrics.feed_changes.inc(len(page.changes))
        if lag is not None:
            metrics.feed_lag.observe(lag)
        return page


class ObservedNotifier(Notifier):
    """Counts the messages that were sent, and those that failed."""

    def __init__(self, notifier: Notifier, metrics: ServiceMetrics) -> None:
        self._notifier = notifier
        self._metrics = metrics

    def send(self, notification: Notification) -> None:
        kind = (str(notification.kind),)
        try:
            self._notifier.send(notification)
        except Exception:
            self._metrics.mail_failed[kind].inc()
            raise
        self._metrics.mail_sent[kind].inc()


class ObservedBackground(Background):
    """Counts the work for which there was no room."""

    def __init__(self, background: Background, metrics: ServiceMetrics) -> None:
        self._background = background
        self._metrics = metrics

    def submit(self, name: str, work: Callable[[], None]) -> bool:
        accepted = self._background.submit(name, work)
        if not accepted:
            self._metrics.background_refused.inc()
        return accepted

    def close(self, wait_seconds: float) -> None:
        self._background.close(wait_seconds)
