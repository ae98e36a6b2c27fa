"""The checker of agreement finds what is wrong: each test plants one disagreement."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from support.consistency.call_history import ObservedCall, Outcome
from support.consistency.checker import find_inconsistencies
from support.doubles.password_hasher import ReversingPasswordHasher
from support.stores.snapshot import StoreSnapshot

from cybershop_customer import AuditRecord, Customer, CustomerWithSessions, Session
from cybershop_customer.entrypoints.testkit.clock import START

HASHER = ReversingPasswordHasher()


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


@dataclass
class Story:
    """The outcomes that callers observed, and what is stored; at first they are consistent.

    Ann was added (0), got another name (10), logged in twice (20, 30) and out once (40), and
    changed the password (50); she logged in again (60), and got another address (70), of which
    her caller got no answer. Bob was added (80) and deleted (90).
    """

    calls: dict[int, ObservedCall] = field(default_factory=dict[int, ObservedCall])
    records: dict[int, AuditRecord] = field(default_factory=dict[int, AuditRecord])
    accounts: dict[str, CustomerWithSessions] = field(
        default_factory=dict[str, CustomerWithSessions]
    )
    email_owners: dict[str, str] = field(default_factory=dict[str, str])

    def find_inconsistencies(self) -> list[str]:
        snapshot = StoreSnapshot(self.accounts, self.email_owners, tuple(self.records.values()))
        return list(find_inconsistencies(snapshot, list(self.calls.values()), HASHER))

    def happen(self, second: int, operation: str, customer_id: str, **fields: Any) -> None:
        """A call that was done, and its record."""
        self.add_call(second, operation, customer_id, outcome=Outcome.DONE, **fields)
        sets: Mapping[str, str] = fields.get("sets", {})
        self.records[second] = AuditRecord(
            record_id=f"record-{second}",
            customer_id=customer_id,
            actor_id="tester",
            operation_name=operation,
            status_code=200,
            message="Done.",
            at=at(second) + timedelta(milliseconds=1),
            fields=() if operation == "login" else tuple(sorted(sets)),
        )

    def add_call(self, second: int, operation: str, customer_id: str, **fields: Any) -> None:
        """A call of one second."""
        self.calls[second] = ObservedCall(
            operation=operation,
            customer_id=customer_id,
            began=at(second),
            ended=at(second + 1),
            **fields,
        )

    def alter(self, second: int, **fields: Any) -> None:
        """Change what the caller of that second observed."""
        self.calls[second] = replace(self.calls[second], **fields)

    def store(self, **fields: Any) -> None:
        """Change the stored Ann."""
        ann = self.accounts["ann"]
        self.accounts["ann"] = replace(ann, customer=replace(ann.customer, **fields))


def a_session(second: int) -> Session:
    issued = at(second) + timedelta(milliseconds=1)
    return Session(f"session-{second}", "ann", frozenset(), issued, issued + timedelta(minutes=30))


@pytest.fixture
def story() -> Story:
    story = Story()
    sets = {"email": "Ann@shop.example", "password": "one", "fname": "Ann"}
    story.happen(0, "add_customer", "ann", sets=sets)
    story.happen(10, "update_customer", "ann", sets={"fname": "Anne"}, version=2)
    story.happen(20, "login", "ann", sets={"password": "one"}, session_id="session-20")
    story.happen(30, "login", "ann", sets={"password": "one"}, session_id="session-30")
    story.happen(40, "logout", "ann", session_id="session-20")
    story.happen(50, "update_customer", "ann", sets={"password": "two"}, version=3)
    story.happen(60, "login", "ann", sets={"password": "two"}, session_id="session-60")
    story.happen(70, "update_customer", "ann", sets={"email": "anne@shop.example"})
    story.alter(70, outcome=Outcome.UNKNOWN)
    story.happen(80, "add_customer", "bob", sets={"email": "bob@shop.example", "password": "bob"})
    story.happen(90, "delete_customer", "bob")
    ann = Customer(
        customer_id="ann",
        email="anne@shop.example",
        email_key="anne@shop.example",
        fname="Anne",
        password_hash=HASHER.hash("two"),
        password_version=2,
        version=4,
        created_at=story.records[0].at,
        updated_at=story.records[70].at,
    )
    story.accounts["ann"] = CustomerWithSessions(ann, (a_session(60),))
    story.email_owners["anne@shop.example"] = "ann"
    return story


def test_a_sound_story_agrees(story: Story) -> None:
    assert story.find_inconsistencies() == []


@pytest.mark.parametrize("second", [0, 10, 20, 40, 50, 60, 90])
def test_a_change_without_its_record(story: Story, second: int) -> None:
    del story.records[second]
    assert any("has 0 records of a change" in fault for fault in story.find_inconsistencies())


def test_a_record_without_its_change(story: Story) -> None:
    story.happen(75, "update_customer", "ann", sets={"lname": "Orr"})
    assert "ann: has versions (4, 2) after 5 and 2 changes" in story.find_inconsistencies()


def test_a_record_that_no_call_made(story: Story) -> None:
    del story.calls[40]
    assert any(
        fault.startswith("0 calls have the record") for fault in story.find_inconsistencies()
    )


def test_two_records_of_one_call(story: Story) -> None:
    story.records[41] = replace(story.records[40], record_id="another")
    assert any("has 2 records of a change" in fault for fault in story.find_inconsistencies())


def test_records_that_are_known_by_their_ids(story: Story) -> None:
    story.alter(40, record_ids=frozenset({"record-40", "record of a lost race"}))
    assert story.find_inconsistencies() == []
    story.alter(40, record_ids=frozenset({"record of a lost race"}))
    assert any("has 0 records of a change" in fault for fault in story.find_inconsistencies())


def test_an_acknowledged_change_that_is_lost(story: Story) -> None:
    story.store(fname="Ann")
    assert story.find_inconsistencies() == ["ann: has fname Ann, not Anne"]


def test_a_change_that_its_caller_was_told_did_not_happen(story: Story) -> None:
    story.alter(10, outcome=Outcome.NOT_DONE, refusal="StoreUnavailableError")
    assert any("has 1 records of a change" in fault for fault in story.find_inconsistencies())


def test_a_version_that_was_told_twice(story: Story) -> None:
    story.alter(50, version=2)
    assert any("made version 3, but returned 2" in fault for fault in story.find_inconsistencies())


def test_a_customer_that_is_gone(story: Story) -> None:
    del story.accounts["ann"]
    story.email_owners.clear()
    assert story.find_inconsistencies() == ["ann: is not stored"]


def test_a_customer_that_came_back(story: Story) -> None:
    story.accounts["bob"] = CustomerWithSessions(
        replace(story.accounts["ann"].customer, customer_id="bob", email_key=None), ()
    )
    assert "bob: is stored" in story.find_inconsistencies()


def test_a_customer_that_nobody_added(story: Story) -> None:
    story.store(created_at=at(5))
    assert story.find_inconsistencies() == ["ann: no call added it at the time that is stored"]


def test_a_guard_without_its_owner(story: Story) -> None:
    story.email_owners["ann@shop.example"] = "ann"
    assert story.find_inconsistencies() == [
        "ann: has the guard of ann@shop.example, but another e-mail address"
    ]


def test_an_owner_without_its_guard(story: Story) -> None:
    story.email_owners.clear()
    assert story.find_inconsistencies() == ["ann: the guard of anne@shop.example names None"]


def test_a_guard_of_somebody_else(story: Story) -> None:
    story.email_owners["anne@shop.example"] = "bob"
    assert len(story.find_inconsistencies()) == 2


@pytest.mark.parametrize(
    ("second", "why"),
    [(20, "though it was ended"), (30, "outlived its password"), (65, "opened by no login")],
)
def test_a_session_too_many(story: Story, second: int, why: str) -> None:
    ann = story.accounts["ann"]
    story.accounts["ann"] = replace(ann, sessions=(*ann.sessions, a_session(second)))
    assert any(fault.endswith(why) for fault in story.find_inconsistencies())


def test_a_session_too_few(story: Story) -> None:
    story.accounts["ann"] = replace(story.accounts["ann"], sessions=())
    assert len(story.find_inconsistencies()) == 1
    assert story.find_inconsistencies()[0].endswith("its session is not stored")


def test_a_login_and_a_password_change_at_once_may_come_in_either_order(story: Story) -> None:
    story.alter(60, ended=at(71))
    assert story.find_inconsistencies() == []
    story.alter(50, ended=at(65))
    story.accounts["ann"] = replace(story.accounts["ann"], sessions=())
    assert story.find_inconsistencies() == []


def test_a_wrong_record_of_what_was_changed(story: Story) -> None:
    story.records[10] = replace(story.records[10], fields=("lname",))
    assert any("its record says {'lname'}" in fault for fault in story.find_inconsistencies())


@pytest.mark.parametrize(
    ("second", "operation", "customer_id", "fields"),
    [
        (75, "update_customer", "ann", {"refusal": "CustomerNotFoundError"}),
        (-5, "add_customer", "ann", {"refusal": "CustomerExistsError"}),
        (
            5,
            "add_customer",
            "cat",
            {"refusal": "EmailTakenError", "sets": {"email": "bob@shop.example"}},
        ),
        (65, "logout", "ann", {"refusal": "SessionRefusedError", "session_id": "session-60"}),
    ],
)
def test_a_refusal_without_reason(
    story: Story, second: int, operation: str, customer_id: str, fields: dict[str, Any]
) -> None:
    story.add_call(second, operation, customer_id, outcome=Outcome.NOT_DONE, **fields)
    assert len(story.find_inconsistencies()) == 1
    assert story.find_inconsistencies()[0].endswith("there was no reason to refuse it")


@pytest.mark.parametrize(
    ("second", "operation", "customer_id", "fields"),
    [
        (95, "update_customer", "bob", {"refusal": "CustomerNotFoundError"}),
        (5, "add_customer", "ann", {"refusal": "CustomerExistsError"}),
        (
            75,
            "add_customer",
            "cat",
            {"refusal": "EmailTakenError", "sets": {"email": "anne@shop.example"}},
        ),
        (65, "logout", "ann", {"refusal": "SessionRefusedError", "session_id": "session-20"}),
    ],
)
def test_a_refusal_with_reason(
    story: Story, second: int, operation: str, customer_id: str, fields: dict[str, Any]
) -> None:
    story.add_call(second, operation, customer_id, outcome=Outcome.NOT_DONE, **fields)
    assert story.find_inconsistencies() == []


def test_a_login_refused_with_the_right_password(story: Story) -> None:
    refusal = {"outcome": Outcome.NOT_DONE, "refusal": "LoginRefusedError"}
    story.add_call(65, "login", "ann", sets={"password": "two"}, **refusal)
    story.records[65] = replace(story.records[60], record_id="65", status_code=401, at=at(65))
    assert len(story.find_inconsistencies()) == 1
    story.alter(65, sets={"password": "three"})
    assert story.find_inconsistencies() == []


def test_a_refused_login_without_its_record(story: Story) -> None:
    refusal = {"outcome": Outcome.NOT_DONE, "refusal": "LoginRefusedError"}
    story.add_call(65, "login", "ann", sets={"password": "three"}, **refusal)
    assert (
        "there are 0 records of refused logins without a customer, not 1 to 1"
        in story.find_inconsistencies()
    )
