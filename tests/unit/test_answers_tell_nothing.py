"""No answer tells whether an address or a customer is known, and neither does its time.

For the time, the figure is the AUC: the probability that an answer of the one kind takes longer
than one of the other. 0.5 says that the time tells nothing. With 500 samples of each kind, chance
moves it by 0.018 (one standard deviation), so the bounds below are four of these away.
"""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

import pytest
from support.services.self_service import REQUIRED, proven_customer
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import Customer, Notification
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.testkit.clock import START

SAMPLES = 500
BOUNDS = (0.42, 0.58)
SHOWS = 0.75
"""Chance does not reach this figure, the negative control does."""

Ask = Callable[[Workbench, int], object]


class SlowNotifier(MemoryNotifier):
    """Takes a millisecond for each message, as a fast mail server does."""

    def send(self, notification: Notification) -> None:
        end = perf_counter() + 0.001
        while perf_counter() < end:
            pass
        super().send(notification)


def register(email: str) -> Ask:
    def ask(bench: Workbench, number: int) -> object:
        return bench.customers.add_customer(email=email.format(number), password=PASSWORD)

    return ask


def without_time(customer: Customer) -> Customer:
    """What the answers of two registrations have in common: not names and random numbers."""
    assert customer.expires_at is not None
    assert customer.email_verification is not None
    return replace(
        customer,
        customer_id="",
        email="",
        version=0,
        password_version=0,
        created_at=START,
        updated_at=START,
        expires_at=START + (customer.expires_at - customer.created_at),
        email_verification=None,
    )


def forget(**name: str) -> Ask:
    def ask(bench: Workbench, _: int) -> object:
        return bench.password_reset.request_reset(**name)

    return ask


PAIRS: dict[str, tuple[Ask, Ask]] = {
    "registration with a free and a taken address": (
        register("free-{}@shop.example"),
        register("ann@shop.example"),
    ),
    "forgotten password by address": (
        forget(email="ann@shop.example"),
        forget(email="nobody@shop.example"),
    ),
    "forgotten password by id": (forget(customer_id="ann"), forget(customer_id="nobody")),
}


def measure(bench: Workbench, pair: tuple[Ask, Ask]) -> float:
    """Ask in random order, require equal answers, and return the AUC of their times."""
    proven_customer(bench)
    # Each kind comes after the other as often as after itself: mail that was sent before has
    # emptied the caches of the processor.
    order = [0, 1] * SAMPLES
    random.Random(11).shuffle(order)
    times: tuple[list[float], list[float]] = ([], [])
    answers: list[object] = []
    for number, kind in enumerate(order):
        # Until then the budget of each name admits another mail.
        bench.clock.advance(minutes=20)
        start = perf_counter()
        answer = pair[kind](bench, number)
        times[kind].append(perf_counter() - start)
        answers.append(answer)
        bench.background.run_all()
    same = [without_time(one) if isinstance(one, Customer) else one for one in answers]
    assert same == same[:1] * len(same)
    return auc(*times)


def auc(first: list[float], second: list[float]) -> float:
    """The probability that a time of ``first`` is longer than one of ``second``."""
    ordered = sorted(second)
    wins = sum(bisect_left(ordered, one) + bisect_right(ordered, one) for one in first)
    return wins / (2 * len(first) * len(second))


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_answers_and_their_times_are_the_same(pair: tuple[Ask, Ask]) -> None:
    bench = Workbench(account_policy=REQUIRED, mail=SlowNotifier())

    figure = measure(bench, pair)

    assert BOUNDS[0] < figure < BOUNDS[1]
    assert bench.mail.notifications, "mail went out between the answers"


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_mail_that_is_sent_before_the_answer_shows(pair: tuple[Ask, Ask]) -> None:
    """The negative control: the measurement above detects a millisecond."""
    bench = Workbench(account_policy=REQUIRED, mail=SlowNotifier(), mails_before_the_answer=True)

    assert measure(bench, pair) > SHOWS
