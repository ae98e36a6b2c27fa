"""A registration with an ``Idempotency-Key`` that comes again."""

from datetime import timedelta
from typing import Any

import pytest
from support.services.self_service import mails, proving_bench
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    Customer,
    CustomerExistsError,
    EmailTakenError,
    IdempotencyKeyReusedError,
    IdPolicy,
    InvalidInputError,
    LoginRefusedError,
    RateLimit,
    ServiceBusyError,
    SessionPolicy,
    SourcePolicy,
    StoreFaultError,
    StoreUnavailableError,
    TooManyAttemptsError,
)

KEY = "4f6d2f9a-7c1e-4d0b-9a53-0c3f8a1e5b77"
DAY = timedelta(days=1)
LIMIT = RateLimit(8, timedelta(hours=1))
SOURCE = "192.0.2.7"


@pytest.fixture
def bench() -> Workbench:
    return Workbench(
        policy=SessionPolicy(login_attempts=4),
        source_policy=SourcePolicy(failures=LIMIT, registrations=None),
    )


def register(bench: Workbench, **fields: Any) -> Customer:
    given = {"email": "ann@shop.example", "password": PASSWORD, "fname": "Ann", **fields}
    return bench.customers.add_customer(**{"idempotency_key": KEY, **given})


@pytest.mark.parametrize("customer_id", [None, "ann"])
def test_it_returns_the_customer_as_it_was_added(bench: Workbench, customer_id: str | None) -> None:
    first = register(bench, customer_id=customer_id)
    before = bench.states(first.customer_id)
    bench.clock.advance(minutes=23 * 60)

    assert register(bench, customer_id=customer_id) == first
    assert bench.states(first.customer_id) == before, "one customer, one record"
    assert bench.stored(first.customer_id) == first


def test_changes_in_between_do_not_change_the_answer(bench: Workbench) -> None:
    first = register(bench, customer_id="ann")
    bench.update(fname="Anne")

    again = register(bench, customer_id="ann")

    assert (again.version, again.fname) == (first.version, "Ann")


def test_another_key_gives_another_id(bench: Workbench) -> None:
    first = register(bench)
    other = register(bench, email="bea@shop.example", idempotency_key=KEY.upper())

    assert first.customer_id != other.customer_id


@pytest.mark.parametrize(
    "other",
    [
        {"email": "ANN@shop.example"},
        {"email": "bea@shop.example"},
        {"fname": "Anne"},
        {"locale": "de"},
        {"customer_id": "bea"},
        {"actor": OPERATOR},
        {"password": "another horse"},
    ],
    ids="-".join,
)
def test_another_request_is_refused_and_changes_nothing(
    bench: Workbench, other: dict[str, Any]
) -> None:
    first = register(bench)
    before = bench.storage.customers.get(first.customer_id, now=bench.clock.now())

    with pytest.raises(IdempotencyKeyReusedError):
        register(bench, **other)

    assert bench.stored(first.customer_id) == before
    assert bench.storage.customers.get("bea", now=bench.clock.now()) is None


def test_the_derived_id_given_by_name_is_another_request(bench: Workbench) -> None:
    first = register(bench)

    with pytest.raises(IdempotencyKeyReusedError):
        register(bench, customer_id=first.customer_id)


def test_after_a_day_it_meets_its_own_customer(bench: Workbench) -> None:
    register(bench)
    bench.clock.advance(minutes=24 * 60)

    with pytest.raises(CustomerExistsError):
        register(bench)


def test_a_refused_registration_may_be_corrected_under_its_key(bench: Workbench) -> None:
    bench.add("bea")
    with pytest.raises(EmailTakenError):
        register(bench, email="bea@shop.example")
    with pytest.raises(InvalidInputError):
        register(bench, fname="\n")

    assert register(bench)


@pytest.mark.parametrize(
    ("policy", "error"),
    [(IdPolicy(), CustomerExistsError), (IdPolicy(reuse=True), IdempotencyKeyReusedError)],
    ids=["the id is kept", "the id is free"],
)
def test_a_customer_who_was_deleted_does_not_come_back(
    policy: IdPolicy, error: type[Exception]
) -> None:
    bench = Workbench(id_policy=policy)
    first = register(bench, customer_id="ann")
    bench.delete()

    with pytest.raises(error):
        register(bench, customer_id="ann")

    assert bench.storage.customers.get(first.customer_id, now=bench.clock.now()) is None


def test_a_later_customer_with_the_id_is_not_the_answer(bench: Workbench) -> None:
    register(bench, customer_id="ann")
    bench.delete()
    bench.clock.advance(seconds=1)
    bench.add()

    with pytest.raises(CustomerExistsError):
        register(bench, customer_id="ann")


