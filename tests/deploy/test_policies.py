"""The IAM policies of ``deploy/cloudformation.yaml`` allow what each role needs, and nothing else.

``support/iam.py`` decides as AWS does. The store is moto's or DynamoDB Local.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from dependency_injector import providers
from support.builders.values import a_change_of_email, a_record, added, an_update
from support.copying.stores import sqlite_store
from support.dynamodb.cloudformation import TEMPLATE, Stack
from support.dynamodb.emulated_database import EMULATORS, EmulatedDatabase, emulated_database
from support.dynamodb.iam import Demand, allows, demands, enforced, recorded, rights
from support.services.operator import Operator

from cybershop_customer import (
    OPERATOR,
    LoginRefusedError,
    SessionRefusedError,
    SessionService,
    Storage,
    StoreFaultError,
)
from cybershop_customer.adapters.dynamodb import bulk_access
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.doctor import checks
from cybershop_customer.adapters.dynamodb.doctor.permissions import permission_probes
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.provisioning import table_provisioner
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

CUSTOMER: Final = "C#zoe"
LEADING: Final = "dynamodb:LeadingKeys"
ATTRIBUTES: Final = "dynamodb:Attributes"
SELECT: Final = "dynamodb:Select"
ONE_ATTRIBUTE: Final = {LEADING: [CUSTOMER], ATTRIBUTES: ["pk"]}


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


@pytest.fixture(params=EMULATORS)
def database(request: pytest.FixtureRequest, operator: Operator) -> Iterator[EmulatedDatabase]:
    with emulated_database(request.param, operator) as database:
        assert operator.runs("tables", "create", "--yes").status == 0
        yield database


@pytest.fixture
def stack(database: EmulatedDatabase) -> Stack:
    return Stack.of(TablePrefix=database.prefix)


@dataclass(frozen=True)
class Deployment:
    """The service on the tables of ``database``, through its client."""

    storage: Storage
    services: Services
    checker: SessionService
    """The sessions of a process that only checks them: CUSTOMER_SESSION_EXTEND=false."""
    clock: ManualClock


@pytest.fixture
def deployment(database: EmulatedDatabase) -> Deployment:
    caller = DynamoDBGateway(database.client, CallLimits(attempts=1))
    storage = storage_on(Database(caller, database.prefix, session_feed=True))
    clock = ManualClock()
    containers = [
        make_container(Settings.demo_from_environ({"CUSTOMER_SESSION_EXTEND": extend}))
        for extend in ("true", "false")
    ]
    for container in containers:
        container.storage.override(providers.Object(storage))
        container.clock.override(clock)
    service, checker = (container.services() for container in containers)
    return Deployment(storage, service, checker.sessions, clock)


def do_everything(deployment: Deployment) -> None:
    """Run every operation of every use case, so that the adapter sends every kind of request."""
    services, clock = deployment.services, deployment.clock
    services.probe.probe()
    add = services.customers.add_customer
    add(customer_id="zoe", email="zoe@shop.example", password="correct horse")
    services.roles.ensure_admin("ann", "battery staple")
    services.roles.grant_role("zoe", "admin", actor=OPERATOR)
    services.roles.revoke_role("zoe", "admin", actor=OPERATOR)
    update = services.customers.update_customer
    update("zoe", fname="Zoë", actor=OPERATOR)
    update("zoe", email="zoe@elsewhere.example", actor=OPERATOR)
    with suppress(LoginRefusedError):
        services.sessions.login(customer_id="zoe", password="wrong")
    login = services.sessions.login(email="zoe@elsewhere.example", password="correct horse")
    services.sessions.check_session(login.context_id)
    clock.advance(minutes=20)
    services.sessions.check_session(login.context_id)
    services.sessions.describe_sessions("zoe", actor=OPERATOR)
    services.sessions.logout(login.context_id)
    services.sessions.login(customer_id="zoe", password="correct horse")
    services.sessions.end_sessions("zoe", actor=OPERATOR)
    update("zoe", password="another horse", actor=OPERATOR)
    services.customers.get_customer("zoe", actor=OPERATOR)
    assert len(services.customer_list.list_customers(actor=OPERATOR).customers) == 2
    services.customers.delete_customer("zoe", actor=OPERATOR)
    assert services.audit.read_records("zoe", actor=OPERATOR).records


class TestService:
    def test_may_do_what_the_adapter_does_and_nothing_else(
        self, database: EmulatedDatabase, stack: Stack, deployment: Deployment
    ) -> None:
        with recorded(database.client) as needed:
            do_everything(deployment)

        assert rights(stack.policy("ServicePolicy")) == needed

    def test_works_with_that(
        self, database: EmulatedDatabase, stack: Stack, deployment: Deployment
    ) -> None:
        with enforced(database.client, stack.policy("ServicePolicy")):
            do_everything(deployment)

    def test_may_not_manage_tables(self, stack: Stack, database: EmulatedDatabase) -> None:
        actions = {action for action, _ in rights(stack.policy("ServicePolicy"))}

        assert not {action for action in actions if "Table" in action}

    @pytest.mark.parametrize(
        "attribute", ["password_hash", "sessions", "devices", "reset_password"]
    )
    def test_may_list_customers_but_no_secrets(
        self, stack: Stack, database: EmulatedDatabase, attribute: str
    ) -> None:
        policy = stack.policy("ServicePolicy")

        assert allows(policy, scanning(database.customer, "pk, email"))
        assert not allows(policy, scanning(database.customer, f"pk, {attribute}"))
        assert not allows(policy, scanning(database.customer, None))
        assert not allows(policy, scanning(database.logger, "pk"))

    @pytest.mark.parametrize("action", ["BatchWriteItem", "DeleteItem", "UpdateItem"])
    def test_may_not_change_the_log_even_with_another_policy(
        self, stack: Stack, database: EmulatedDatabase, action: str
    ) -> None:
        statements = [
            *stack.policy("ServicePolicy")["Statement"],
            {
                "Effect": "Allow",
                "Action": [f"dynamodb:{action}", "dynamodb:PutItem"],
                "Resource": f"arn:aws:dynamodb:::table/{database.logger}",
            },
        ]

        assert not allows({"Statement": statements}, Demand(action, database.logger))
        assert allows({"Statement": statements}, Demand("PutItem", database.logger))
        assert not allows({"Statement": statements[:-1]}, Demand(action, database.logger))

    def test_doctor_tries_every_right(self, database: EmulatedDatabase, stack: Stack) -> None:
        wanted = permission_probes(database.customer, database.logger)

        assert {(probe.action, probe.table) for probe in wanted} == rights(
            stack.policy("ServicePolicy")
        )
        for probe in wanted:
            method = database.client.meta.method_to_api_mapping[probe.operation]
            (demand,) = demands(method, probe.request)
            assert (demand.action, demand.table) == (probe.action, probe.table)

    def test_doctor_finds_it_healthy(
        self,
        database: EmulatedDatabase,
        stack: Stack,
        operator: Operator,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(checks, "make_client", lambda *_, **__: database.client)

        with enforced(database.client, stack.policy("ServicePolicy")):
            ran = operator.runs("doctor")

        assert ran.status == 0
        assert (
            f"warning  table {database.customer}: these credentials may not describe it" in ran.out
        )
        assert "failed" not in ran.out

    @pytest.mark.parametrize("position", range(8))
    def test_doctor_finds_each_right_that_is_missing(
        self,
        database: EmulatedDatabase,
        stack: Stack,
        operator: Operator,
        monkeypatch: pytest.MonkeyPatch,
        position: int,
    ) -> None:
        action, table = sorted(rights(stack.policy("ServicePolicy")))[position]
        statements = [
            {"Effect": "Allow", "Action": f"dynamodb:{kept}", "Resource": f"arn:table/{name}"}
            for kept, name in rights(stack.policy("ServicePolicy"))
            if (kept, name) != (action, table)
        ]
        monkeypatch.setattr(checks, "make_client", lambda *_, **__: database.client)

        with enforced(database.client, {"Statement": statements}):
            ran = operator.runs("doctor")

        assert ran.status == 1
        assert f"failed   permission {action} on {table}" in ran.out
        assert ran.out.count("failed   ") == 1


class TestSessionChecker:
    def test_can_check_sessions(
        self, database: EmulatedDatabase, stack: Stack, deployment: Deployment
    ) -> None:
        sessions = deployment.services.sessions
        add = deployment.services.customers.add_customer
        add(customer_id="zoe", email="zoe@shop.example", password="correct horse")
        deployment.services.roles.grant_role("zoe", "admin", actor=OPERATOR)
        login = sessions.login(customer_id="zoe", password="correct horse")

        with enforced(database.client, stack.policy("SessionCheckerPolicy")):
            checked = sessions.check_session(login.context_id)

        assert checked == login.session
        assert checked.roles == {"admin"}

    def test_need_not_move_the_end_of_a_session(
        self,
        database: EmulatedDatabase,
        stack: Stack,
        deployment: Deployment,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        add = deployment.services.customers.add_customer
        add(customer_id="zoe", email="zoe@shop.example", password="correct horse")
        login = deployment.services.sessions.login(customer_id="zoe", password="correct horse")
        deployment.clock.advance(minutes=20)

        with enforced(database.client, stack.policy("SessionCheckerPolicy")):
            checked = [
                deployment.checker.check_session(login.context_id).expires_at for _ in range(3)
            ]

        assert checked == [login.session.expires_at] * 3
        assert caplog.records == []

    def test_can_tell_a_proven_address(
        self, database: EmulatedDatabase, stack: Stack, deployment: Deployment
    ) -> None:
        customer = deployment.services.customers.add_customer(
            customer_id="zoe", email="zoe@shop.example", password="correct horse"
        )
        login = deployment.services.sessions.login(customer_id="zoe", password="correct horse")
        proof = an_update(
            customer, email=a_change_of_email(customer, customer.email_key), email_verified=True
        )
        deployment.storage.customers.update(proof, a_record("zoe"))

        with enforced(database.client, stack.policy("SessionCheckerPolicy")):
            assert deployment.checker.check_session(login.context_id).email_verified

    def test_can_tell_an_ended_session_and_follow_the_feed(
        self, database: EmulatedDatabase, stack: Stack, deployment: Deployment
    ) -> None:
        services = deployment.services
        services.customers.add_customer(
            customer_id="zoe", email="zoe@shop.example", password="correct horse"
        )
        context_id = services.sessions.login(customer_id="zoe", password="correct horse").context_id
        services.sessions.logout(context_id)

        with enforced(database.client, stack.policy("SessionCheckerPolicy")):
            with pytest.raises(SessionRefusedError, match="revoked"):
                services.sessions.check_session(context_id)
            page = services.session_feed.read_changes(None)

        assert [change.customer_id for change in page.changes] == ["zoe"]

    def test_can_read_and_write_nothing_else(
        self, database: EmulatedDatabase, stack: Stack, deployment: Deployment
    ) -> None:
        services = deployment.services
        services.customers.add_customer(
            customer_id="zoe", email="zoe@shop.example", password="correct horse"
        )
        context_id = services.sessions.login(customer_id="zoe", password="correct horse").context_id
        before = database.count(database.customer), database.count(database.logger)

        attempts = {
            "the customer": lambda: deployment.storage.customers.get("zoe", now=START),
            "the sessions": lambda: deployment.storage.sessions.get_with_sessions("zoe", now=START),
            "whose an address is": lambda: deployment.storage.customers.find_id_by_email("z@x.de"),
            "the log": lambda: services.audit.read_records("zoe", actor=OPERATOR),
            "log in": lambda: services.sessions.login(customer_id="zoe", password="x" * 8),
            "log out": lambda: services.sessions.logout(context_id),
            "delete": lambda: services.customers.delete_customer("zoe", actor=OPERATOR),
        }
        with enforced(database.client, stack.policy("SessionCheckerPolicy")):
            for attempt in attempts.values():
                with pytest.raises(StoreFaultError):
                    attempt()

        assert (database.count(database.customer), database.count(database.logger)) == before


def getting(key: str, projection: str | None, **names: str) -> Demand:
    request: dict[str, Any] = {"TableName": "customer", "Key": {"pk": {"S": key}}}
    if projection is not None:
        request["ProjectionExpression"] = projection
    if names:
        request["ExpressionAttributeNames"] = {f"#{alias}": name for alias, name in names.items()}
    (demand,) = demands("GetItem", request)
    return demand


def scanning(table: str, projection: str | None) -> Demand:
    request = {"TableName": table}
    if projection is not None:
        request["ProjectionExpression"] = projection
    (demand,) = demands("Scan", request)
    return demand


class TestWhatASessionCheckerMayAskFor:
    @pytest.mark.parametrize(
        "demand",
        [
            getting(CUSTOMER, "sessions"),
            getting(CUSTOMER, "#a, #b.#c", a="roles", b="sessions", c="0123"),
            getting(CUSTOMER, "pk, schema, email_verified"),
            getting(CUSTOMER, "revoked, #w.#s, wiped_at", w="wiped", s="0123"),
            Demand("Query", "logger", {LEADING: ["#sessions"]}),
            Demand("Query", "logger", {LEADING: ["#sessions-31"]}),
            Demand("GetItem", "customer", ONE_ATTRIBUTE),
        ],
    )
    def test_sessions_and_roles(self, demand: Demand) -> None:
        assert allows(Stack.of().policy("SessionCheckerPolicy"), demand)

    @pytest.mark.parametrize(
        "demand",
        [
            getting(CUSTOMER, None),
            getting(CUSTOMER, "password_hash"),
            getting(CUSTOMER, "sessions, #p", p="password_hash"),
            getting(CUSTOMER, "email"),
            getting(CUSTOMER, "sessions, email_key"),
            getting("E#zoe@shop.example", "pk"),
            getting("I#GdmUyhIGeYVpKQ3VDPNl2g", "pk"),
            getting("T#login#id:zoe#1", "pk"),
            # AWS may report a request for all attributes in one of two ways. Each is enough.
            Demand("GetItem", "customer", {LEADING: [CUSTOMER]}),
            Demand("GetItem", "customer", {LEADING: [CUSTOMER], SELECT: ["ALL_ATTRIBUTES"]}),
            Demand("GetItem", "customer", {**ONE_ATTRIBUTE, SELECT: ["ALL_ATTRIBUTES"]}),
            Demand("GetItem", "customer", {ATTRIBUTES: ["pk"], SELECT: ["SPECIFIC_ATTRIBUTES"]}),
            Demand("GetItem", "logger", getting(CUSTOMER, "sessions").context),
            Demand("Query", "logger", {LEADING: ["zoe"]}),
            Demand("Query", "logger", {LEADING: ["#sessions", "zoe"]}),
            Demand("Query", "logger", {LEADING: ["#sessionless"]}),
            Demand("Query", "logger"),
            Demand("Query", "customer", {LEADING: ["#sessions"]}),
            Demand("PutItem", "logger", {LEADING: ["#sessions"]}),
            Demand("Scan", "customer"),
            Demand("UpdateItem", "customer", getting(CUSTOMER, "sessions").context),
        ],
    )
    def test_nothing_else(self, demand: Demand) -> None:
        assert not allows(Stack.of().policy("SessionCheckerPolicy"), demand)


class TestAuditor:
    def test_can_read_the_log_and_nothing_else(
        self, database: EmulatedDatabase, stack: Stack, deployment: Deployment
    ) -> None:
        services = deployment.services
        services.customers.add_customer(
            customer_id="zoe", email="zoe@shop.example", password="correct horse"
        )

        with enforced(database.client, stack.policy("AuditorPolicy")):
            page = services.audit.read_records("zoe", actor=OPERATOR)
            with pytest.raises(StoreFaultError):
                deployment.storage.customers.get("zoe", now=START)
            with pytest.raises(StoreFaultError):
                services.customers.delete_customer("zoe", actor=OPERATOR)

        assert [record.operation_name for record in page.records] == ["add_customer"]
        assert rights(stack.policy("AuditorPolicy")) == {("Query", database.logger)}


class TestCopy:
    @pytest.fixture(autouse=True)
    def shop(
        self, database: EmulatedDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """A file to copy to ``database``, with records of a customer and of no customer."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(bulk_access, "make_client", lambda *_, **__: database.client)
        with sqlite_store(tmp_path / "customer.db") as shop:
            added(shop.storage)
            shop.storage.audit_log.append(a_record("-"))

    def test_may_do_what_a_copy_does_and_nothing_else(
        self, database: EmulatedDatabase, stack: Stack, operator: Operator
    ) -> None:
        policy = stack.policy("CopyPolicy")

        with recorded(database.client) as needed, enforced(database.client, policy):
            ran = operator.runs("copy", "--from", "sqlite", "--to", "dynamodb")

        assert (ran.status, ran.err) == (0, "")
        assert rights(policy) == needed

    @pytest.mark.parametrize("missing", ["BatchWriteItem", "DescribeTable", "PutItem", "Scan"])
    def test_each_right_that_is_missing_is_explained(
        self, database: EmulatedDatabase, stack: Stack, operator: Operator, missing: str
    ) -> None:
        statements = [
            {"Effect": "Allow", "Action": f"dynamodb:{action}", "Resource": f"arn:table/{name}"}
            for action, name in rights(stack.policy("CopyPolicy"))
            if action != missing
        ]

        with enforced(database.client, {"Statement": statements}):
            ran = operator.runs("copy", "--from", "sqlite", "--to", "dynamodb")

        assert ran.status == 1
        assert "a copy needs the rights of CopyPolicy (deploy/README.md)" in ran.err


