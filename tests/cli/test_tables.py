"""``cybershop-customer tables``, as an operator uses it."""

from collections.abc import Iterator
from typing import Any

import pytest
from support.dynamodb.emulated_database import EMULATORS, EmulatedDatabase, emulated_database
from support.dynamodb.stub_endpoint import refuse, reply, stub_endpoint
from support.dynamodb.stub_store import Answer, Answers, described, refused, stub_store
from support.services.operator import Operator

from cybershop_customer.adapters.dynamodb.provisioning.table_design import table_designs

CUSTOMER, _ = table_designs("")
PAGE = b"<html>\n<body>\x1b[31mWelcome</body>\n" + b"<p>more</p>\n" * 1000 + b"</html>"
UNPROTECTED = ("--no-point-in-time-recovery", "--no-deletion-protection")


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


@pytest.fixture(params=EMULATORS)
def database(request: pytest.FixtureRequest, operator: Operator) -> Iterator[EmulatedDatabase]:
    with emulated_database(request.param, operator) as database:
        yield database


@pytest.fixture
def aws(operator: Operator) -> Iterator[EmulatedDatabase]:
    """A place with what AWS offers and DynamoDB Local does not."""
    with emulated_database("moto", operator) as database:
        yield database


@pytest.fixture
def local(operator: Operator) -> Iterator[EmulatedDatabase]:
    with emulated_database("dynamodb-local", operator) as database:
        yield database


def ttl(database: EmulatedDatabase) -> Any:
    found = database.client.describe_time_to_live(TableName=database.customer)
    return found["TimeToLiveDescription"].get("AttributeName")


def ttl_described(status: str) -> Answer:
    return 200, {"TimeToLiveDescription": {"TimeToLiveStatus": status, "AttributeName": "ttl"}}


def protected(database: EmulatedDatabase, name: str) -> tuple[bool, bool]:
    """Whether point-in-time recovery and deletion protection are on."""
    table = database.client.describe_table(TableName=name)["Table"]
    backups = database.client.describe_continuous_backups(TableName=name)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    status = recovery["PointInTimeRecoveryStatus"]
    return status == "ENABLED", table["DeletionProtectionEnabled"]


