"""Promise 9: the link of a mail works once, and never after a later change."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from support.races import tasks as racing
from support.races.concurrent_users import RaceHarness
from support.races.processes import outcome
from support.stores.stored_state import devices_of, log_of, sessions_of

from cybershop_customer import (
    OPERATOR,
    AuditRecord,
    Customer,
    CustomerUpdate,
    LoginRefusedError,
    SessionRefusedError,
    VersionConflictError,
)
from cybershop_customer.domain.errors import TokenRefusedError
from cybershop_customer.domain.one_time_token import TokenIssue
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.clock import START

ROUNDS: Final = 3
CHOSEN: Final = "admin's horse"
RESET: Final = f"0 {racing.NEW_PASSWORD}"
"""The password that a completion of racer 0 sets."""


def has_password(services: Services, password: str) -> bool:
    login = services.sessions.login
    return not isinstance(outcome(lambda: login(customer_id="zoe", password=password)), type)


def test_of_many_completions_with_one_token_one_wins(harness: RaceHarness) -> None:
    racing.add(harness.services, "zoe")
    token = harness.ask_for_reset("zoe")

    outcomes = harness.race(racing.complete_reset, token)

    (password,) = (outcome for outcome in outcomes if isinstance(outcome, str))
    assert outcomes.count(TokenRefusedError) == harness.racers - 1
    assert has_password(harness.services, password)
    resets = [
        record
        for record in log_of(harness.storage, "zoe")
        if record.operation_name == "complete_password_reset" and record.status_code == 200
    ]
    assert len(resets) == 1


def test_no_login_with_the_old_password_wins_after_a_completion(harness: RaceHarness) -> None:
    for turn in range(ROUNDS):
        customer_id = racing.add(harness.services, f"zoe-{turn}")
        token = harness.ask_for_reset(customer_id)

        done, *others = harness.race(racing.log_in_or_complete_reset, customer_id, token)

        assert done == ""
        assert sessions_of(harness.storage, customer_id) == frozenset()
        assert devices_of(harness.storage, customer_id) == frozenset()
        for context_id in others:
            if context_id is not LoginRefusedError:
                checked = outcome(lambda now=context_id: racing.check(harness.services, 0, now))
                assert checked is SessionRefusedError


class EarlyReads:
    """Each customer is read once, before the changes of others: the reads of a lost race.

    ``ignores`` names the conditions of an update or an issue that are left out.
    """

    def __init__(self, customers: Any, *ignores: str) -> None:
        self._customers = customers
        self._ignores = ignores
        self._read: dict[str, Customer] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._customers, name)

    def get(self, customer_id: str, **named: Any) -> Customer | None:
        if customer_id not in self._read:
            self._read[customer_id] = self._customers.get(customer_id, **named)
        return self._read[customer_id]

    def update(self, update: CustomerUpdate, record: AuditRecord) -> None:
        present = self._customers.get(update.customer_id, now=record.at)
        if "version" in self._ignores:
            update = replace(update, if_version=present.version)
        if "token" in self._ignores:
            update = replace(update, if_token=None)
        self._customers.update(update, record)

    def issue_token(self, issue: TokenIssue, record: AuditRecord) -> None:
        present = self._customers.get(issue.customer_id, now=record.at)
        if "version" in self._ignores:
            issue = replace(issue, if_password_version=present.password_version)
        self._customers.issue_token(issue, record)


def after(
    harness: RaceHarness,
    changes: Callable[[Services], object],
    late: Callable[[Services], object],
    *ignores: str,
) -> object:
    """What ``late`` returns or raises that read the customer before ``changes``."""
    customers = EarlyReads(harness.storage.customers, *ignores)
    services = harness.services_with(customers=customers)
    assert customers.get("zoe", now=START) is not None
    changes(harness.services)
    return outcome(lambda: late(services))


def choose_password(services: Services) -> object:
    """An admin sets another password."""
    return services.customers.update_customer("zoe", actor=OPERATOR, password=CHOSEN)


def complete_another(token: str) -> Callable[[Services], object]:
    return lambda services: racing.complete_reset(services, 1, token)


def complete(token: str) -> Callable[[Services], object]:
    return lambda services: racing.complete_reset(services, 0, token)


def test_a_completion_that_read_before_an_admins_change_loses_after_it(
    thread_harness: RaceHarness,
) -> None:
    racing.add(thread_harness.services, "zoe")
    token = thread_harness.ask_for_reset("zoe")

    assert after(thread_harness, choose_password, complete(token)) is VersionConflictError
    assert outcome(lambda: complete(token)(thread_harness.services)) is TokenRefusedError
    assert has_password(thread_harness.services, CHOSEN)


def test_an_admins_change_after_a_completion_wins(thread_harness: RaceHarness) -> None:
    racing.add(thread_harness.services, "zoe")
    token = thread_harness.ask_for_reset("zoe")

    complete(token)(thread_harness.services)
    choose_password(thread_harness.services)

    assert outcome(lambda: complete(token)(thread_harness.services)) is TokenRefusedError
    assert has_password(thread_harness.services, CHOSEN)


def test_without_both_conditions_an_older_token_wins_over_a_later_change(
    thread_harness: RaceHarness,
) -> None:
    """Negative control."""
    racing.add(thread_harness.services, "zoe")
    token = thread_harness.ask_for_reset("zoe")

    after(thread_harness, choose_password, complete(token), "version", "token")

    assert has_password(thread_harness.services, RESET)


def test_of_two_completions_that_read_at_once_the_second_loses(
    thread_harness: RaceHarness,
) -> None:
    racing.add(thread_harness.services, "zoe")
    token = thread_harness.ask_for_reset("zoe")

    late = after(thread_harness, complete_another(token), complete(token))

    assert late is VersionConflictError
    assert not has_password(thread_harness.services, RESET)


def test_without_both_conditions_two_completions_win(thread_harness: RaceHarness) -> None:
    """Negative control."""
    racing.add(thread_harness.services, "zoe")
    token = thread_harness.ask_for_reset("zoe")

    late = after(thread_harness, complete_another(token), complete(token), "version", "token")

    assert late == RESET
    assert has_password(thread_harness.services, RESET)


def test_an_older_token_loses_against_a_newer_one(thread_harness: RaceHarness) -> None:
    """A new token leaves the version as it is, so the token itself is the condition."""
    harness = thread_harness
    racing.add(harness.services, "zoe")
    older = harness.ask_for_reset("zoe")
    newer: list[str] = []

    late = after(harness, lambda _: newer.append(harness.ask_for_reset("zoe")), complete(older))

    assert late is VersionConflictError
    assert outcome(lambda: complete(older)(harness.services)) is TokenRefusedError
    assert complete(newer[0])(harness.services) == RESET


def test_without_its_condition_an_older_token_wins_over_a_newer_one(
    thread_harness: RaceHarness,
) -> None:
    """Negative control."""
    harness = thread_harness
    racing.add(harness.services, "zoe")
    older = harness.ask_for_reset("zoe")

    late = after(harness, lambda _: harness.ask_for_reset("zoe"), complete(older), "token")

    assert late == RESET


def test_a_token_is_not_issued_for_a_password_of_before(thread_harness: RaceHarness) -> None:
    """A link that was asked for before the change reaches nobody after it."""
    racing.add(thread_harness.services, "zoe")

    after(
        thread_harness,
        choose_password,
        lambda services: services.password_reset.request_reset(customer_id="zoe"),
    )

    assert "request_password_reset" not in {
        record.operation_name for record in log_of(thread_harness.storage, "zoe")
    }


def test_without_its_condition_a_token_is_issued_for_a_password_of_before(
    thread_harness: RaceHarness,
) -> None:
    """Negative control."""
    racing.add(thread_harness.services, "zoe")

    after(
        thread_harness,
        choose_password,
        lambda services: services.password_reset.request_reset(customer_id="zoe"),
        "version",
    )

    assert "request_password_reset" in {
        record.operation_name for record in log_of(thread_harness.storage, "zoe")
    }
