"""The export of everything that is held on a customer."""

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import OPERATOR, CustomerNotFoundError, ForbiddenError, TooManyAttemptsError
from cybershop_customer.domain.request_context import request_from


def test_it_has_the_profile_sessions_devices_and_records(bench: Workbench) -> None:
    bench.add(fname="Ann")
    bench.add("bob")
    bench.clock.advance(seconds=1)
    login = bench.sessions.login(
        customer_id="ann", password=PASSWORD, source="192.0.2.7", user_agent="Phone/1"
    )

    export = bench.exports.export_customer("ann", actor=login.session)

    assert export.customer == bench.stored()
    assert [details.source for details in export.sessions] == ["192.0.2.7"]
    assert [device.ref for device in export.devices] == [login.session.device]
    records = [*export.records]
    assert [record.operation_name for record in records] == ["add_customer", "login", "export"]
    assert records[1].user_agent == "Phone/1"
    assert {record.customer_id for record in records} == {"ann"}


def test_all_pages_of_the_records_are_in_it(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cybershop_customer.domain.services.export_service.MAX_PAGE", 2)
    bench.add()
    for number in range(5):
        bench.update(fname=str(number))

    export = bench.exports.export_customer("ann", actor=OPERATOR)

    assert len([*export.records]) == 7


def test_the_records_of_an_earlier_customer_of_this_id_are_not_in_it(bench: Workbench) -> None:
    bench.add()
    bench.sessions.login(customer_id="ann", password=PASSWORD, user_agent="of another")
    bench.delete()
    bench.clock.advance(minutes=1)
    bench.add()

    export = bench.exports.export_customer("ann", actor=OPERATOR)

    assert [record.operation_name for record in export.records] == ["add_customer", "export"]


def test_it_does_not_tell_the_network_address_of_an_admin(bench: Workbench) -> None:
    bench.add()
    bench.clock.advance(seconds=1)
    with request_from("192.0.2.99"):
        bench.update(fname="Ann")

    export = bench.exports.export_customer("ann", actor=bench.login().session)

    updates = [record for record in export.records if record.operation_name == "update_customer"]
    assert [(record.actor_id, record.source) for record in updates] == [("operator", None)]
    assert any(record.source == "192.0.2.99" for record in bench.log())


def test_only_the_customer_and_admins_may(bench: Workbench) -> None:
    bench.add()
    bench.add("bob")
    with pytest.raises(ForbiddenError):
        bench.exports.export_customer("ann", actor=bench.login("bob").session)
    with pytest.raises(CustomerNotFoundError):
        bench.exports.export_customer("nobody", actor=OPERATOR)


def test_a_customer_may_export_a_few_times_an_hour(bench: Workbench) -> None:
    bench.add()
    actor = bench.login().session
    for _ in range(3):
        bench.exports.export_customer("ann", actor=actor)

    with pytest.raises(TooManyAttemptsError) as refusal:
        bench.exports.export_customer("ann", actor=actor)
    assert refusal.value.budget == "export"
    bench.exports.export_customer("ann", actor=OPERATOR)
