"""``deploy/cloudformation.yaml`` creates the tables that the service needs."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from support.dynamodb.cloudformation import Stack, boolean
from support.dynamodb.emulated_database import EMULATORS, EmulatedDatabase, emulated_database
from support.services.operator import Operator

from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.ports.table_plan import TableOptions

TABLE: Final = "AWS::DynamoDB::Table"
# Differ between any two tables.
OWN: Final = {"TableName", "TableArn", "TableId", "CreationDateTime", "BillingModeSummary"}


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


@pytest.fixture(params=EMULATORS)
def database(request: pytest.FixtureRequest, operator: Operator) -> Iterator[EmulatedDatabase]:
    with emulated_database(request.param, operator) as database:
        yield database


def deploy(database: EmulatedDatabase, stack: Stack) -> None:
    """Make the tables of ``stack``, as CloudFormation would."""
    for properties in stack.resources(TABLE).values():
        wanted = dict(properties)
        name = wanted["TableName"]
        ttl = wanted.pop("TimeToLiveSpecification", None)
        recovery = wanted.pop("PointInTimeRecoverySpecification")
        protection = boolean(wanted.pop("DeletionProtectionEnabled"))
        database.client.create_table(**wanted, DeletionProtectionEnabled=protection)
        if ttl is not None:
            database.client.update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)
        if database.name == "moto":
            on: Any = {key: boolean(text) for key, text in recovery.items()}
            database.client.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification=on
            )


def described(database: EmulatedDatabase, name: str) -> dict[str, Any]:
    """All that the store says of a table."""
    table: dict[str, Any] = dict(database.client.describe_table(TableName=name)["Table"])
    found = {key: value for key, value in table.items() if key not in OWN}
    found["billing"] = table["BillingModeSummary"]["BillingMode"]
    found["ttl"] = database.client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if database.name == "moto":
        backups = database.client.describe_continuous_backups(TableName=name)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        found["recovery"] = recovery["PointInTimeRecoveryStatus"]
    return found


@pytest.mark.parametrize("protected", [True, False])
class TestTables:
    def options(self, *, protected: bool) -> tuple[list[str], dict[str, str]]:
        """The same choices, as options of the command and as parameters of the template."""
        if protected:
            return [], {}
        parameters = {"DeletionProtection": "false", "PointInTimeRecovery": "false"}
        return ["--no-deletion-protection", "--no-point-in-time-recovery"], parameters

    def test_are_those_that_the_command_makes(
        self, database: EmulatedDatabase, operator: Operator, protected: bool
    ) -> None:
        options, parameters = self.options(protected=protected)
        theirs = f"{database.prefix}cfn-"
        deploy(database, Stack.of(TablePrefix=theirs, **parameters))
        assert operator.runs("tables", "create", "--yes", *options).status == 0

        for name in ("customer", "logger"):
            assert described(database, database.prefix + name) == described(database, theirs + name)

    def test_are_right_to_the_command(
        self, database: EmulatedDatabase, operator: Operator, protected: bool
    ) -> None:
        options, parameters = self.options(protected=protected)
        deploy(database, Stack.of(TablePrefix=database.prefix, **parameters))

        checked = operator.runs("tables", "check", *options)
        created = operator.runs("tables", "create", *options)

        assert (checked.status, created.status) == (0, 0)
        assert "Nothing has to be done." in created.out


class TestNames:
    @pytest.mark.parametrize("prefix", ["", "shop-", "a.b_C-1"])
    def test_are_those_that_the_service_uses(self, prefix: str) -> None:
        stack = Stack.of(TablePrefix=prefix)
        settings = Settings.from_environ({"CUSTOMER_TABLE_PREFIX": prefix})
        gateway: Any = DynamoDBGateway(None, CallLimits())  # type: ignore[arg-type]
        database = Database(gateway, settings.table_prefix)

        tables = [properties["TableName"] for properties in stack.resources(TABLE).values()]
        assert tables == [database.customer_table, database.logger_table]
        assert stack.outputs["CustomerTableName"] == database.customer_table
        assert stack.outputs["LoggerTableName"] == database.logger_table
        assert stack.outputs["TablePrefix"] == settings.table_prefix

    def test_the_prefix_is_the_settings_default(self) -> None:
        assert Stack.of().parameters["TablePrefix"] == Settings().table_prefix

    @pytest.mark.parametrize(
        "prefix", ["", "shop-", "a" * 240, "a" * 241, "a/b", "a b", "ä", "a.b_c", "a\\b", "a\n"]
    )
    def test_the_template_takes_the_prefixes_that_the_settings_take(self, prefix: str) -> None:
        pattern = Stack.of().document["Parameters"]["TablePrefix"]["AllowedPattern"]
        try:
            taken = Settings.from_environ({"CUSTOMER_TABLE_PREFIX": prefix}).table_prefix == prefix
        except Exception:  # noqa: BLE001 (which one is another test's business)
            taken = False

        assert (re.fullmatch(pattern, prefix) is not None) == taken

    def test_the_defaults_are_those_of_the_command(self) -> None:
        parameters = Stack.of().parameters
        options = TableOptions()

        assert boolean(parameters["DeletionProtection"]) == options.deletion_protection
        assert boolean(parameters["PointInTimeRecovery"]) == options.point_in_time_recovery


def test_data_outlives_the_stack() -> None:
    resources = Stack.of().document["Resources"].values()
    tables = [resource for resource in resources if resource["Type"] == TABLE]

    assert len(tables) == 2
    for resource in tables:
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
