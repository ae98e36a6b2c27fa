"""Use cases that ask whether a new password is known from a data breach."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    BreachedPasswords,
    CustomerExistsError,
    CustomerServiceError,
    ForbiddenError,
    HashingPlace,
    InvalidInputError,
)
from cybershop_customer.adapters.memory.breached_passwords import MemoryBreachedPasswords
from cybershop_customer.adapters.memory.hashing_lane import MemoryHashingLane

BREACHED = "known to thieves"


class Observer(BreachedPasswords):
    """Knows ``BREACHED``, and notes what was called before each question."""

    def __init__(self) -> None:
        self.bench: Workbench | None = None
        self.before: list[list[str]] = []
        self.in_lane = False
        self.asked_in_lane: list[bool] = []

    def contains(self, password: str) -> bool:
        assert self.bench is not None
        self.before.append(list(self.bench.calls.names))
        self.asked_in_lane.append(self.in_lane)
        return password == BREACHED

    def close(self) -> None:
        """Return."""


@pytest.fixture
def observer(monkeypatch: pytest.MonkeyPatch) -> Observer:
    observer = Observer()
    observer.bench = Workbench(breached=observer)
    enter = MemoryHashingLane.enter

    @contextmanager
    def noted(self: MemoryHashingLane, **arguments: object) -> Generator[HashingPlace]:
        with enter(self, **arguments) as place:  # type: ignore[arg-type]
            observer.in_lane = True
            try:
                yield place
            finally:
                observer.in_lane = False

    monkeypatch.setattr(MemoryHashingLane, "enter", noted)
    return observer


def bench_of(observer: Observer) -> Workbench:
    assert observer.bench is not None
    observer.before.clear()
    observer.asked_in_lane.clear()
    observer.bench.calls.names.clear()
    return observer.bench


def password_fault(call: Callable[[], object]) -> str:
    with pytest.raises(InvalidInputError) as refusal:
        call()
    (fault,) = refusal.value.faults
    assert fault.field == "password"
    assert BREACHED not in str(refusal.value)
    return fault.detail


def test_a_breached_password_is_refused_for_a_new_customer(observer: Observer) -> None:
    bench = bench_of(observer)

    detail = password_fault(lambda: bench.add(password=BREACHED))

    assert detail == "is known from a data breach; choose another"
    assert "hasher.hash" not in bench.calls.names
    assert bench.storage.customers.get("ann", now=bench.clock.now()) is None


def test_a_breached_password_is_refused_in_an_update(observer: Observer) -> None:
    bench = bench_of(observer)
    before = bench.add()

    password_fault(lambda: bench.update(password=BREACHED))

    assert bench.stored() == before


def test_the_question_comes_last_and_outside_the_lane(observer: Observer) -> None:
    bench = bench_of(observer)
    bench.add()
    bench.update(password="battery staple")

    assert observer.asked_in_lane == [False, False]
    added, updated = observer.before
    assert "customers.is_taken" in added
    assert "hasher.hash" not in added
    assert "hasher.verify" not in updated


def refused_add(bench: Workbench) -> None:
    bench.add(password="short")


def own_words(bench: Workbench) -> None:
    bench.add(fname="Allen", password="allen2026")


def taken_id(bench: Workbench) -> None:
    bench.add("zoe")


def update_by_a_customer(bench: Workbench) -> None:
    actor = bench.sessions.check_session(bench.login("zoe").context_id)
    bench.customers.update_customer("zoe", actor=actor, password="battery staple")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (refused_add, InvalidInputError),
        (own_words, InvalidInputError),
        (taken_id, CustomerExistsError),
        (update_by_a_customer, ForbiddenError),
    ],
)
def test_what_is_refused_anyway_asks_no_one(
    observer: Observer,
    call: Callable[[Workbench], None],
    error: type[CustomerServiceError],
) -> None:
    bench = bench_of(observer)
    bench.add("zoe")
    observer.before.clear()

    with pytest.raises(error):
        call(bench)

    assert observer.before == []


def test_an_update_without_a_password_and_a_login_ask_no_one(observer: Observer) -> None:
    bench = bench_of(observer)
    bench.add()
    observer.before.clear()

    bench.update(fname="Ann")
    bench.login()

    assert observer.before == []


def test_the_admin_of_the_settings_is_not_asked_about(observer: Observer) -> None:
    bench = bench_of(observer)

    bench.roles.ensure_admin("root", BREACHED)

    assert observer.before == []


def test_in_memory_a_password_is_known_letter_by_letter() -> None:
    breached = MemoryBreachedPasswords([BREACHED])

    assert breached.contains(BREACHED)
    assert not breached.contains(BREACHED.upper())
    assert not MemoryBreachedPasswords().contains(PASSWORD)
    breached.close()
