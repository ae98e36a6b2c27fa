"""A customer's own data: what is in the document, for whom, and how much is read at a time."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.builders.values import a_record
from support.services.workbench import Workbench

from cybershop_customer import (
    OPERATOR,
    AccountPolicy,
    AuditPage,
    CustomerNotFoundError,
    ForbiddenError,
    IdPolicy,
    LoginRequiredError,
    TooManyAttemptsError,
)
from cybershop_customer.domain.services.export_service import RECORDS_A_PAGE
from cybershop_customer.entrypoints.export_json import export_parts
from cybershop_customer.entrypoints.testkit.clock import START


def document(bench: Workbench, actor: Any = OPERATOR, customer_id: str = "ann") -> Any:
    export = bench.exports.export_customer(customer_id, actor=actor)
    return json.loads(b"".join(export_parts(export)))


def log_many(bench: Workbench, count: int, customer_id: str = "ann") -> None:
    for number in range(count):
        moment = START + timedelta(milliseconds=number + 1)
        bench.storage.audit_log.append(a_record(customer_id, at=moment))


@pytest.fixture
def ann(bench: Workbench) -> Workbench:
    bench.add("ann", fname="Zoë", lname="Ann", address1="1 Main St", locale="en-GB")
    return bench


def test_the_document_has_everything_that_is_held(ann: Workbench) -> None:
    login = ann.sessions.login(
        customer_id="ann", password="correct horse", source="192.0.2.1", user_agent="Netscape/4"
    )
    other = ann.login()
    ann.sessions.logout(other.context_id)
    ann.password_reset.request_reset(customer_id="ann")
    ann.background.run_all()

    found = document(ann, login.session)

    assert found["profile"]["fname"] == "Zoë"
    assert found["profile"]["email"] == "ann@shop.example"
    (session,) = found["sessions"]
    assert (session["source"], session["user_agent"]) == ("192.0.2.1", "Netscape/4")
    assert [ended["session_id"] for ended in found["ended_sessions"]] == [other.session.session_id]
    assert len(found["devices"]) == 2
    assert [link["purpose"] for link in found["links"]] == ["password_reset"]
    operations = [record["operation_name"] for record in found["records"]]
    assert len(operations) == len(ann.log())
    assert {"add_customer", "login", "logout", "export"} <= set(operations)


def test_no_secret_and_no_hash_is_in_it(ann: Workbench) -> None:
    login = ann.login()
    ann.password_reset.request_reset(customer_id="ann")
    ann.background.run_all()
    stored, sent = ann.stored(), ann.mail.last()
    assert stored.password_reset is not None
    assert sent is not None
    assert sent.token is not None
    text = b"".join(export_parts(ann.exports.export_customer("ann", actor=OPERATOR))).decode()

    for secret in (
        stored.password_hash,
        stored.password_reset.token_hash,
        sent.token.secret,
        login.context_id,
        login.device_token,
    ):
        assert secret not in text


def test_an_expired_session_is_in_it_while_it_is_stored(ann: Workbench) -> None:
    session_id = ann.login().session.session_id
    ann.clock.advance(minutes=60)

    assert ann.sessions.list_sessions("ann", actor=OPERATOR) == ()
    assert [session["session_id"] for session in document(ann)["sessions"]] == [session_id]


def test_it_has_neither_the_id_nor_the_source_of_another_customer(ann: Workbench) -> None:
    ann.add("bob")
    bob = ann.login("bob").session
    with pytest.raises(ForbiddenError):
        ann.exports.export_customer("ann", actor=bob)
    record = a_record("ann", actor_id="bob", source="192.0.2.9", request_id="of-bob")
    ann.storage.audit_log.append(replace(record, user_agent="Bob's own"))

    found = document(ann)

    actors = {record["actor"] for record in found["records"]}
    assert actors == {"anyone", "another customer", "operator"}
    text = json.dumps(found)
    assert not any(part in text for part in ("bob", "192.0.2.9", "of-bob", "Bob's"))


def test_it_has_no_record_of_a_former_customer_with_the_same_id() -> None:
    bench = Workbench(id_policy=IdPolicy(reuse=True))
    bench.add("ann")
    bench.delete("ann")
    bench.clock.advance(seconds=1)
    bench.add("ann")

    operations = [record["operation_name"] for record in document(bench)["records"]]
    assert operations == ["add_customer", "export"]
    assert len(bench.log()) == 4


def test_a_record_of_a_clock_that_is_ahead_is_in_it(ann: Workbench) -> None:
    ahead = a_record("ann", at=START + timedelta(seconds=5))
    ann.storage.audit_log.append(ahead)

    assert ahead.record_id in {record["record_id"] for record in document(ann)["records"]}


def test_a_log_that_grows_meanwhile_does_not_prolong_it(ann: Workbench) -> None:
    """Each record that is taken is followed by another one, a second later."""
    log_many(ann, RECORDS_A_PAGE)
    export = ann.exports.export_customer("ann", actor=OPERATOR)
    for taken, _ in enumerate(export.records, 1):
        later = START + timedelta(seconds=taken)
        ann.storage.audit_log.append(a_record("ann", at=later))
        assert taken < 2 * RECORDS_A_PAGE


def test_one_page_is_held_at_a_time(ann: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    log_many(ann, 3 * RECORDS_A_PAGE)
    ann.clock.advance(minutes=1)
    pages: list[int] = []
    taken = 0
    read = ann.storage.audit_log.read

    def count(*arguments: Any, **named: Any) -> AuditPage:
        pages.append(taken)
        return read(*arguments, **named)

    monkeypatch.setattr(ann.storage.audit_log, "read", count)
    export = ann.exports.export_customer("ann", actor=OPERATOR)
    for _ in export.records:
        taken += 1

    assert taken == 3 * RECORDS_A_PAGE + 2
    assert pages == [0, RECORDS_A_PAGE, 2 * RECORDS_A_PAGE, 3 * RECORDS_A_PAGE]


def test_parts_are_made_only_when_they_are_taken(ann: Workbench) -> None:
    log_many(ann, 2000)
    ann.clock.advance(minutes=1)
    parts = export_parts(ann.exports.export_customer("ann", actor=OPERATOR))

    sizes = [len(part) for part in parts]
    assert len(sizes) > 2000 / 50
    assert max(sizes) < 64 * 1024


class TestWhoMay:
    def test_a_customer_needs_a_recent_login(self, ann: Workbench) -> None:
        session = ann.login().session
        ann.clock.advance(minutes=6)
        with pytest.raises(LoginRequiredError):
            ann.exports.export_customer("ann", actor=session)

    def test_a_customer_may_export_a_few_times(self, ann: Workbench) -> None:
        session = ann.login().session
        for _ in range(AccountPolicy().exports.burst):
            document(ann, session)
        with pytest.raises(TooManyAttemptsError) as refusal:
            document(ann, session)
        assert refusal.value.budget == "export"
        assert document(ann, OPERATOR)

    def test_no_one_exports_an_unknown_customer(self, bench: Workbench) -> None:
        with pytest.raises(CustomerNotFoundError):
            document(bench)
        assert bench.log() == ()
