"""Links that prove an address: asking again, and following them."""

import pytest
from support.services.self_service import (
    REQUIRED,
    mailed_token,
    mails,
    prove,
    proven_customer,
    proving_bench,
    store_token,
)
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    MailOffError,
    NotificationKind,
    RateLimit,
    SessionPolicy,
    SourcePolicy,
    TokenRefusedError,
    TooManyAttemptsError,
)
from cybershop_customer.domain.one_time_token import OneTimeToken
from cybershop_customer.domain.services.mailer import Mailer

ADDRESS = "ann@shop.example"
LINK = (NotificationKind.VERIFY_EMAIL, ADDRESS)
DAY = 24 * 60


@pytest.fixture
def bench() -> Workbench:
    return proving_bench()


def complete(bench: Workbench, token: str, **more: str) -> None:
    bench.email_verification.complete_verification(token=token, **more)


def ask(bench: Workbench, **name: str) -> None:
    bench.email_verification.request_verification(**(name or {"customer_id": "ann"}))


@pytest.mark.parametrize(("minutes", "works"), [(DAY - 0.01, True), (DAY, False)])
def test_a_link_works_for_a_day(bench: Workbench, minutes: float, *, works: bool) -> None:
    bench.add()
    token = mailed_token(bench)
    bench.clock.advance(minutes=minutes)
    if not works:
        with pytest.raises(TokenRefusedError):
            complete(bench, token)
        ask(bench)
        token = mailed_token(bench)

    complete(bench, token)

    assert bench.stored().email_verified


def test_a_link_works_once_and_only_the_newest(bench: Workbench) -> None:
    bench.add()
    first = mailed_token(bench)
    ask(bench)
    newest = mailed_token(bench)
    with pytest.raises(TokenRefusedError):
        complete(bench, first)

    complete(bench, newest)

    with pytest.raises(TokenRefusedError):
        complete(bench, newest)


def test_the_records_name_the_source(bench: Workbench) -> None:
    bench.add()
    ask(bench, customer_id="ann", source="192.0.2.7")
    token = mailed_token(bench)
    assert bench.last_record().source == "192.0.2.7"

    complete(bench, token, source="192.0.2.8")

    assert bench.last_record().source == "192.0.2.8"


def test_a_newer_link_between_wins(bench: Workbench) -> None:
    bench.add()
    token = mailed_token(bench)
    bench.calls.before("customers.update", lambda: (ask(bench), bench.background.run_all()))

    with pytest.raises(TokenRefusedError):
        complete(bench, token)

    prove(bench)


def test_a_link_that_is_not_sent_again_stays_good(bench: Workbench) -> None:
    bench.add()
    for _ in range(2):
        ask(bench)
    newest = mailed_token(bench)
    bench.mail.clear()
    bench.add("eve", email=ADDRESS)
    bench.clock.advance(minutes=19)
    ask(bench, email=ADDRESS)
    bench.email_verification.issue_later("ann")
    assert mails(bench) == []

    complete(bench, newest)


def test_a_password_that_changes_voids_the_link_and_another_may_be_asked_for(
    bench: Workbench,
) -> None:
    bench.add()
    token = mailed_token(bench)
    bench.update(password="set by an admin")
    with pytest.raises(TokenRefusedError):
        complete(bench, token)

    ask(bench)
    prove(bench)

    assert bench.stored().email_verified


@pytest.mark.parametrize("name", [{"customer_id": "nobody"}, {"email": "nobody@shop.example"}])
def test_an_unknown_customer_is_answered_the_same(bench: Workbench, name: dict[str, str]) -> None:
    bench.add()
    known = {key: value.replace("nobody", "ann") for key, value in name.items()}
    calls = [bench.calls.during(lambda: ask(bench, **asked)) for asked in (known, name)]  # noqa: B023

    assert calls[0] == calls[1] == ["throttle.charge"]


def test_a_proven_address_gets_no_more_links(bench: Workbench) -> None:
    proven_customer(bench)

    ask(bench)

    assert mails(bench) == []


def test_a_wish_for_another_address_is_sent_again_while_its_link_works(bench: Workbench) -> None:
    session = proven_customer(bench)
    bench.accounts.change_email(actor=session, email="new@shop.example")
    again = (NotificationKind.VERIFY_EMAIL, "new@shop.example")
    assert mails(bench) == [again]
    ask(bench)
    assert mails(bench) == [again]

    bench.clock.advance(minutes=DAY)
    ask(bench)
    assert mails(bench) == [], "a stranger cannot renew a wish from long ago"