@pytest.mark.parametrize("change", ["password", "reset"])
def test_a_customer_with_another_password_is_not_shown(bench: Workbench, change: str) -> None:
    register(bench, customer_id="ann")
    bench.update(password=f"{change} horse")

    with pytest.raises(IdempotencyKeyReusedError):
        register(bench, customer_id="ann")


def test_one_mail_is_sent() -> None:
    bench = proving_bench()
    first = register(bench)
    register(bench)

    assert len(mails(bench)) == 1
    assert bench.stored(first.customer_id).email_verification is not None


class TestBudgets:
    def test_a_wrong_password_is_recorded_and_counts_as_a_failed_login(
        self, bench: Workbench
    ) -> None:
        register(bench, customer_id="ann")
        for _ in range(3):
            with pytest.raises(IdempotencyKeyReusedError):
                register(bench, customer_id="ann", password="wrong horse", source=SOURCE)

        record = bench.last_record()
        assert (record.operation_name, record.status_code, record.source) == (
            "add_customer",
            422,
            SOURCE,
        )
        with pytest.raises(TooManyAttemptsError):
            bench.login()
        with pytest.raises(TooManyAttemptsError):
            register(bench, customer_id="ann")

    def test_failed_logins_count_for_a_repetition(self, bench: Workbench) -> None:
        register(bench, customer_id="ann")
        for _ in range(3):
            with pytest.raises(LoginRefusedError):
                bench.login(password="wrong horse")

        calls = bench.calls.during(lambda: register(bench, customer_id="ann"))

        assert "hasher.verify" not in calls

    def test_wrong_passwords_count_for_the_source(self, bench: Workbench) -> None:
        keys = [f"{KEY}-{number}" for number in range(LIMIT.burst)]
        for key in keys:
            register(bench, customer_id=key, email=f"{key}@shop.example", idempotency_key=key)
        for key in keys:
            given = {"customer_id": key, "email": f"{key}@shop.example", "idempotency_key": key}
            with pytest.raises(IdempotencyKeyReusedError):
                register(bench, **given, password="wrong horse", source=SOURCE)

        with pytest.raises(TooManyAttemptsError):
            bench.sessions.login(customer_id=keys[0], password=PASSWORD, source=SOURCE)

    def test_right_passwords_do_not_count(self, bench: Workbench) -> None:
        register(bench, customer_id="ann")
        for _ in range(9):
            register(bench, customer_id="ann", source=SOURCE)

        assert bench.login()

    def test_each_repetition_counts_as_a_registration(self) -> None:
        bench = Workbench(source_policy=SourcePolicy(failures=None, registrations=LIMIT))
        for _ in range(LIMIT.burst):
            register(bench, source=SOURCE)

        calls = bench.calls.during(lambda: register(bench, source=SOURCE))

        assert "customers.is_taken" not in calls

    @pytest.mark.parametrize(
        "error", [StoreUnavailableError(), StoreFaultError("no rights"), ServiceBusyError()]
    )
    @pytest.mark.parametrize(
        "call",
        ["customers.find_registration", "customers.get", "throttle.charge", "hasher.verify"],
    )
    def test_a_failure_that_is_not_the_callers_is_not_counted(
        self, call: str, error: Exception
    ) -> None:
        bench = Workbench(
            policy=SessionPolicy(login_attempts=4),
            source_policy=SourcePolicy(failures=LIMIT, registrations=LIMIT),
        )
        register(bench)
        for _ in range(9):
            bench.calls.fail(call, error)
            with pytest.raises(type(error)):
                register(bench, source=SOURCE)

        assert register(bench, source=SOURCE)


class TestCalls:
    def test_a_repetition_hashes_nothing_and_writes_no_customer(self, bench: Workbench) -> None:
        register(bench)

        assert bench.calls.during(lambda: register(bench)) == [
            "customers.is_taken",
            "customers.find_registration",
            "customers.get",
            "throttle.charge",
            "hasher.verify",
            "throttle.refund",
        ]

    def test_a_first_registration_with_a_key_reads_no_more_than_one_without(
        self, bench: Workbench
    ) -> None:
        expected = ["customers.is_taken", "hasher.hash", "customers.add"]

        assert bench.calls.during(lambda: register(bench)) == expected
        assert bench.calls.during(lambda: bench.add("bea")) == expected

    def test_another_request_under_a_taken_id_verifies_no_password(self, bench: Workbench) -> None:
        register(bench)

        calls = bench.calls.during(lambda: register(bench, fname="Anne"))

        assert calls == ["customers.is_taken", "customers.find_registration"]

    def test_a_repetition_whose_look_up_was_late_is_answered_too(self, bench: Workbench) -> None:
        """The first one is stored while the second hashes."""
        firsts: list[Customer] = []
        bench.calls.before("hasher.hash", lambda: firsts.append(register(bench)))

        second = register(bench)

        assert [second] == firsts
        assert len(bench.log(second.customer_id)) == 1
