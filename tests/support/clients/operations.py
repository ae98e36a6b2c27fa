"""Every operation of a client, with the customer that it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cybershop_customer.adapters.direct.customer_client import DirectCustomerClient
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.client import BearerClient, CustomerClient

PASSWORD: Final = "correct horse"
NEW_PASSWORD: Final = "another horse"


@dataclass(frozen=True)
class Person:
    """A customer with a session, an admin, and the newest link that was mailed."""

    customer_id: str
    context_id: str
    session_id: str
    admin: str
    token: str

    @property
    def email(self) -> str:
        return f"{self.customer_id}@shop.example"


@dataclass(frozen=True)
class Operation:
    """A call of the port, and whether it can change anything."""

    call: Callable[[CustomerClient, Person], object]
    changes: bool = True
    link: str = ""
    """The link that must have been mailed before: ``reset`` or ``verification``."""


def own(call: Callable[[BearerClient, Person], object], **how: bool) -> Operation:
    return Operation(lambda client, ann: call(client.as_bearer(ann.context_id), ann), **how)  # type: ignore[arg-type]


def as_admin(call: Callable[[BearerClient, Person], object], **how: bool) -> Operation:
    return Operation(lambda client, ann: call(client.as_bearer(ann.admin), ann), **how)  # type: ignore[arg-type]


OPERATIONS: Final[dict[str, Operation]] = {
    "check_session": Operation(
        lambda client, ann: client.check_session(ann.context_id), changes=False
    ),
    "add_customer": Operation(
        lambda client, ann: client.add_customer(
            customer_id=f"new-{ann.customer_id}", email=f"new-{ann.email}", password=PASSWORD
        )
    ),
    "login": Operation(
        lambda client, ann: client.login(customer_id=ann.customer_id, password=PASSWORD)
    ),
    "logout": Operation(lambda client, ann: client.logout(ann.context_id)),
    "request_password_reset": Operation(
        lambda client, ann: client.request_password_reset(customer_id=ann.customer_id)
    ),
    "complete_password_reset": Operation(
        lambda client, ann: client.complete_password_reset(token=ann.token, password=NEW_PASSWORD),
        link="reset",
    ),
    "request_email_verification": Operation(
        lambda client, ann: client.request_email_verification(customer_id=ann.customer_id)
    ),
    "complete_email_verification": Operation(
        lambda client, ann: client.complete_email_verification(token=ann.token),
        link="verification",
    ),
    "get_account": own(lambda bearer, _: bearer.get_account(), changes=False),
    "update_account": own(lambda bearer, _: bearer.update_account(fname="Eve")),
    "change_email": own(lambda bearer, ann: bearer.change_email(f"3{ann.email}")),
    "change_password": own(
        lambda bearer, _: bearer.change_password(password=PASSWORD, new_password=NEW_PASSWORD)
    ),
    "delete_account": own(lambda bearer, _: bearer.delete_account()),
    "list_own_sessions": own(lambda bearer, _: bearer.list_own_sessions(), changes=False),
    "end_session": own(lambda bearer, ann: bearer.end_session(ann.session_id)),
    "end_other_sessions": own(lambda bearer, _: bearer.end_other_sessions()),
    "get_customer": as_admin(
        lambda bearer, ann: bearer.get_customer(ann.customer_id), changes=False
    ),
    "update_customer": as_admin(
        lambda bearer, ann: bearer.update_customer(ann.customer_id, lname="Ng")
    ),
    "delete_customer": as_admin(lambda bearer, ann: bearer.delete_customer(ann.customer_id)),
    "list_customers": as_admin(lambda bearer, _: bearer.list_customers(), changes=False),
    "find_customers": as_admin(lambda bearer, ann: bearer.find_customers(ann.email), changes=False),
    "list_sessions": as_admin(
        lambda bearer, ann: bearer.list_sessions(ann.customer_id), changes=False
    ),
    "end_sessions": as_admin(lambda bearer, ann: bearer.end_sessions(ann.customer_id)),
    "read_records": as_admin(
        lambda bearer, ann: bearer.read_records(ann.customer_id), changes=False
    ),
    "unlock": as_admin(lambda bearer, ann: bearer.unlock(ann.customer_id)),
}


class People:
    """Adds the customer that an operation needs, in the process of the service."""

    def __init__(self, direct: DirectCustomerClient, mail: MemoryNotifier) -> None:
        self._direct = direct
        self._mail = mail
        self._add("bob")
        direct.complete_email_verification(token=self._token())
        direct.as_operator().grant_role("bob", "admin")
        self._admin = direct.login(customer_id="bob", password=PASSWORD).context_id

    def make(self, customer_id: str, operation: Operation) -> Person:
        self._add(customer_id)
        token = self._token()
        if operation.link != "verification":
            self._direct.complete_email_verification(token=token)
        if operation.link == "reset":
            self._direct.request_password_reset(customer_id=customer_id)
            token = self._token()
        result = self._direct.login(customer_id=customer_id, password=PASSWORD)
        return Person(customer_id, result.context_id, result.session.session_id, self._admin, token)

    def _add(self, customer_id: str) -> None:
        self._direct.add_customer(
            customer_id=customer_id, email=f"{customer_id}@shop.example", password=PASSWORD
        )

    def _token(self) -> str:
        sent = self._mail.last()
        assert sent is not None
        assert sent.token is not None
        return sent.token.secret