class TestCreate:
    def test_it_shows_where_and_what_and_asks(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        ran = operator.runs("tables", "create", typing="n")

        assert ran.status == 1
        assert "Do this? [y/N]" in ran.out
        assert database.client.meta.endpoint_url in ran.out
        assert f"region {database.client.meta.region_name}" in ran.out
        assert f"prefix {database.prefix!r}" in ran.out
        assert f"{database.customer}: does not exist\n    - create it: key pk (S, HASH)" in ran.out
        assert f"{database.logger}: does not exist" in ran.out
        assert ran.err == "Nothing was done.\n"
        assert database.tables == []

    @pytest.mark.parametrize("answer", ["y", "YES", " yes "])
    def test_then_it_creates_what_check_finds_right(
        self, database: EmulatedDatabase, operator: Operator, answer: str
    ) -> None:
        assert operator.runs("tables", "create", typing=answer).status == 0

        assert database.tables == [database.customer, database.logger]
        assert ttl(database) == "ttl"
        assert operator.runs("tables", "check").status == 0

    @pytest.mark.parametrize("action", ["create", "delete"])
    def test_without_a_terminal_it_asks_no_question_and_does_nothing(
        self, database: EmulatedDatabase, operator: Operator, action: str
    ) -> None:
        if action == "delete":
            operator.runs("tables", "create", "--yes", *UNPROTECTED)
        before = database.tables

        ran = operator.runs("tables", action)

        assert ran.status == 2
        assert "There is no terminal to ask on, and no --yes either." in ran.err
        assert database.tables == before

    def test_a_closed_terminal_is_a_no(
        self, database: EmulatedDatabase, operator: Operator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def ended(_: str) -> str:
            raise EOFError

        monkeypatch.setattr("builtins.input", ended)

        assert operator.runs("tables", "create", typing="").status == 1
        assert database.tables == []

    def test_what_is_right_is_left_alone(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        operator.runs("tables", "create", "--yes")
        database.put(database.customer, pk="C#zoe")

        ran = operator.runs("tables", "create")

        assert ran.status == 0
        assert f"{database.customer}: is as it should be" in ran.out
        assert "Nothing has to be done." in ran.out
        assert database.count(database.customer) == 1

    def test_it_completes_what_is_there_in_part(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        database.make_table(database.customer, "pk")
        database.put(database.customer, pk="C#zoe")

        found = operator.runs("tables", "check", *UNPROTECTED)
        made = operator.runs("tables", "create", "--yes", *UNPROTECTED)

        assert found.status == 1
        assert f"{database.customer}: its time to live is off and should go by" in found.out
        assert f"{database.logger}: does not exist" in found.out
        assert "tables create` fixes this" in found.err
        assert made.status == 0
        assert database.tables == [database.customer, database.logger]
        assert ttl(database) == "ttl"
        assert database.count(database.customer) == 1

    def test_a_log_of_before_there_was_a_feed_lets_its_items_end(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        operator.runs("tables", "create", "--yes", *UNPROTECTED)
        database.client.delete_table(TableName=database.logger)
        database.make_table(database.logger, "customer_id", "at")
        database.put(database.logger, customer_id="zoe", at="2030-01-01")

        found = operator.runs("tables", "check", *UNPROTECTED)
        made = operator.runs("tables", "create", "--yes", *UNPROTECTED)

        assert found.status == 1
        assert f"{database.logger}: its time to live is off and should go by" in found.out
        assert made.status == 0
        assert operator.runs("tables", "check", *UNPROTECTED).status == 0
        assert database.count(database.logger) == 1

    def test_billing_becomes_on_demand(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        units: Any = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
        database.make_table(database.customer, "pk", ProvisionedThroughput=units)
        database.expire(database.customer, "ttl")

        found = operator.runs("tables", "check", *UNPROTECTED)
        operator.runs("tables", "create", "--yes", *UNPROTECTED)

        assert "its billing is provisioned and should be on-demand" in found.out
        assert operator.runs("tables", "check", *UNPROTECTED).status == 0

    def test_tags_are_put_on_new_tables(self, aws: EmulatedDatabase, operator: Operator) -> None:
        operator.runs("tables", "create", "--yes", "--tag", "team=shop", "--tag", "cost=a=b")

        arn = aws.client.describe_table(TableName=aws.logger)["Table"]["TableArn"]
        tags = aws.client.list_tags_of_resource(ResourceArn=arn)["Tags"]
        assert tags == [{"Key": "team", "Value": "shop"}, {"Key": "cost", "Value": "a=b"}]

    def test_a_tag_needs_a_key_and_a_value(self, operator: Operator) -> None:
        ran = operator.runs("tables", "create", "--tag", "team")

        assert ran.status == 2
        assert "'team' is not of the form KEY=VALUE" in ran.err


class TestWhatTheOperatorMustFix:
    """In each case no table is changed."""

    @pytest.mark.parametrize(
        ("keys", "types", "found"),
        [
            (("id",), "S", "id (S, HASH)"),
            (("pk",), "N", "pk (N, HASH)"),
            (("pk", "sk"), "SS", "pk (S, HASH), sk (S, RANGE)"),
        ],
    )
    def test_another_key(
        self,
        database: EmulatedDatabase,
        operator: Operator,
        keys: tuple[str, ...],
        types: str,
        found: str,
    ) -> None:
        database.make_table(database.customer, *keys, types=types)

        created = operator.runs("tables", "create", "--yes")
        checked = operator.runs("tables", "check")

        assert (created.status, checked.status) == (1, 1)
        for ran in (created, checked):
            assert f"its key is {found} and should be pk (S, HASH)." in ran.out
            assert "choose another CUSTOMER_TABLE_PREFIX" in ran.out
        assert created.err == "Nothing was done.\n"
        assert "    - " not in created.out.partition(database.logger)[0]
        assert database.tables == [database.customer]

    def test_keys_in_the_wrong_order(self, database: EmulatedDatabase, operator: Operator) -> None:
        database.make_table(database.logger, "at", "customer_id")

        assert operator.runs("tables", "create", "--yes").status == 1
        assert database.tables == [database.logger]

    def test_a_time_to_live_by_another_attribute(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        database.make_table(database.customer, "pk")
        database.expire(database.customer, "expires")

        ran = operator.runs("tables", "create", "--yes")

        assert ran.status == 1
        assert "goes by the attribute 'expires' and should go by 'ttl'" in ran.out
        assert "Enabled=false,AttributeName=expires" in ran.out
        assert ttl(database) == "expires"

    def test_a_log_whose_records_would_end(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        database.make_table(database.logger, "customer_id", "at")
        database.expire(database.logger, "at")

        ran = operator.runs("tables", "check")

        assert ran.status == 1
        found = (
            f"{database.logger}: its time to live goes by the attribute 'at' and should go by 'ttl'"
        )
        assert found in ran.out

    @pytest.mark.parametrize(
        ("answers", "obstacle"),
        [
            (
                {"DescribeTable customer": described(CUSTOMER, TableStatus="ARCHIVED")},
                "its status is ARCHIVED: wait",
            ),
            (
                {"DescribeTimeToLive customer": ttl_described("DISABLING")},
                "its time to live is being switched off: try again in an hour",
            ),
        ],
    )
    def test_what_must_pass_first(
        self, operator: Operator, answers: Answers, obstacle: str
    ) -> None:
        with stub_store(answers) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            ran = operator.runs("tables", "create", "--yes")

        assert (ran.status, ran.err) == (1, "Nothing was done.\n")
        assert obstacle in ran.out

    @pytest.mark.parametrize("status", ["CREATING", "UPDATING"])
    def test_not_what_passes_by_itself(self, operator: Operator, status: str) -> None:
        answers = {"DescribeTable customer": described(CUSTOMER, TableStatus=status)}
        with stub_store(answers) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)

            assert operator.runs("tables", "check").status == 0

    def test_what_does_not_stay_fixed(self, operator: Operator) -> None:
        answers = {
            "DescribeTimeToLive customer": ttl_described("DISABLED"),
            "UpdateTimeToLive customer": (200, {}),
        }
        with stub_store(answers) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            ran = operator.runs("tables", "create", "--yes")

        assert ran.status == 1
        assert "The tables are still not as they should be" in ran.err


class TestProtection:
    def test_is_on_unless_it_is_refused(self, aws: EmulatedDatabase, operator: Operator) -> None:
        operator.runs("tables", "create", "--yes")

        assert protected(aws, aws.customer) == protected(aws, aws.logger) == (True, True)

    def test_can_be_refused(self, aws: EmulatedDatabase, operator: Operator) -> None:
        operator.runs("tables", "create", "--yes", *UNPROTECTED)

        assert protected(aws, aws.customer) == protected(aws, aws.logger) == (False, False)
        assert operator.runs("tables", "check", *UNPROTECTED).status == 0

    def test_is_checked(self, aws: EmulatedDatabase, operator: Operator) -> None:
        operator.runs("tables", "create", "--yes", *UNPROTECTED)

        ran = operator.runs("tables", "check")

        assert ran.status == 1
        assert f"{aws.customer}: its deletion protection is off and should be on" in ran.out
        assert f"{aws.logger}: its point-in-time recovery is off and should be on" in ran.out

    @pytest.mark.parametrize(
        ("first", "then", "outcome"),
        [((), UNPROTECTED, (False, False)), (UNPROTECTED, (), (True, True))],
    )
    def test_follows_the_options(
        self,
        aws: EmulatedDatabase,
        operator: Operator,
        first: tuple[str, ...],
        then: tuple[str, ...],
        outcome: tuple[bool, bool],
    ) -> None:
        operator.runs("tables", "create", "--yes", *first)

        assert operator.runs("tables", "create", "--yes", *then).status == 0

        assert protected(aws, aws.customer) == protected(aws, aws.logger) == outcome

    @pytest.mark.dynamodb_local
    def test_what_an_endpoint_lacks_is_said_and_no_fault(
        self, local: EmulatedDatabase, operator: Operator
    ) -> None:
        created = operator.runs("tables", "create", "--yes")
        checked = operator.runs("tables", "check")

        for ran in (created, checked):
            assert ran.status == 0
            assert "this endpoint offers no point-in-time recovery" in ran.out
            for table in (local.customer, local.logger):
                assert f"{table}: note: this endpoint offers no deletion protection" in ran.out
        assert "deletion protection on" not in created.out
        assert "deletion protection asked for" in created.out
        assert "offers no" not in operator.runs("tables", "check", *UNPROTECTED).out
        assert local.tables == [local.customer, local.logger]


class TestDelete:
    def test_it_wants_both_names(self, database: EmulatedDatabase, operator: Operator) -> None:
        operator.runs("tables", "create", "--yes", *UNPROTECTED)

        for typed in ("yes", "y", "", database.customer, "customer logger"):
            ran = operator.runs("tables", "delete", typing=typed)
            assert (ran.status, ran.err) == (1, "Nothing was done.\n")
            assert database.tables == [database.customer, database.logger]

        assert (
            operator.runs(
                "tables", "delete", typing=f"{database.customer} {database.logger}"
            ).status
            == 0
        )
        assert database.tables == []

    def test_it_says_what_will_be_lost(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        operator.runs("tables", "create", "--yes", *UNPROTECTED)
        arn = database.client.describe_table(TableName=database.logger)["Table"]["TableArn"]

        ran = operator.runs("tables", "delete", typing="no")

        assert f"delete it, with about 0 items, for ever: {arn}" in ran.out

    def test_with_yes_it_does_not_ask(self, database: EmulatedDatabase, operator: Operator) -> None:
        operator.runs("tables", "create", "--yes", *UNPROTECTED)

        ran = operator.runs("tables", "delete", "--yes")

        assert ran.status == 0
        plan, _, taken = ran.out.partition(f"{database.customer}: deleting")
        for table in (database.customer, database.logger):
            assert f"  {table}: exists\n    - delete it, with about 0 items, for ever" in plan
        assert f"{database.logger}: deleting" in taken
        assert "The tables are gone." in ran.out
        assert database.tables == []

    def test_what_is_not_there_is_gone(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        ran = operator.runs("tables", "delete")

        assert ran.status == 0
        assert f"{database.customer}: does not exist" in ran.out

    def test_the_tables_of_others_stay(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        database.make_table(database.customer, "id")
        database.make_table(database.logger, "customer_id", "at")

        ran = operator.runs("tables", "delete", "--yes")

        assert ran.status == 1
        assert "it is another program's table: check CUSTOMER_TABLE_PREFIX" in ran.out
        assert database.tables == [database.customer, database.logger]

    def test_protected_tables_stay_until_that_is_switched_off(
        self, aws: EmulatedDatabase, operator: Operator
    ) -> None:
        operator.runs("tables", "create", "--yes")

        refused = operator.runs("tables", "delete", "--yes")

        assert refused.status == 1
        assert "its deletion protection is on" in refused.out
        assert "`cybershop-customer tables create --no-deletion-protection`" in refused.out
        assert aws.tables == [aws.customer, aws.logger]

        operator.runs("tables", "create", "--yes", "--no-deletion-protection")
        assert operator.runs("tables", "delete", "--yes").status == 0
        assert aws.tables == []


@pytest.mark.parametrize("action", ["create", "check", "delete"])
class TestFailures:
    def test_memory_has_no_tables(self, operator: Operator, action: str) -> None:
        operator.sets(CUSTOMER_STORAGE="memory")

        ran = operator.runs("tables", action)

        assert ran.status == 2
        assert "here: what is in memory lives and ends with its own process" in ran.err

    def test_no_region(self, operator: Operator, action: str) -> None:
        ran = operator.runs("tables", action)

        assert ran.status == 2
        assert "AWS_DEFAULT_REGION must name a region" in ran.err

    def test_no_credentials(self, operator: Operator, action: str) -> None:
        operator.sets(AWS_DEFAULT_REGION="eu-central-1")

        ran = operator.runs("tables", action)

        assert ran.status == 1
        assert "Unable to locate credentials" in ran.err

    def test_half_of_the_credentials(self, operator: Operator, action: str) -> None:
        operator.sets(AWS_DEFAULT_REGION="eu-central-1", AWS_ACCESS_KEY_ID="AKIA")

        ran = operator.runs("tables", action)

        assert ran.status == 2
        assert "missing: AWS_SECRET_ACCESS_KEY" in ran.err

    def test_no_server_at_the_endpoint(self, operator: Operator, action: str) -> None:
        operator.sets(CUSTOMER_DYNAMODB_ENDPOINT="http://127.0.0.1:1")

        ran = operator.runs("tables", action)

        assert ran.status == 1
        assert "http://127.0.0.1:1: Could not connect" in ran.err
        assert "`cybershop-customer doctor` may know more" in ran.err

    @pytest.mark.parametrize("status", [200, 400, 404, 501, 502])
    def test_something_else_at_the_endpoint(
        self, operator: Operator, action: str, status: int
    ) -> None:
        with stub_endpoint(reply(status, PAGE)) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            ran = operator.runs("tables", action)

        assert ran.status == 1
        (line,) = ran.err.splitlines()
        assert f"the server at {server.url} is not DynamoDB" in line
        assert "`cybershop-customer doctor` may know more" in line
        assert "html" not in line

    def test_no_right_to_see_backups(self, operator: Operator, action: str) -> None:
        with stub_store({"DescribeContinuousBackups": refused("AccessDenied")}) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            ran = operator.runs("tables", action)

        assert ran.status == 1
        assert f"{server.url} refused DescribeContinuousBackups: AccessDenied" in ran.err

    def test_no_right_to_manage_tables(self, operator: Operator, action: str) -> None:
        with stub_endpoint(refuse("AccessDeniedException")) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            ran = operator.runs("tables", action)

        assert ran.status == 1
        assert f"{server.url} refused DescribeTable: AccessDeniedException" in ran.err


@pytest.mark.parametrize("status", [200, 400, 404])
def test_a_role_needs_dynamodb_at_the_endpoint(
    operator: Operator, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    with stub_endpoint(reply(status, PAGE)) as server:
        operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
        ran = operator.runs("role", "grant", "zoe")

    assert ran.status == 1
    (line,) = ran.err.splitlines()
    assert line.endswith("(`cybershop-customer doctor` may know more)")
    assert "the reply is not DynamoDB's" in caplog.text
    assert "html" not in caplog.text
