"""``deploy/cloudformation.yaml`` against what the product does."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from support.cloudformation import Stack, boolean
from support.operator import Operator
from support.places import PLACES, Place, the_place

from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.ports.table_plan import TableOptions

TABLE: Final = "AWS::DynamoDB::Table"
# What differs from one table to the next, whoever made it.
OWN: Final = {"TableName", "TableArn", "TableId", "CreationDateTime", "BillingModeSummary"}


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, operator: Operator) -> Iterator[Place]:
    with the_place(request.param, operator) as place:
        yield place


def deploy(place: Place, stack: Stack) -> None:
    """Make the tables of ``stack``, as CloudFormation would."""
    for properties in stack.resources(TABLE).values():
        wanted = dict(properties)
        name = wanted["TableName"]
        ttl = wanted.pop("TimeToLiveSpecification", None)
        recovery = wanted.pop("PointInTimeRecoverySpecification")
        protection = boolean(wanted.pop("DeletionProtectionEnabled"))
        place.client.create_table(**wanted, DeletionProtectionEnabled=protection)
        if ttl is not None:
            place.client.update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)
        if place.name == "moto":
            on: Any = {key: boolean(text) for key, text in recovery.items()}
            place.client.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification=on
            )


def described(place: Place, name: str) -> dict[str, Any]:
    """All that the store says of a table."""
    table: dict[str, Any] = dict(place.client.describe_table(TableName=name)["Table"])
    found = {key: value for key, value in table.items() if key not in OWN}
    found["billing"] = table["BillingModeSummary"]["BillingMode"]
    found["ttl"] = place.client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if place.name == "moto":
        backups = place.client.describe_continuous_backups(TableName=name)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        found["recovery"] = recovery["PointInTimeRecoveryStatus"]
    return found


@pytest.mark.parametrize("protected", [True, False])
class TestTables:
    def options(self, *, protected: bool) -> tuple[list[str], dict[str, str]]:
        """What says the same to the command and to the template."""
        if protected:
            return [], {}
        parameters = {"DeletionProtection": "false", "PointInTimeRecovery": "false"}
        return ["--no-deletion-protection", "--no-point-in-time-recovery"], parameters

    def test_are_those_that_the_command_makes(
        self, place: Place, operator: Operator, protected: bool
    ) -> None:
        options, parameters = self.options(protected=protected)
        theirs = f"{place.prefix}cfn-"
        deploy(place, Stack.of(TablePrefix=theirs, **parameters))
        assert operator.runs("tables", "create", "--yes", *options).status == 0

        for name in ("customer", "logger"):
            assert described(place, place.prefix + name) == described(place, theirs + name)

    def test_are_right_to_the_command(
        self, place: Place, operator: Operator, protected: bool
    ) -> None:
        options, parameters = self.options(protected=protected)
        deploy(place, Stack.of(TablePrefix=place.prefix, **parameters))

        checked = operator.runs("tables", "check", *options)
        mended = operator.runs("tables", "create", *options)

        assert (checked.status, mended.status) == (0, 0)
        assert "Nothing has to be done." in mended.out


class TestNames:
    @pytest.mark.parametrize("prefix", ["", "shop-", "a.b_C-1"])
    def test_are_those_that_the_service_uses(self, prefix: str) -> None:
        stack = Stack.of(TablePrefix=prefix)
        settings = Settings.from_environ({"CUSTOMER_TABLE_PREFIX": prefix})
        caller: Any = DynamoDBGateway(None, CallLimits())  # type: ignore[arg-type]
        database = Database(caller, settings.table_prefix)

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