class TestInspector:
    def test_can_check_the_tables(
        self,
        database: EmulatedDatabase,
        stack: Stack,
        operator: Operator,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        client = make_client(
            None if database.name == "moto" else database.client.meta.endpoint_url,
            limits=CallLimits(),
            connections=1,
        )
        monkeypatch.setattr(table_provisioner, "provisioning_client", lambda _: client)

        with recorded(client) as needed, enforced(client, stack.policy("InspectorPolicy")):
            ran = operator.runs("tables", "check")

        assert ran.status == 0
        assert rights(stack.policy("InspectorPolicy")) == needed


def test_the_operators_rights_are_those_in_the_readme(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (TEMPLATE.parent / "README.md").read_text()
    section = readme.partition("## Without CloudFormation")[2].partition("##")[0]
    unprotected = ("--no-deletion-protection", "--no-point-in-time-recovery")
    with emulated_database("moto", operator) as database:
        monkeypatch.setattr(table_provisioner, "provisioning_client", lambda _: database.client)
        with recorded(database.client) as needed:
            for arguments in (("create",), ("create", *unprotected), ("delete",)):
                assert operator.runs("tables", *arguments, "--yes").status == 0

    # CreateTable with tags also needs the right to tag (DynamoDB Developer Guide, "Tagging").
    assert set(re.findall(r"dynamodb:(\w+)", section)) == {
        *(action for action, _ in needed),
        "TagResource",
    }
