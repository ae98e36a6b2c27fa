"""Logins on known devices, which a stranger's failures do not stop."""

from contextlib import suppress

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    Device,
    InvalidInputError,
    LoginRefusedError,
    LoginResult,
    SessionPolicy,
    StoreUnavailableError,
    TooManyAttemptsError,
)
from cybershop_customer.domain.device import MAX_DEVICES, DeviceToken

POLICY = SessionPolicy(login_attempts=4, login_window_seconds=900)
WRONG = "not the password"


@pytest.fixture
def bench() -> Workbench:
    bench = Workbench(policy=POLICY)
    bench.add("ann")
    return bench


def on(bench: Workbench, token: str | None, password: str = PASSWORD, **named: str) -> LoginResult:
    """Log in with a device token."""
    given = named or {"customer_id": "ann"}
    return bench.sessions.login(**given, password=password, device_token=token)


def known(bench: Workbench, customer_id: str = "ann") -> set[Device]:
    return set(bench.states(customer_id)[0].devices)


def use_up(bench: Workbench, token: str | None = None, **named: str) -> None:
    """Fail until the budget is used up."""
    with suppress(TooManyAttemptsError):
        while True:
            with suppress(LoginRefusedError):
                on(bench, token, WRONG, **named)


def test_every_login_without_a_token_gets_one_of_its_own(bench: Workbench) -> None:
    tokens = {bench.login().device_token for _ in range(3)}

    assert len(tokens) == 3
    assert all(len(token) == 43 for token in tokens)


def test_only_a_hash_of_the_token_is_kept_and_the_second_of_its_use(bench: Workbench) -> None:
    token = bench.login().device_token

    now = bench.clock.now()
    assert now.microsecond
    assert known(bench) == {Device(DeviceToken(token).device_id, now.replace(microsecond=0))}
    assert token not in repr(bench.storage.sessions.get_with_sessions("ann", now=bench.clock.now()))


@pytest.mark.parametrize("named", [{"customer_id": "ann"}, {"email": "Ann@shop.example"}])
def test_a_known_device_gets_the_same_token_as_the_newest(
    bench: Workbench, named: dict[str, str]
) -> None:
    first = bench.login().device_token
    bench.clock.advance(seconds=1)
    bench.login()
    bench.clock.advance(seconds=1)

    again = on(bench, first, **named)

    assert again.device_token == first
    assert bench.is_live(again.context_id)
    newest = max(known(bench), key=lambda device: device.used_at)
    assert newest.device_id == DeviceToken(first).device_id
    assert len(known(bench)) == 2


def test_the_device_that_was_used_least_recently_is_forgotten(bench: Workbench) -> None:
    tokens = []
    for _ in range(MAX_DEVICES):
        tokens.append(bench.login().device_token)
        bench.clock.advance(seconds=1)
    on(bench, tokens[0])
    bench.clock.advance(seconds=1)

    bench.login()

    assert on(bench, tokens[0]).device_token == tokens[0]
    assert on(bench, tokens[1]).device_token != tokens[1]


@pytest.mark.parametrize("token", ["x", "x" * 43, "-_" * 64])
def test_an_unknown_token_counts_as_none(bench: Workbench, token: str) -> None:
    result = on(bench, token)

    assert result.device_token != token
    assert on(bench, result.device_token).device_token == result.device_token


def test_another_customers_token_counts_as_none(bench: Workbench) -> None:
    bench.add("bob")
    bobs = bench.login("bob").device_token

    assert on(bench, bobs).device_token != bobs
    use_up(bench, bobs)
    with pytest.raises(TooManyAttemptsError):
        bench.login()
    assert on(bench, bobs, customer_id="bob").device_token == bobs


@pytest.mark.parametrize("token", ["", "a b", "ä", "x" * 129, "\udcff", "x\n", 7, ["x"], b"x"])
def test_a_malformed_token_is_a_fault_of_its_field(bench: Workbench, token: object) -> None:
    bench.calls.names.clear()

    with pytest.raises(InvalidInputError) as refusal:
        on(bench, token)  # type: ignore[arg-type]

    assert [fault.field for fault in refusal.value.faults] == ["device_token"]
    assert bench.calls.names == []


def test_the_faults_of_a_token_are_reported_with_the_others(bench: Workbench) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        on(bench, "a b", "\udcff", customer_id="ä")

    at_fault = [fault.field for fault in refusal.value.faults]
    assert at_fault == ["customer_id", "password", "device_token"]


