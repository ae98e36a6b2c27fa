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
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from itertools import combinations
from typing import Final

from answer_times import PASSWORD, FastClock, auc, serving, verdict

from cybershop_customer import OPERATOR, LoginRefusedError
from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.settings import Settings

REASONS: Final = {"unknown": "nobody", "wrong": "ann", "deleted": "gone"}
BOUNDS: Final = (0.45, 0.55)

Login = Mapping[str, str]
Refuse = Callable[[Login], None]


def new_container(rounds: int) -> Container:
    """A service with the customer ``ann`` and a deleted one, and with no limit in reach."""
    settings = replace(
        Settings.demo_from_environ({}),
        login_attempts=100,
        login_window_seconds=1,
        source_failures_window_seconds=1,
    )
    container = make_container(settings)
    container.clock.override(FastClock(timedelta(seconds=1)))
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
            sessions.login(
                password=login["password"],
                customer_id=login.get("customer_id"),
                email=login.get("email"),
            )
        except LoginRefusedError:
            return
        raise AssertionError("this login was to be refused")

    return refuse


@contextmanager
def over_http(container: Container) -> Iterator[Refuse]:
    """Log in at a server on loopback, and require the refusal."""
    with serving(container) as ask:

        def refuse(login: Login) -> None:
            status, _ = ask("PUT", "/login", login)
            if status != HTTPStatus.UNAUTHORIZED:
                raise AssertionError(f"this login was answered with {status}")

        yield refuse


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
            pair = f"{first:>7} against {second:7}"
            print(f"    {way:10}  {pair}  {verdict(figure, BOUNDS)}")


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
