"""One module composes the use cases."""

import ast

from support.repository.checkout import ROOT, sources

from cybershop_customer import OPERATOR
from cybershop_customer.entrypoints.container import memory_container

USE_CASES = {
    "AuditService",
    "Authorizer",
    "CustomerListService",
    "CustomerService",
    "Emails",
    "LoginService",
    "Passwords",
    "RoleService",
    "SessionCheckService",
    "SessionFeedService",
    "SessionService",
}
PLACE = "entrypoints/services.py"


def made_in(text: str) -> set[str]:
    """The use cases that ``text`` creates."""
    calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return {call.id for call in calls if isinstance(call, ast.Name)} & USE_CASES


def test_one_module_makes_every_use_case_and_no_other_makes_any() -> None:
    makers = {path.as_posix(): made_in((ROOT / path).read_text("utf-8")) for path in sources()}
    workbench = (ROOT / "tests/support/services/workbench.py").read_text("utf-8")

    assert makers.pop(PLACE) == USE_CASES
    assert {path: made for path, made in makers.items() if made} == {}
    assert made_in(workbench) == set()


def test_the_check_of_the_services_is_that_of_the_checker_and_of_the_sessions() -> None:
    container = memory_container()
    services = container.services()
    services.customers.add_customer(
        customer_id="ann", email="ann@shop.example", password="correct horse", actor=OPERATOR
    )
    context_id = services.sessions.login(customer_id="ann", password="correct horse").context_id

    session = services.session_check.check_session(context_id)
    assert services.sessions.check_session(context_id) == session
    assert container.session_checker().check_session(context_id) == session
    assert container.session_check() is services.session_check


def test_a_storage_port_can_be_replaced_alone() -> None:
    container, other = memory_container(), memory_container()
    container.audit_log.override(other.audit_log())

    container.services().customers.add_customer(
        customer_id="ann", email="ann@shop.example", password="correct horse"
    )

    read = {"actor": OPERATOR}
    assert container.services().audit.read_records("ann", **read).records == ()
    assert other.services().customers is not container.services().customers