@pytest.mark.parametrize("named", [{"customer_id": "ann"}, {"email": "ann@shop.example"}])
def test_strangers_do_not_keep_the_owner_from_a_known_device(
    bench: Workbench, named: dict[str, str]
) -> None:
    token = bench.login().device_token
    use_up(bench, **named)
    use_up(bench, "invented", **named)

    with pytest.raises(TooManyAttemptsError):
        on(bench, None, **named)
    for _ in range(10):
        assert on(bench, token, **named).device_token == token


def test_failures_on_a_known_device_count_for_it_alone(bench: Workbench) -> None:
    token, other = bench.login().device_token, bench.login().device_token
    use_up(bench, token)

    with pytest.raises(TooManyAttemptsError) as refusal:
        on(bench, token)

    assert bench.login()
    assert on(bench, other)
    bench.clock.advance(seconds=refusal.value.retry_after)
    assert on(bench, token).device_token == token


def test_a_device_has_one_budget_for_the_id_and_the_address(bench: Workbench) -> None:
    token = bench.login().device_token
    use_up(bench, token)

    with pytest.raises(TooManyAttemptsError):
        on(bench, token, email="ann@shop.example")


def test_a_refused_login_makes_no_device_known(bench: Workbench) -> None:
    with suppress(LoginRefusedError):
        on(bench, "x" * 43, WRONG)

    assert known(bench) == set()


def test_a_new_password_forgets_every_device(bench: Workbench) -> None:
    tokens = [bench.login().device_token for _ in range(2)]
    bench.update(password="battery staple")

    assert known(bench) == set()
    assert on(bench, tokens[0], "battery staple").device_token not in tokens


def test_the_same_password_again_forgets_none(bench: Workbench) -> None:
    token = bench.login().device_token
    bench.update(password=PASSWORD)

    assert on(bench, token).device_token == token


def test_what_ends_sessions_forgets_no_device(bench: Workbench) -> None:
    login = bench.login()
    bench.sessions.end_sessions("ann", actor=login.session)
    bench.sessions.logout(bench.login().context_id)

    assert on(bench, login.device_token).device_token == login.device_token


def test_a_deletion_forgets_every_device(bench: Workbench) -> None:
    token = bench.login().device_token
    bench.delete()
    bench.add("ann")

    assert on(bench, token).device_token != token


def test_a_login_that_lost_a_race_adds_its_device_all_the_same(bench: Workbench) -> None:
    others: list[LoginResult] = []
    bench.calls.before("sessions.open", lambda: others.append(bench.login()))

    ours = bench.login()

    assert {device.device_id for device in known(bench)} == {
        DeviceToken(result.device_token).device_id for result in (ours, *others)
    }


def test_a_device_that_was_forgotten_during_its_login_is_known_again(bench: Workbench) -> None:
    token = bench.login().device_token

    def log_in_elsewhere() -> None:
        for _ in range(MAX_DEVICES):
            bench.clock.advance(seconds=1)
            bench.login()

    bench.calls.before("sessions.open", log_in_elsewhere)

    assert on(bench, token).device_token == token
    assert on(bench, token).device_token == token
    assert len(known(bench)) == MAX_DEVICES


def test_a_new_password_during_a_login_leaves_no_device(bench: Workbench) -> None:
    token = bench.login().device_token
    bench.calls.before("sessions.open", lambda: bench.update(password="battery staple"))

    with pytest.raises(LoginRefusedError):
        on(bench, token)

    assert known(bench) == set()


@pytest.mark.parametrize("token", ["known", "unknown"])
def test_a_token_costs_no_further_call(bench: Workbench, token: str) -> None:
    token = bench.login().device_token if token == "known" else token

    assert bench.calls.during(lambda: on(bench, token)) == [
        "sessions.get_with_sessions",
        "throttle.charge",
        "hasher.verify",
        "hasher.needs_rehash",
        "sessions.open",
        "throttle.refund",
    ]


def test_a_store_that_does_not_answer_is_no_refusal(bench: Workbench) -> None:
    token = bench.login().device_token
    bench.calls.fail("sessions.get_with_sessions", StoreUnavailableError())

    with pytest.raises(StoreUnavailableError):
        on(bench, token)
