"""Whether the time of a refused login tells why it was refused.

    python benchmarks/login_refusals.py [--samples 2000] [--rounds 4 5] [--over-http]

Logins with an unknown customer, with a wrong password and of a deleted customer take turns in a
random order, by id and by address, without and with a device token. For each pair of reasons the
figure is the AUC: the probability that a login of the first kind takes longer than one of the
second. 0.5 says that the time tells nothing; 0.45 to 0.55 counts as that.

A known device is left out: only who has its token can log in on it, and knows the customer.

The store is the memory of the process and bcrypt has a low cost, so that a difference in the
service's own work is as large as it can be beside the hash.
"""

import argparse
import json
import random
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import combinations
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

from cybershop_customer import OPERATOR, Clock, LoginRefusedError
from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.server import Server
from cybershop_customer.entrypoints.settings import Settings

PASSWORD: Final = "correct horse battery staple"
REASONS: Final = {"unknown": "nobody", "wrong": "ann", "deleted": "gone"}
BOUNDS: Final = (0.45, 0.55)

Login = Mapping[str, str]
Refuse = Callable[[Login], None]


class FastClock(Clock):
    """Runs a hundred times as fast as time, so that no budget is ever used up."""

    def __init__(self) -> None:
        self._start = datetime.now(UTC)

    def now(self) -> datetime:
        return self._start + 100 * (datetime.now(UTC) - self._start)


def new_container(rounds: int) -> Container:
    """A service with the customer ``ann`` and a deleted one, and with no limit in reach."""
    limits = {"login_attempts": 100, "login_window_seconds": 1, "source_failures_window_seconds": 1}
    container = make_container(replace(Settings.demo_from_environ({}), **limits))
    container.clock.override(FastClock())
    container.password_hasher.override(BcryptPasswordHasher(rounds=rounds))
    customers = container.services().customers
    for customer_id in ("ann", "gone"):
        customers.add_customer(
            customer_id=customer_id, email=f"{customer_id}@shop.example", password=PASSWORD
        )
    customers.delete_customer("gone", actor=OPERATOR)
    return container


def in_process(container: Container) -> Refuse:
    """Log in with the library, and require the refusal."""
    sessions = container.services().sessions

    def refuse(login: Login) -> None:
        try:
            sessions.login(**login)
        except LoginRefusedError:
            return
        raise AssertionError("this login was to be refused")

    return refuse


@contextmanager
def over_http(container: Container) -> Iterator[Refuse]:
    """Log in at a server on loopback, and require the refusal."""
    server = Server(create_app(container.services()), host="127.0.0.1", port=0, threads=4)
    thread = Thread(target=server.run)
    thread.start()
    connection = HTTPConnection(urlsplit(server.url).netloc)

    def refuse(login: Login) -> None:
        headers = {"Content-Type": "application/json"}
        connection.request("PUT", "/api/v1/customer/login", json.dumps(login), headers)
        response = connection.getresponse()
        response.read()
        if response.status != HTTPStatus.UNAUTHORIZED:
            raise AssertionError(f"this login was answered with {response.status}")

    try:
        yield refuse
    finally:
        connection.close()
        server.stop()
        thread.join()
        server.close()


def logins(device_token: str | None) -> dict[tuple[str, str], Login]:
    """The logins by way and reason."""
    token = {} if device_token is None else {"device_token": device_token}
    return {
        (way, reason): {**named, "password": "not the password", **token}
        for reason, name in REASONS.items()
        for way, named in (
            ("by id", {"customer_id": name}),
            ("by address", {"email": f"{name}@shop.example"}),
        )
    }


def measure(refuse: Refuse, kinds: Mapping[tuple[str, str], Login], samples: int) -> None:
    """Time each kind of login ``samples`` times, and print the AUC of each pair of reasons."""
    times: dict[tuple[str, str], list[float]] = {kind: [] for kind in kinds}
    order = list(kinds)
    for _ in range(samples):
        random.shuffle(order)
        for kind in order:
            start = time.perf_counter()
            refuse(kinds[kind])
            times[kind].append(time.perf_counter() - start)
    for way in ("by id", "by address"):
        for first, second in combinations(REASONS, 2):
            figure = auc(times[way, first], times[way, second])
            verdict = "" if BOUNDS[0] <= figure <= BOUNDS[1] else "  outside the bounds"
            print(f"    {way:10}  {first:>7} against {second:7}  {figure:.3f}{verdict}")


def auc(first: list[float], second: list[float]) -> float:
    """The probability that a time of ``first`` is longer than one of ``second``."""
    ordered = sorted(second)
    wins = sum(bisect_left(ordered, one) + bisect_right(ordered, one) for one in first)
    return wins / (2 * len(first) * len(second))


def main() -> None:
    """Measure each way, without and with a device token."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--rounds", type=int, nargs="+", default=[4])
    parser.add_argument("--over-http", action="store_true", help="ask the server on loopback")
    options = parser.parse_args()
    for rounds in options.rounds:
        container = new_container(rounds)
        # So there is something that an unknown token is compared with.
        container.services().sessions.login(customer_id="ann", password=PASSWORD)
        for name, token in {"no token": None, "an unknown token": "x" * 43}.items():
            print(f"bcrypt at {rounds} rounds, {name}, {options.samples} samples of each kind")
            if options.over_http:
                with over_http(container) as refuse:
                    measure(refuse, logins(token), options.samples)
            else:
                measure(in_process(container), logins(token), options.samples)


if __name__ == "__main__":
    main()
