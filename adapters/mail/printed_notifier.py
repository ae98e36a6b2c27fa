"""Prints notifications, for the person who tries the demo."""

import sys
from typing import Final, TextIO

from ...domain.errors import NotificationFailedError
from ...domain.notification import Notification
from ...ports.notifier import Notifier
from .notification_texts import NotificationTexts
from .one_line import one_line


class PrintedNotifier(Notifier):
    """Prints one line for each notification, with its link. It never uses the log.

    Args:
        texts: the texts.
        stream: where it prints; None for the standard output, whatever that is at the time.
    """

    def __init__(self, texts: NotificationTexts, stream: TextIO | None = None) -> None:
        self._texts: Final = texts
        self._stream = stream

    def send(self, notification: Notification) -> None:
        subject = self._texts.of(notification).subject
        parts = ["Mail to", one_line(notification.address) + ":", subject]
        link = self._texts.link_of(notification)
        if link:
            parts.append(link)
        stream = self._stream or sys.stdout
        try:
            encoding = stream.encoding or "utf-8"
            line = " ".join(parts).encode(encoding, "backslashreplace").decode(encoding)
            # One call, so that lines of two threads do not mix.
            stream.write(f"{line}\n")
            stream.flush()
        except (AttributeError, OSError, ValueError):
            raise NotificationFailedError("the standard output is closed") from None
