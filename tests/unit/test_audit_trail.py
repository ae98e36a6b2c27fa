"""Each audit record says where its request came from."""

import pytest
from support.services.workbench import Workbench

from cybershop_customer import (
    OPERATOR,
    AuditRecord,
    ForbiddenError,
    LoginRefusedError,
)
from cybershop_customer.domain.request_context import current_request, request_context

SOURCE = "192.0.2.7"
OTHER = "2001:db8::/64"


@pytest.fixture
def bench() -> Workbench:
    return Workbench()


def origin(record: AuditRecord) -> tuple[str | None, str | None]:
    return record.source, record.request_id


def test_outside_of_a_request_they_are_unknown(bench: Workbench) -> None:
    bench.add()
    bench.login()

    assert {origin(record) for record in bench.log()} == {(None, None)}


def test_each_operation_has_those_of_the_current_request(bench: Workbench) -> None:
    with request_context(source=SOURCE, request_id="a-request"):
        bench.add()
        session = bench.login().session
        bench.update(fname="Ann")
        bench.update(password="another horse")
        bench.sessions.end_sessions("ann", actor=OPERATOR)
        bench.roles.grant_role("ann", "clerk", actor=OPERATOR)
        with pytest.raises(ForbiddenError):
            bench.audit.read_records("ann", actor=session)
        with pytest.raises(LoginRefusedError):
            bench.login(password="wrong")
        bench.delete()

    assert len(bench.log()) == 9
    assert {origin(record) for record in bench.log()} == {(SOURCE, "a-request")}


def test_a_given_source_wins_over_that_of_the_request(bench: Workbench) -> None:
    with request_context(source=SOURCE, request_id="a-request"):
        bench.add(source=OTHER)
        bench.sessions.login(customer_id="ann", password="correct horse", source=OTHER)
        with pytest.raises(LoginRefusedError):
            bench.sessions.login(customer_id="ann", password="wrong", source=OTHER)
        with pytest.raises(LoginRefusedError):
            bench.sessions.login(customer_id="nobody", password="wrong", source=OTHER)

        assert current_request().source == SOURCE

    assert {origin(record) for record in bench.log()} == {(OTHER, "a-request")}
    assert [origin(record) for record in bench.log("-")] == [(OTHER, "a-request")]


def test_a_given_source_needs_no_request(bench: Workbench) -> None:
    bench.add(source=SOURCE)

    assert origin(bench.last_record()) == (SOURCE, None)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", None),
        (SOURCE, SOURCE),
        (65 * "a", 64 * "a"),
        (63 * "a" + "é", 63 * "a"),
        ("\ud800", "?"),
    ],
)
def test_a_long_source_is_cut_and_an_empty_one_is_none(
    bench: Workbench, given: str, kept: str | None
) -> None:
    with request_context(source=given, request_id=given):
        bench.add()

    assert origin(bench.last_record()) == (kept, kept)
