"""Tells customers something by e-mail, after the answer to the request."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from ...ports.background import Background
from ...ports.notifier import Notifier
from ..customer import Customer
from ..errors import MailOffError
from ..notification import Notification, NotificationKind
from ..one_time_token import OneTimeToken
from ..policy import AccountPolicy


class Mailer:
    """Sends notifications, if the deployment has a notifier.

    Everything that depends on what is stored happens in the background. So the answer and its
    time say nothing about it.
    """

    def __init__(
        self, notifier: Notifier | None, background: Background, policy: AccountPolicy
    ) -> None:
        self._notifier = notifier
        self._background = background
        self._policy = policy

    def require_on(self) -> None:
        """Raise MailOffError if the deployment has no notifier."""
        if self._notifier is None:
            raise MailOffError

    def later(self, name: str, work: Callable[[], None]) -> None:
        """Do ``work``, which may send mail, after the answer."""
        self._background.submit(name, work)

    def send_link(
        self,
        kind: NotificationKind,
        customer: Customer,
        address: str,
        token: OneTimeToken,
        lifetime: timedelta,
    ) -> None:
        """Send a link with ``token`` now. Call it in the background only."""
        notification = _notification(kind, customer, address)
        minutes = int(lifetime.total_seconds()) // 60
        self._send(replace(notification, token=token, minutes=minutes))

    def tell_later(
        self, kind: NotificationKind, customer: Customer, address: str | None = None
    ) -> None:
        """Tell ``customer``, at ``address`` or the customer's own, after the answer.

        An address that has to be proven, and is not, gets no such mail.
        """
        to = address or self.reachable_address(customer)
        if to is not None and self._notifier is not None:
            self.later(f"send {kind}", lambda: self.tell(kind, customer, to))

    def tell(self, kind: NotificationKind, customer: Customer, address: str) -> None:
        """Tell ``customer`` now. Call it in the background only."""
        self._send(_notification(kind, customer, address))

    def reachable_address(self, customer: Customer) -> str | None:
        """The address that the customer gets mail at, or None if there is none.

        If addresses have to be proven, it is a proven one.
        """
        if self._policy.email_verification and not customer.email_verified:
            return None
        return customer.email

    def _send(self, notification: Notification) -> None:
        if self._notifier is not None:
            self._notifier.send(notification)


def _notification(kind: NotificationKind, customer: Customer, address: str) -> Notification:
    return Notification(
        kind=kind, customer_id=customer.customer_id, address=address, locale=customer.locale
    )
