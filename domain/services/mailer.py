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

    What depends on whether a customer exists, or an address is taken, happens in the background.
    So the answer and its time say nothing about it.
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

    def later(self, kind: NotificationKind, work: Callable[[], None]) -> None:
        """Do ``work``, which sends mail, after the answer; nothing if there is no notifier.

        If the background has no room, the mail is not sent. The answer does not say so.
        """
        if self._notifier is not None:
            self._background.submit(f"mail {kind}", work)

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

    def tell_later(self, kind: NotificationKind, customer: Customer) -> None:
        """Tell ``customer`` after the answer, if there is a ``notice_address``."""
        address = self.notice_address(customer)
        if address is not None:
            self.later(kind, lambda: self.tell(kind, customer, address))

    def tell(self, kind: NotificationKind, customer: Customer, address: str) -> None:
        """Tell ``customer`` now. Call it in the background only."""
        self._send(_notification(kind, customer, address))

    def notice_address(self, customer: Customer) -> str | None:
        """The address that gets notices about the account, or None if there is none.

        If addresses have to be proven, it is an address that the customer holds. The customer has
        proven it, held it before proofs were required, or got it from an admin. An address that a
        new customer has merely named may be a stranger's, and gets no notice.
        """
        if self._policy.email_verification and customer.email_key is None:
            return None
        return customer.email

    def link_address(self, customer: Customer) -> str | None:
        """The address that gets a link to a new password, or None if there is none.

        If addresses have to be proven, it is a proven one: the link opens the account.
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
