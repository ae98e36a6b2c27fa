"""Notifications in memory, for tests."""

from collections import deque
from typing import Final

from ...domain.notification import Notification, NotificationKind
from ...ports.notifier import Notifier
from ..forking.fork_safe_lock import ForkSafeLock

__all__ = ["MemoryNotifier"]


class MemoryNotifier(Notifier):
    """Keeps the newest ``keep`` notifications, for a test to look at. It sends nothing."""

    def __init__(self, keep: int = 1000) -> None:
        self._lock: Final = ForkSafeLock()
        self._sent: Final[deque[Notification]] = deque(maxlen=keep)

    @property
    def notifications(self) -> tuple[Notification, ...]:
        """What was sent, the oldest first."""
        with self._lock:
            return tuple(self._sent)

    def send(self, notification: Notification) -> None:
        with self._lock:
            self._sent.append(notification)

    def last(
        self, address: str | None = None, kind: NotificationKind | None = None
    ) -> Notification | None:
        """The newest notification to ``address`` and of ``kind``, or None if there is none.

        None stands for any address, or any kind.
        """
        for notification in reversed(self.notifications):
            if address in (None, notification.address) and kind in (None, notification.kind):
                return notification
        return None

    def clear(self) -> None:
        """Forget every notification."""
        with self._lock:
            self._sent.clear()
