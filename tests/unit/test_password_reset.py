"""Customers who have forgotten their passwords set new ones by mail."""

import pytest
from support.services.self_service import (
    NEW_PASSWORD,
    mailed_token,
    mails,
    prove,
    proven_customer,
    proving_bench,
)
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    InvalidInputError,
    LoginRefusedError,
    MailOffError,
    NotificationKind,
    OneTimeToken,
    RateLimit,
    SessionPolicy,
    SourcePolicy,
    TokenRefusedError,
    TooManyAttemptsError,
)
from cybershop_customer.adapters.memory.breached_passwords import MemoryBreachedPasswords

OLD = "ann@shop.example"
LINK = [(NotificationKind.RESET_PASSWORD, OLD)]


def ask(bench: Workbench, **name: str) -> str:
    bench.password_reset.request_reset(**(name or {"customer_id": "ann"}))
    return mailed_token(bench)


def complete(bench: Workbench, token: str, password: str = NEW_PASSWORD, **more: str) -> None:
    bench.password_reset.complete_reset(token=token, password=password, **more)


@pytest.mark.parametrize("name", [{"customer_id": "ann"}, {"email": "ANN@shop.example"}])
def test_the_link_sets_a_new_password(bench: Workbench, name: dict[str, str]) -> None:
    bench.add()

    complete(bench, ask(bench, **name))

    assert bench.login(password=NEW_PASSWORD)
    with pytest.raises(LoginRefusedError):
        bench.login()


def test_sessions_end_devices_are_forgotten_and_the_customer_is_told(bench: Workbench) -> None:
    bench.add()
    login = bench.login()
    token = ask(bench)
    bench.mail.clear()

    complete(bench, token)

    assert not bench.is_live(login.context_id)
    stored = bench.storage.sessions.get_with_sessions("ann", now=bench.clock.now())
    assert stored is not None
    assert stored.devices == ()
    assert mails(bench) == [(NotificationKind.PASSWORD_CHANGED, OLD)]
    record = bench.last_record()
    assert (record.operation_name, record.fields) == ("complete_password_reset", ("password",))


@pytest.mark.parametrize("name", [{"customer_id": "ann"}, {"email": OLD}])
def test_the_customer_is_unlocked(name: dict[str, str]) -> None:
    bench = Workbench(policy=SessionPolicy(login_attempts=4))
    bench.add()
    token = ask(bench)
    for _ in range(3):
        with pytest.raises(LoginRefusedError):
            bench.sessions.login(**name, password="a guess")
    with pytest.raises(TooManyAttemptsError):
        bench.sessions.login(**name, password=PASSWORD)

    complete(bench, token)

    assert bench.sessions.login(**name, password=NEW_PASSWORD)


@pytest.mark.parametrize("name", [{"customer_id": "nobody"}, {"email": "nobody@shop.example"}])
def test_an_unknown_customer_is_answered_the_same_and_gets_nothing(
    bench: Workbench, name: dict[str, str]
) -> None:
    bench.add()
    known = {key: value.replace("nobody", "ann") for key, value in name.items()}

    calls = [
        bench.calls.during(lambda: bench.password_reset.request_reset(**asked))  # noqa: B023
        for asked in (known, name)
    ]

    assert calls[0] == calls[1] == ["throttle.charge"]
    assert len(bench.background.waiting) == 2
    assert bench.background.waiting[0] == bench.background.waiting[1]
    assert mails(bench) == LINK


def test_a_token_works_once_and_only_the_newest(bench: Workbench) -> None:
    bench.add()
    first = ask(bench)
    newest = ask(bench)
    with pytest.raises(TokenRefusedError):
        complete(bench, first)

    complete(bench, newest)

    with pytest.raises(TokenRefusedError):
        complete(bench, newest, "another password")
    assert bench.login(password=NEW_PASSWORD)


def test_a_newer_token_between_wins(bench: Workbench) -> None:
    bench.add()
    token = ask(bench)
    newer: list[str] = []
    bench.calls.before("customers.update", lambda: newer.append(ask(bench)))

    with pytest.raises(TokenRefusedError):
        complete(bench, token)

    complete(bench, *newer)


@pytest.mark.parametrize(("minutes", "works"), [(29.99, True), (30, False)])
def test_a_token_works_for_half_an_hour(bench: Workbench, minutes: float, *, works: bool) -> None:
    bench.add()
    token = ask(bench)
    bench.clock.advance(minutes=minutes)

    if works:
        complete(bench, token)
    else:
        with pytest.raises(TokenRefusedError):
            complete(bench, token)


def test_only_the_hash_of_the_token_is_kept(bench: Workbench) -> None:
    bench.add()
    token = ask(bench)
    stored = bench.stored().password_reset

    assert stored is not None
    assert stored.token_hash == OneTimeToken.parse(token).token_hash
    assert token[:43] not in f"{stored.token_hash}{bench.log()}"


@pytest.mark.parametrize("change", [{"email": "new@shop.example"}, {"password": "set by an admin"}])
def test_a_change_of_address_or_password_voids_the_link(
    bench: Workbench, change: dict[str, str]
) -> None:
    bench.add()
    token = ask(bench)

    bench.update(**change)

    with pytest.raises(TokenRefusedError):
        complete(bench, token)


def test_a_change_of_the_address_before_the_token_is_stored_stops_the_mail(
    bench: Workbench,
) -> None:
    bench.add()
    bench.calls.before("customers.issue_token", lambda: bench.update(email="new@shop.example"))
    bench.password_reset.request_reset(customer_id="ann")

    assert mails(bench) == [(NotificationKind.EMAIL_CHANGED, OLD)]


