"""A mixed load: several threads make every kind of change to the same customers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random
from threading import Lock
from typing import Final

from support.consistency.call_history import CallHistory, ObservedCall, Outcome

from cybershop_customer import LoginResult
from cybershop_customer.entrypoints.services import Services

MIX: Final = {
    "add": 14,
    "add_contested": 6,
    "change_name": 20,
    "change_password": 8,
    "change_email": 10,
    "log_in": 24,
    "log_out": 9,
    "end_sessions": 4,
    "delete": 5,
}


@dataclass(frozen=True)
class Tester:
    """The admin that changes customers."""

    customer_id: str = "tester"
    roles: frozenset[str] = frozenset({"admin"})


@dataclass
class _Known:
    """What the threads know of one customer."""

    customer_id: str
    password: str


@dataclass
class Population:
    """The customers that the threads share."""

    lock: Lock = field(default_factory=Lock)
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    contested: "count[int]" = field(default_factory=lambda: count(2))
    customers: dict[str, _Known] = field(default_factory=dict[str, _Known])
    sessions: list[LoginResult] = field(default_factory=list[LoginResult])

    def number(self) -> int:
        with self.lock:
            return next(self.numbers)

    def pair(self) -> int:
        """Return each number twice."""
        with self.lock:
            return next(self.contested) // 2


class Worker:
    """One thread's share of the load; ``seed`` decides what it does."""

    def __init__(
        self, services: Services, history: CallHistory, population: Population, seed: int
    ) -> None:
        self._services = services
        self._history = history
        self._population = population
        self._random = Random(seed)

    def work(self, operations: int) -> None:
        """Do that many operations, with any outcome."""
        actions: dict[str, Callable[[], bool]] = {name: getattr(self, f"_{name}") for name in MIX}
        weights = list(MIX.values())
        done = 0
        while done < operations:
            name = self._random.choices(list(MIX), weights)[0]
            done += actions[name]()

    def _add(self) -> bool:
        number = self._population.number()
        password = f"first password {number}"
        sets = _new_customer(f"customer-{number}", password, number)
        call = self._perform_add(f"customer-{number}", sets)
        if call.outcome is not Outcome.NOT_DONE:
            known = _Known(f"customer-{number}", password)
            with self._population.lock:
                self._population.customers[known.customer_id] = known
        return True

    def _add_contested(self) -> bool:
        """Two threads add the same id, or the same address; no thread changes it later."""
        pair, number = self._population.pair(), self._population.number()
        same_id = pair % 2 == 0
        customer_id = f"contested-{pair}" if same_id else f"contestant-{number}"
        sets = _new_customer(customer_id, f"password {number}", number)
        if not same_id:
            sets["email"] = f"contested-{pair}@shop.example"
        self._perform_add(customer_id, sets)
        return True

    def _change_name(self) -> bool:
        name = self._random.choice(("fname", "lname", "address1"))
        return self._update({name: f"Name {self._population.number()}"})

    def _change_email(self) -> bool:
        return self._update({"email": f"moved-{self._population.number()}@Shop.example"})

    def _change_password(self) -> bool:
        return self._update({"password": f"new password {self._population.number()}"})

    def _log_in(self) -> bool:
        known = self._pick()
        if known is None:
            return False
        wrong = self._random.random() < 0.1
        password = "wrong password" if wrong else known.password
        _, result = self._history.perform(
            "login",
            known.customer_id,
            lambda: self._services.sessions.login(customer_id=known.customer_id, password=password),
            {"password": password},
        )
        if isinstance(result, LoginResult):
            with self._population.lock:
                self._population.sessions.append(result)
        return True

    def _log_out(self) -> bool:
        with self._population.lock:
            sessions = self._population.sessions
            if not sessions:
                return False
            login = sessions.pop(self._random.randrange(len(sessions)))
        self._history.perform(
            "logout",
            login.session.customer_id,
            lambda: self._services.sessions.logout(login.context_id),
            session_id=login.session.session_id,
        )
        return True

    def _end_sessions(self) -> bool:
        known = self._pick()
        if known is None:
            return False
        end = self._services.sessions.end_sessions
        self._history.perform(
            "end_sessions", known.customer_id, lambda: end(known.customer_id, actor=Tester())
        )
        return True

    def _delete(self) -> bool:
        known = self._pick()
        if known is None:
            return False
        delete = self._services.customers.delete_customer
        self._history.perform(
            "delete_customer", known.customer_id, lambda: delete(known.customer_id, actor=Tester())
        )
        # One deleted customer in five stays in the list, so some operations do not find theirs.
        if self._random.random() < 0.8:
            with self._population.lock:
                self._population.customers.pop(known.customer_id, None)
        return True

    def _update(self, sets: dict[str, str]) -> bool:
        known = self._pick()
        if known is None:
            return False
        update = self._services.customers.update_customer
        call, _ = self._history.perform(
            "update_customer",
            known.customer_id,
            lambda: update(known.customer_id, actor=Tester(), **sets),
            sets,
        )
        if "password" in sets and call.outcome is not Outcome.NOT_DONE:
            known.password = sets["password"]
        return True

    def _perform_add(self, customer_id: str, sets: Mapping[str, str]) -> ObservedCall:
        add = self._services.customers.add_customer
        call, _ = self._history.perform(
            "add_customer", customer_id, lambda: add(customer_id=customer_id, **sets), sets
        )
        return call

    def _pick(self) -> _Known | None:
        with self._population.lock:
            customers = list(self._population.customers.values())
        return self._random.choice(customers) if customers else None


def _new_customer(customer_id: str, password: str, number: int) -> dict[str, str]:
    return {
        "email": f"{customer_id}@shop.example",
        "password": password,
        "fname": f"Name {number}",
    }