def test_asking_is_limited_by_name(bench: Workbench) -> None:
    for _ in range(3):
        ask(bench)
    with pytest.raises(TooManyAttemptsError):
        ask(bench)


def test_asking_uses_up_no_link_of_another_kind(bench: Workbench) -> None:
    proven_customer(bench)
    for name in ({"customer_id": "ann"}, {"email": ADDRESS}):
        for _ in range(3):
            ask(bench, **name)

        bench.password_reset.request_reset(**name)

        assert [kind for kind, _ in mails(bench)] == [NotificationKind.RESET_PASSWORD]


def test_who_names_an_address_uses_up_no_link_of_its_holder(bench: Workbench) -> None:
    bench.customers.add_customer(
        customer_id="ann", email=ADDRESS, password=PASSWORD, actor=OPERATOR
    )
    for number in range(5):
        bench.add(f"eve-{number}", email=ADDRESS)
    mails(bench)

    ask(bench)

    assert mails(bench) == [LINK]


@pytest.mark.parametrize("others", [0, 3])
def test_an_export_does_not_show_whether_an_address_is_taken(bench: Workbench, others: int) -> None:
    proven_customer(bench)
    exports: list[object] = []
    for eve, address in (("eve-1", "free@shop.example"), ("eve-2", ADDRESS)):
        for number in range(others):
            bench.add(f"{number}-{eve}", email=address)
        bench.add(eve, email=address)
        bench.background.run_all()
        bench.clock.advance(minutes=1)
        ask(bench, customer_id=eve)
        bench.background.run_all()

        pending = bench.stored(eve).email_verification
        assert pending is not None
        records = sorted(record.operation_name for record in bench.log(eve))
        exports.append((pending.expires_at - bench.clock.now(), records))

    first, second = exports
    assert first == second


def test_asking_is_limited_by_source() -> None:
    hourly = RateLimit(4, SessionPolicy().max_lifetime)
    bench = proving_bench(source_policy=SourcePolicy(mails=hourly))
    for number in range(3):
        ask(bench, customer_id=f"c{number}", source="192.0.2.7")
    with pytest.raises(TooManyAttemptsError) as refusal:
        ask(bench, customer_id="c4", source="192.0.2.7")
    assert refusal.value.budget == "mails"


def test_wrong_links_are_charged_to_their_source() -> None:
    hourly = RateLimit(4, SessionPolicy().max_lifetime)
    bench = proving_bench(source_policy=SourcePolicy(failures=hourly, registrations=None))
    bench.add()
    right = mailed_token(bench)
    for token in ("x", "x" * 43 + ".ann", "x" * 43 + ".nobody"):
        with pytest.raises(TokenRefusedError):
            complete(bench, token, source="192.0.2.7")
    with pytest.raises(TooManyAttemptsError):
        complete(bench, right, source="192.0.2.7")

    complete(bench, right, source="192.0.2.8")


def test_a_wrong_link_of_a_customer_is_recorded(bench: Workbench) -> None:
    bench.add()
    bench.clock.advance(seconds=1)
    with pytest.raises(TokenRefusedError):
        complete(bench, "x" * 43 + ".ann")
    record = bench.last_record()
    assert (record.operation_name, record.status_code) == ("complete_email_verification", 400)


def test_a_reset_link_proves_no_address(bench: Workbench) -> None:
    proven_customer(bench)
    bench.password_reset.request_reset(customer_id="ann")
    token = mailed_token(bench)
    with pytest.raises(TokenRefusedError):
        complete(bench, token)


def test_mail_that_finds_no_room_fails_no_request(bench: Workbench) -> None:
    bench.background.close(0)

    bench.add()

    assert bench.login()


@pytest.mark.parametrize("bench_without", [Workbench(), proving_bench(sends_mail=False)])
def test_where_no_link_is_sent_none_can_be_asked_for(bench_without: Workbench) -> None:
    with pytest.raises(MailOffError):
        ask(bench_without)


def test_a_token_without_an_address_proves_nothing() -> None:
    bench = proving_bench()
    bench.add("ann")
    token = OneTimeToken.new("ann", b"x" * 32)
    store_token(bench, token, None)

    with pytest.raises(TokenRefusedError):
        bench.email_verification.complete_verification(token=token.secret)


def test_without_a_notifier_nothing_is_sent_and_nothing_waits() -> None:
    bench = proving_bench(sends_mail=False)
    customer = bench.add("ann")

    assert bench.background.waiting == ()
    mailer = Mailer(None, bench.background, REQUIRED)
    mailer.tell(NotificationKind.PASSWORD_CHANGED, customer, "ann@shop.example")
