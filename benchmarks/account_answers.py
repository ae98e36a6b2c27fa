"""Whether an answer over HTTP, or its time, tells that an address or a customer is known.

    python benchmarks/account_answers.py [--samples 500]

Registrations with a free and with a taken address take turns in a random order, and so do requests
for a new password of a customer who exists and of one who does not. Status and body must be the
same. For the time the figure is the AUC: the probability that an answer of the first kind takes
longer than one of the second. 0.5 says that the time tells nothing; 0.42 to 0.58 counts as that
with 500 samples of each kind.

The second round is the negative control: it sends the mail before the answer. A message takes five
milliseconds.
"""

import argparse
import json
import random
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from answer_times import PASSWORD, Ask, FastClock, auc, serving, verdict

from cybershop_customer import Background, Notification
from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.adapters.threaded.background import ThreadedBackground
from cybershop_customer.adapters.threaded.background_threads import PAUSE_SECONDS
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.settings import Settings

BOUNDS: Final = (0.42, 0.58)


class SlowNotifier(MemoryNotifier):
    """Takes five milliseconds for each message."""

    def send(self, notification: Notification) -> None:
        time.sleep(0.005)
        super().send(notification)


def new_container(background: Background, step: timedelta) -> Container:
    """A service that requires proofs of addresses; the customer ``ann`` has given hers."""
    settings = replace(Settings.demo_from_environ({}), email_verification="required")
    container = make_container(settings)
    notifier = SlowNotifier()
    container.notifier.override(notifier)
    container.background.override(background)
    container.clock.override(FastClock(step))
    services = container.services()
    services.customers.add_customer(customer_id="ann", email="ann@shop.example", password=PASSWORD)
    while (sent := notifier.last()) is None or sent.token is None:
        time.sleep(0.01)
    services.email_verification.complete_verification(token=sent.token.secret)
    return container


def registration(number: int, *, known: bool) -> Mapping[str, str]:
    """A registration with a taken or a free address."""
    return {"email": "ann@shop.example" if known else f"free-{number}@shop.example"}


def forgotten(_: int, *, known: bool) -> Mapping[str, str]:
    """A request for a new password."""
    return {"email": "ann@shop.example" if known else "nobody@shop.example"}


KINDS: Final = {
    # The owner of the taken address is told once a day, so a day takes many requests.
    "registration": ("", registration, {"password": PASSWORD}, timedelta(minutes=5)),
    # A name has a mail again after 20 minutes, so each request takes longer.
    "forgotten password": ("/password-reset", forgotten, {}, timedelta(minutes=30)),
}


def measure(ask: Ask, name: str, samples: int) -> float:
    """Require equal answers, and return the AUC of their times."""
    path, message_of, more, _ = KINDS[name]
    order = [True, False] * samples
    random.shuffle(order)
    times: dict[bool, list[float]] = {True: [], False: []}
    answers: set[tuple[int, str]] = set()
    for number, known in enumerate(order):
        message = {**message_of(number, known=known), **more}
        start = time.perf_counter()
        status, body = ask("POST", path, message)
        times[known].append(time.perf_counter() - start)
        body.pop("customer_id", None)  # The id is random.
        answers.add((status, json.dumps(body, sort_keys=True)))
        time.sleep(PAUSE_SECONDS + 0.02)  # The work after the answer is done by then.
    if len(answers) != 1:
        raise AssertionError(f"the answers differ: {sorted(answers)[:3]}")
    return auc(times[True], times[False])


def main() -> None:
    """Measure with the mail after the answers, and before them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=500)
    options = parser.parse_args()
    rounds: dict[str, Background] = {
        "mail after the answer": ThreadedBackground(),
        "mail before the answer": MemoryBackground(),
    }
    for title, background in rounds.items():
        print(f"{title}, {options.samples} samples of each kind")
        for name, (*_, step) in KINDS.items():
            with serving(new_container(background, step)) as ask:
                figure = measure(ask, name, options.samples)
            print(f"    {name:20} {verdict(figure, BOUNDS)}")


if __name__ == "__main__":
    main()
