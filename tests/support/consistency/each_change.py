"""One of each change that the service makes, recorded in a history of calls."""

from collections.abc import Callable
from typing import Final

from support.consistency.call_history import CallHistory, ObservedCall

from cybershop_customer import OPERATOR, LoginResult
from cybershop_customer.entrypoints.services import Services


class ChangesToZoe:
    """Changes one customer, Zoe, and records each call. Call ``prepare`` first."""

    def __init__(self, services: Services, history: CallHistory) -> None:
        self._services = services
        self._history = history
        self._version = 0
        self._context_id = ""
        self._session_id = ""

    def prepare(self) -> None:
        """Add Zoe and log in."""
        self._add("zoe")
        self._version = self._services.customers.get_customer("zoe", actor=OPERATOR).version
        _, login = self._log_in()
        assert isinstance(login, LoginResult)
        self._context_id, self._session_id = login.context_id, login.session.session_id

    def add(self) -> ObservedCall:
        """Add another customer, Zara."""
        return self._add("zara")

    def change_name(self) -> ObservedCall:
        return self._update({"fname": "Zoë"})

    def change_name_of_version(self) -> ObservedCall:
        """Change the name at an expected version, which needs no read."""
        return self._update({"fname": "Zoë"}, if_version=self._version)

    def change_password(self) -> ObservedCall:
        return self._update({"password": "another horse"})

    def change_email(self) -> ObservedCall:
        return self._update({"email": "elsewhere@shop.example"})

    def log_in(self) -> ObservedCall:
        return self._log_in()[0]

    def log_out(self) -> ObservedCall:
        logout = self._services.sessions.logout
        return self._history.perform(
            "logout", "zoe", lambda: logout(self._context_id), session_id=self._session_id
        )[0]

    def end_sessions(self) -> ObservedCall:
        end = self._services.sessions.end_sessions
        return self._history.perform("end_sessions", "zoe", lambda: end("zoe", actor=OPERATOR))[0]

    def delete(self) -> ObservedCall:
        delete = self._services.customers.delete_customer
        return self._history.perform(
            "delete_customer", "zoe", lambda: delete("zoe", actor=OPERATOR)
        )[0]

    def _add(self, customer_id: str) -> ObservedCall:
        sets = {"email": f"{customer_id}@shop.example", "password": "correct horse"}
        add = self._services.customers.add_customer
        return self._history.perform(
            "add_customer", customer_id, lambda: add(customer_id=customer_id, **sets), sets
        )[0]

    def _log_in(self) -> tuple[ObservedCall, object]:
        sets = {"password": "correct horse"}
        login = self._services.sessions.login
        return self._history.perform("login", "zoe", lambda: login(customer_id="zoe", **sets), sets)

    def _update(self, sets: dict[str, str], if_version: int | None = None) -> ObservedCall:
        update = self._services.customers.update_customer
        return self._history.perform(
            "update_customer",
            "zoe",
            lambda: update("zoe", actor=OPERATOR, if_version=if_version, **sets),
            sets,
        )[0]


Change = Callable[[ChangesToZoe], ObservedCall]

CHANGES: Final[dict[str, Change]] = {
    "add": ChangesToZoe.add,
    "change name": ChangesToZoe.change_name,
    "change name of a version": ChangesToZoe.change_name_of_version,
    "change password": ChangesToZoe.change_password,
    "change email": ChangesToZoe.change_email,
    "log in": ChangesToZoe.log_in,
    "log out": ChangesToZoe.log_out,
    "end sessions": ChangesToZoe.end_sessions,
    "delete": ChangesToZoe.delete,
}
"""Each is one transaction, which includes its audit record."""
