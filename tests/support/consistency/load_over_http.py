"""Clients that send requests over HTTP until the service dies, and record each outcome."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from itertools import count
from random import Random
from threading import Condition
from typing import Any, Final

from support.consistency.call_history import CallHistory, ObservedCall, Outcome
from support.http.api import Answer, Api
from support.http.customer_api import BASE
from support.http.transports import over_http
from support.processes.service_process import ServiceProcess

from cybershop_customer.domain.session import ContextId

CLIENTS: Final = 4
ADMIN_ID: Final = "admin"
ADMIN_PASSWORD: Final = "the admin's own horse"
ANSWER_SECONDS: Final = 60

_MIX: Final = {
    "add": 20,
    "change_name": 25,
    "change_password": 10,
    "change_email": 10,
    "log_in": 30,
    "log_out": 10,
    "end_sessions": 5,
    "delete": 5,
}
_REFUSALS: Final = {
    "customer-exists": "CustomerExistsError",
    "customer-not-found": "CustomerNotFoundError",
    "email-taken": "EmailTakenError",
    "login-refused": "LoginRefusedError",
    "session-refused": "SessionRefusedError",
}


@dataclass
class _Owned:
    """A customer that only one client changes, as that client knows it."""

    customer_id: str
    passwords: list[str]
    """One of these is the password; after an unknown outcome there are two."""
    sessions: list[str] = field(default_factory=list[str])


class AnswerCounter:
    """Counts the answers of the service."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._count = 0

    def add(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def await_answers(self, number: int) -> None:
        """Wait until the service has sent ``number`` answers."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._count >= number, ANSWER_SECONDS)


class LoadClients:
    """Several clients, each with customers of their own; ``seed`` decides what they do."""

    def __init__(self, seed: int) -> None:
        self._history = CallHistory()
        self._numbers = count(1)
        self._clients = [_Client(self, Random(seed + n)) for n in range(CLIENTS)]
        self._admin = _Owned(ADMIN_ID, [ADMIN_PASSWORD])
        self._admin_exists = False

    @property
    def calls(self) -> list[ObservedCall]:
        return self._history.calls

    @property
    def bearer(self) -> str:
        """The ``context_id`` of the admin's newest session."""
        return self._admin.sessions[-1]

    def new_number(self) -> int:
        return next(self._numbers)

    @contextmanager
    def ensuring_admin(self) -> Iterator[None]:
        """The service starts within the block; its first start adds the admin."""
        began = self._history.clock.now()
        yield
        if not self._admin_exists:
            call = ObservedCall(
                operation="ensure_admin",
                customer_id=ADMIN_ID,
                outcome=Outcome.DONE,
                began=began,
                ended=self._history.clock.now(),
                sets={"password": ADMIN_PASSWORD, "roles": "admin"},
            )
            self._history.add(call)
            self._admin_exists = True

    def check_admin(self, service: ServiceProcess) -> None:
        """Check that the admin can log in, and that the admin's sessions are still live."""
        with over_http(service.url) as send:
            api = Api(send)
            for context_id in self._admin.sessions:
                assert api.get(f"{BASE}/session", bearer=context_id).status == 200
            assert self.log_in(api, self._admin, ADMIN_PASSWORD).outcome is Outcome.DONE

    @contextmanager
    def at_work(self, service: ServiceProcess) -> Iterator[AnswerCounter]:
        """Every client sends requests within the block; the service is killed at its end."""
        answers = AnswerCounter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            runs = [pool.submit(client.work, service, answers) for client in self._clients]
            try:
                yield answers
            finally:
                service.kill()
            for run in runs:
                run.result()

    def log_in(self, api: Api, customer: _Owned, password: str) -> ObservedCall:
        """Log in, and keep the session."""
        message = {"customer_id": customer.customer_id, "password": password}
        call, answer = self.perform(
            api, "login", customer, ("PUT", f"{BASE}/login", message), sets={"password": password}
        )
        if call.outcome is Outcome.DONE:
            customer.sessions.append(answer["context_id"])
        return call

    def perform(
        self,
        api: Api,
        operation: str,
        customer: _Owned,
        request: tuple[str, str, dict[str, str]],
        *,
        sets: dict[str, str] | None = None,
        bearer: str | None = None,
        session_id: str | None = None,
    ) -> tuple[ObservedCall, Any]:
        """Send one request and record its outcome; return the call, and the answer as an object.

        Raises:
            OSError, HTTPException: the service died; the call is recorded too.
        """
        method, target, message = request
        call = ObservedCall(
            operation=operation,
            customer_id=customer.customer_id,
            began=self._history.clock.now(),
            sets=sets or {},
            session_id=session_id,
        )
        answer: Answer | None = None
        try:
            answer = api.request(method, target, message, bearer=bearer)
        finally:
            call = replace(_with_outcome(call, answer), ended=self._history.clock.now())
            self._history.add(call)
        return call, answer.json


def _with_outcome(call: ObservedCall, answer: Answer | None) -> ObservedCall:
    if answer is None:
        return call
    if answer.status == 200:
        context_id = answer.json.get("context_id")
        session_id = ContextId.parse(context_id).session_id if context_id else call.session_id
        return replace(call, outcome=Outcome.DONE, session_id=session_id)
    problem = answer.json["type"].rpartition(":")[2]
    if problem in _REFUSALS:
        return replace(call, outcome=Outcome.NOT_DONE, refusal=_REFUSALS[problem])
    assert problem == "store-unavailable", answer
    return call


class _Client:
    def __init__(self, clients: LoadClients, random: Random) -> None:
        self._clients = clients
        self._random = random
        self._owned: list[_Owned] = []

    def work(self, service: ServiceProcess, answers: AnswerCounter) -> None:
        """Send one request after another, until the service dies."""
        with over_http(service.url) as send:
            api = Api(send)
            try:
                while True:
                    (name,) = self._random.choices(list(_MIX), list(_MIX.values()))
                    getattr(self, f"_{name}" if self._owned else "_add")(api)
                    answers.add()
            except (OSError, HTTPException):
                return

    def _add(self, api: Api) -> None:
        customer_id = f"customer-{self._clients.new_number()}"
        sets = {
            "email": f"{customer_id}@shop.example",
            "password": f"password of {customer_id}",
            "fname": "Zoë",
        }
        customer = _Owned(customer_id, [sets["password"]])
        # If the answer is lost, the customer may exist all the same.
        self._owned.append(customer)
        message = {"customer_id": customer_id, **sets}
        self._clients.perform(api, "add_customer", customer, ("POST", BASE, message), sets=sets)

    def _change_name(self, api: Api) -> None:
        self._update(api, self._pick(), {"fname": f"Name {self._clients.new_number()}"})

    def _change_email(self, api: Api) -> None:
        number = self._clients.new_number()
        self._update(api, self._pick(), {"email": f"moved-{number}@Shop.example"})

    def _change_password(self, api: Api) -> None:
        customer = self._pick()
        password = f"new password {self._clients.new_number()}"
        customer.passwords.append(password)
        call = self._update(api, customer, {"password": password})
        if call.outcome is Outcome.DONE:
            customer.passwords = [password]

    def _log_in(self, api: Api) -> None:
        customer = self._pick()
        password = self._random.choice(customer.passwords)
        self._clients.log_in(api, customer, password)

    def _log_out(self, api: Api) -> None:
        customer = self._pick()
        if not customer.sessions:
            return self._log_in(api)
        context_id = customer.sessions.pop()
        self._clients.perform(
            api,
            "logout",
            customer,
            ("PUT", f"{BASE}/logoff", {}),
            bearer=context_id,
            session_id=ContextId.parse(context_id).session_id,
        )
        return None

    def _end_sessions(self, api: Api) -> None:
        self._as_admin(api, "end_sessions", "/sessions")

    def _delete(self, api: Api) -> None:
        self._as_admin(api, "delete_customer", "")

    def _as_admin(self, api: Api, operation: str, path: str) -> None:
        customer = self._pick()
        request = ("DELETE", f"{BASE}/{customer.customer_id}{path}", {})
        bearer = self._clients.bearer
        self._clients.perform(api, operation, customer, request, bearer=bearer)

    def _update(self, api: Api, customer: _Owned, sets: dict[str, str]) -> ObservedCall:
        request = ("PUT", f"{BASE}/{customer.customer_id}", sets)
        return self._clients.perform(
            api, "update_customer", customer, request, sets=sets, bearer=self._clients.bearer
        )[0]

    def _pick(self) -> _Owned:
        return self._random.choice(self._owned)