def test_a_refused_password_leaves_the_token(bench: Workbench) -> None:
    bench = Workbench(breached=MemoryBreachedPasswords(["breached one"]))
    bench.add(fname="Rumpelstiltskin")
    token = ask(bench)
    for password in ("short", "ann@shop.example", "Rumpelstiltskin", "breached one"):
        with pytest.raises(InvalidInputError):
            complete(bench, token, password)

    complete(bench, token)


def test_a_completion_reads_the_customer_once(bench: Workbench) -> None:
    bench.add()
    token = ask(bench)

    calls = bench.calls.during(lambda: complete(bench, token))

    assert [name for name in calls if name.startswith("customers.")] == [
        "customers.get",
        "customers.update",
    ]


def test_a_change_between_is_kept(bench: Workbench) -> None:
    bench.add()
    token = ask(bench)
    bench.calls.before("customers.update", lambda: bench.update(fname="Ann"))
    bench.calls.before("customers.update", lambda: None)

    complete(bench, token)

    assert bench.stored().fname == "Ann"
    assert bench.login(password=NEW_PASSWORD)


def test_a_second_completion_between_wins(bench: Workbench) -> None:
    bench.add()
    token = ask(bench)
    bench.calls.before("customers.update", lambda: complete(bench, token, "the first of two"))
    bench.calls.before("customers.update", lambda: None)

    with pytest.raises(TokenRefusedError):
        complete(bench, token)

    assert bench.login(password="the first of two")


def test_asking_is_limited_by_name_whether_it_exists_or_not(bench: Workbench) -> None:
    bench.add()
    for name in ({"customer_id": "ann"}, {"customer_id": "nobody"}, {"email": OLD}):
        for _ in range(3):
            bench.password_reset.request_reset(**name)
        with pytest.raises(TooManyAttemptsError) as refusal:
            bench.password_reset.request_reset(**name)
        assert refusal.value.budget == "mail"
    records = [record.operation_name for record in bench.log("-")]
    assert records == ["request_mail"] * 3


def test_asking_is_limited_by_source() -> None:
    bench = Workbench(source_policy=SourcePolicy(mails=RateLimit(4, SessionPolicy().max_lifetime)))
    for number in range(3):
        bench.password_reset.request_reset(customer_id=f"c{number}", source="192.0.2.7")

    with pytest.raises(TooManyAttemptsError) as refusal:
        bench.password_reset.request_reset(customer_id="c4", source="192.0.2.7")
    assert refusal.value.budget == "mails"
    bench.password_reset.request_reset(customer_id="c4", source="192.0.2.8")


def test_the_records_name_the_source(bench: Workbench) -> None:
    bench.add()
    bench.password_reset.request_reset(customer_id="ann", source="192.0.2.7")
    token = mailed_token(bench)
    assert bench.last_record().source == "192.0.2.7"

    complete(bench, token, source="192.0.2.8")

    assert bench.last_record().source == "192.0.2.8"


def test_one_address_gets_few_links_whoever_shares_it() -> None:
    bench = Workbench(unique_email=False)
    for number in range(6):
        bench.add(f"c{number}", email=OLD)
        bench.password_reset.request_reset(customer_id=f"c{number}")

    assert mails(bench) == LINK * 3


def test_shared_addresses_name_no_customer() -> None:
    bench = Workbench(unique_email=False)
    bench.add()
    with pytest.raises(InvalidInputError):
        bench.password_reset.request_reset(email=OLD)

    complete(bench, ask(bench))


@pytest.mark.parametrize("token", ["", "x", "x" * 43 + ".ann", "x" * 43 + ".nobody", None, 5])
def test_a_wrong_token_is_refused_and_charged_to_its_source(token: str) -> None:
    hourly = RateLimit(4, SessionPolicy().max_lifetime)
    bench = Workbench(source_policy=SourcePolicy(failures=hourly, registrations=None))
    bench.add()
    right = ask(bench)
    for _ in range(3):
        with pytest.raises(TokenRefusedError):
            complete(bench, token, source="192.0.2.7")

    with pytest.raises(TooManyAttemptsError):
        complete(bench, right, source="192.0.2.7")
    complete(bench, right, source="192.0.2.8")


def test_a_link_of_another_purpose_is_refused() -> None:
    bench = proving_bench()
    bench.add()
    token = mailed_token(bench)
    with pytest.raises(TokenRefusedError):
        complete(bench, token)


def test_where_addresses_are_proven_only_those_get_links() -> None:
    bench = proving_bench()
    bench.add()
    bench.background.run_all()
    bench.mail.clear()
    bench.password_reset.request_reset(customer_id="ann")
    assert mails(bench) == []

    bench.email_verification.request_verification(customer_id="ann")
    prove(bench)
    bench.mail.clear()
    bench.password_reset.request_reset(email=OLD)

    assert mails(bench) == LINK


def test_it_voids_a_wish_for_another_address() -> None:
    bench = proving_bench()
    session = proven_customer(bench)
    bench.accounts.change_email(actor=session, email="thief@shop.example")
    thiefs = mailed_token(bench, "thief@shop.example")

    complete(bench, ask(bench))

    with pytest.raises(TokenRefusedError):
        bench.email_verification.complete_verification(token=thiefs)


def test_without_a_notifier_there_is_none() -> None:
    with pytest.raises(MailOffError):
        Workbench(sends_mail=False).password_reset.request_reset(customer_id="ann")


def test_a_completed_reset_costs_its_source_nothing() -> None:
    hourly = RateLimit(4, SessionPolicy().max_lifetime)
    bench = Workbench(source_policy=SourcePolicy(failures=hourly, registrations=None))
    for number in range(6):
        bench.add(f"c{number}")
        token = ask(bench, customer_id=f"c{number}")

        complete(bench, token, source="192.0.2.7")
