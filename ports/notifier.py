"""Sends messages to customers."""

from abc import abstractmethod
from typing import Protocol

from ..domain.notification import Notification


class Notifier(Protocol):
    """Sends a notification, and waits until it is sent or has failed.

    The service calls it in the background, after the answer to the request.
    """

    @abstractmethod
    def send(self, notification: Notification) -> None:
        """Send ``notification`` in its locale, or in the nearest one that has a template.

        Raises:
            NotificationFailedError: the message was not accepted. Its text contains neither the
                token nor the address.
        """
