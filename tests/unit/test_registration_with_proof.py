"""Registration where an address must be proven before it belongs to a customer."""

from datetime import timedelta

import pytest
from support.services.self_service import mailed_token, mails, prove, proven_customer, proving_bench
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    Customer,
    CustomerExistsError,
    CustomerNotFoundError,
    EmailTakenError,
    LoginRefusedError,
    NotificationKind,
)

ADDRESS = "ann@shop.example"
LINK = (NotificationKind.VERIFY_EMAIL, ADDRESS)
NOTICE = (NotificationKind.EMAIL_IN_USE, ADDRESS)


@pytest.fixture
def bench() -> Workbench:
    return proving_bench()


def find(bench: Workbench, customer_id: str = "ann") -> Customer | None:
    return bench.storage.customers.get(customer_id, now=bench.clock.now())


def test_a_registration_holds_no_address(bench: Workbench) -> None:
    customer = bench.add()

    assert customer.email == ADDRESS
    assert customer.email_key is None
    assert not customer.email_verified
    assert bench.storage.customers.find_id_by_email(ADDRESS) is None
    with pytest.raises(LoginRefusedError):
        bench.login_by_email("ann")
    assert not bench.login().session.email_verified
    assert mails(bench) == [LINK]


def test_the_proof_makes_it_the_customers(bench: Workbench) -> None:
    bench.add()
    context_id = bench.login().context_id

    prove(bench)

    assert bench.login_by_email("ann")
    assert bench.sessions.check_session(context_id).email_verified, "the session stays"
    record = bench.last_record()
    assert bench.stored().email_key == ADDRESS
    assert record.customer_id == "ann"


def test_a_squatter_keeps_no_one_out(bench: Workbench) -> None:
    bench.add("squatter", email=ADDRESS)
    squatters = mailed_token(bench)
    bench.add()
    prove(bench)

    with pytest.raises(EmailTakenError):
        bench.email_verification.complete_verification(token=squatters)

    assert bench.login_by_email("ann").session.customer_id == "ann"


def test_a_taken_address_is_answered_like_a_free_one(bench: Workbench) -> None:
    proven_customer(bench)
    calls = [
        bench.calls.during(lambda: bench.add(name, email=email))  # noqa: B023
        for name, email in (("eve", ADDRESS), ("bob", "bob@shop.example"))
    ]

    assert calls[0] == calls[1]
    assert "customers.find_id_by_email" not in calls[0]
    taken, free = bench.stored("eve"), bench.stored("bob")
    assert (taken.email_key, taken.expires_at) == (free.email_key, free.expires_at)
    assert bench.background.waiting[0] == bench.background.waiting[1]


def test_the_owner_of_a_taken_address_is_told_once_a_day(bench: Workbench) -> None:
    proven_customer(bench)
    for name in ("eve", "mallory"):
        bench.add(name, email="ANN@shop.example")
        bench.email_verification.request_verification(customer_id=name)
    assert mails(bench) == [NOTICE]

    bench.clock.advance(minutes=24 * 60)
    bench.add("again", email=ADDRESS)
    assert mails(bench) == [NOTICE]


def test_one_address_gets_few_links_whatever_the_ids(bench: Workbench) -> None:
    for number in range(9):
        bench.add(f"eve-{number}", email=ADDRESS)

    assert mails(bench) == [LINK] * 3


@pytest.mark.parametrize("seconds", [-1, 0])
def test_who_neither_proves_nor_logs_in_ends_after_a_week(bench: Workbench, seconds: float) -> None:
    bench.add()
    bench.clock.advance(seconds=timedelta(days=7).total_seconds() + seconds)

    if seconds < 0:
        assert bench.login()
        return
    with pytest.raises(LoginRefusedError):
        bench.login()
    with pytest.raises(CustomerNotFoundError):
        bench.update(fname="x")
    bench.add("ann")


def test_the_id_is_taken_until_then(bench: Workbench) -> None:
    bench.add()
    bench.clock.advance(minutes=60)
    with pytest.raises(CustomerExistsError):
        bench.add()


@pytest.mark.parametrize("stays_by", ["login", "proof", "admin"])
def test_who_does_stays(bench: Workbench, stays_by: str) -> None:
    bench.add()
    if stays_by == "login":
        bench.login()
    elif stays_by == "proof":
        prove(bench)
    else:
        bench.update(fname="Ann")

    bench.clock.advance(minutes=60 * 24 * 400)

    assert find(bench)
    assert bench.login()


def test_a_customer_whom_an_admin_adds_holds_the_address_at_once(bench: Workbench) -> None:
    bench.add("boss")
    bench.roles.grant_role("boss", "admin", actor=OPERATOR)
    actors = {"ann": OPERATOR, "cec": bench.login("boss").session}
    bench.background.run_all()
    bench.mail.clear()
    for name, actor in actors.items():
        bench.add(name, actor=actor)
        assert bench.login_by_email(name)
        assert not bench.stored(name).email_verified
        assert bench.stored(name).expires_at is None
    assert mails(bench) == [LINK, (NotificationKind.VERIFY_EMAIL, "cec@shop.example")]

    with pytest.raises(EmailTakenError):
        bench.add("dan", email=ADDRESS, actor=OPERATOR)


def test_another_customer_who_registers_someone_is_no_admin(bench: Workbench) -> None:
    bench.add()
    bench.add("bob", actor=bench.login().session)
    assert bench.stored("bob").email_key is None


def test_customers_of_before_keep_their_address_and_may_prove_it(bench: Workbench) -> None:
    off = Workbench()
    bench.storage.customers.add(off.add(), off.last_record())
    assert bench.login_by_email("ann")
    bench.add("eve", email=ADDRESS)
    assert mails(bench) == [NOTICE]

    bench.email_verification.request_verification(email=ADDRESS)
    context_id = bench.login().context_id
    prove(bench)

    assert bench.sessions.check_session(context_id).email_verified
    assert bench.login(password=PASSWORD)
