"""``cybershop-customer doctor``: what it finds, and the remedy that it names."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.dynamodb.emulated_database import EMULATORS, EmulatedDatabase, emulated_database
from support.dynamodb.stub_endpoint import Exchange, hang_up, reply, stub_endpoint
from support.dynamodb.stub_store import Answers, described, refused, stub_store
from support.mail.scripted_server import Script, drop, scripted_server
from support.services.operator import CommandResult, Operator

from cybershop_customer.adapters.dynamodb.provisioning.table_design import table_designs

CUSTOMER, LOGGER = table_designs("")
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
FEED_TOKEN = "0123456789abcdef0123456789ABCDEF"
NEXT_TOKEN = "next-0123456789abcdefghijklmnopq"
CREATE = "`cybershop-customer tables create`"


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


@pytest.fixture(params=EMULATORS)
def database(request: pytest.FixtureRequest, operator: Operator) -> Iterator[EmulatedDatabase]:
    with emulated_database(request.param, operator) as database:
        yield database


def examined(operator: Operator, *, healthy: bool) -> dict[str, tuple[str, str, str]]:
    """Status, detail and remedy of each check. Asserts that the report is ``healthy``, or not."""
    ran = operator.runs("doctor", "--json")
    report: dict[str, Any] = json.loads(ran.out)
    assert (ran.status, report["healthy"]) == ((0, True) if healthy else (1, False)), ran.out
    found = [(check["status"], check["detail"], check["remedy"]) for check in report["checks"]]
    return dict(zip((check["check"] for check in report["checks"]), found, strict=True))


def faulty(found: dict[str, tuple[str, str, str]]) -> dict[str, str]:
    """The status of each check that is not ok."""
    return {check: status for check, (status, _, _) in found.items() if status != "ok"}


def examined_with(
    operator: Operator, answers: Answers, *, healthy: bool = False
) -> dict[str, tuple[str, str, str]]:
    with stub_store(answers) as server:
        operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
        return examined(operator, healthy=healthy)


class TestRealTables:
    def test_all_is_well(self, database: EmulatedDatabase, operator: Operator) -> None:
        operator.runs("tables", "create", "--yes")
        database.put(database.customer, pk="C#zoe")

        found = examined(operator, healthy=True)

        assert faulty(found) == ({} if database.name == "moto" else {"clock": "skipped"})
        assert [check for check in found if check.startswith("permission")] == [
            f"permission GetItem on {database.customer}",
            f"permission UpdateItem on {database.customer}",
            f"permission PutItem on {database.customer}",
            f"permission DeleteItem on {database.customer}",
            f"permission Scan on {database.customer}",
            f"permission Query on {database.logger}",
            f"permission BatchGetItem on {database.logger}",
            f"permission PutItem on {database.logger}",
        ]
        assert (database.count(database.customer), database.count(database.logger)) == (1, 0)

    @pytest.mark.parametrize(
        ("tokens", "finding"),
        [
            ([FEED_TOKEN], ("ok", "one token is set, and it keeps the rule", "")),
            ([FEED_TOKEN, NEXT_TOKEN], ("ok", "2 tokens are set, and each keeps the rule", "")),
            (
                [FEED_TOKEN, NEXT_TOKEN, FEED_TOKEN],
                (
                    "warning",
                    "3 tokens are set, but some are the same",
                    "name each token once in CUSTOMER_SESSION_FEED_TOKEN",
                ),
            ),
        ],
    )
    def test_the_tokens_of_the_feed_are_counted_and_not_shown(
        self,
        database: EmulatedDatabase,
        operator: Operator,
        tokens: list[str],
        finding: tuple[str, str, str],
    ) -> None:
        operator.runs("tables", "create", "--yes")
        operator.sets(CUSTOMER_SESSION_FEED="true", CUSTOMER_SESSION_FEED_TOKEN=",".join(tokens))

        assert examined(operator, healthy=True)["feed tokens"] == finding
        shown = operator.runs("doctor")
        assert not any(token in shown.out + shown.err for token in tokens)

    def test_the_asking_services_are_named_and_their_secrets_are_not_shown(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        operator.runs("tables", "create", "--yes")
        secrets = (FEED_TOKEN, NEXT_TOKEN, NEXT_TOKEN[::-1])
        pairs = zip(("orders", "cart", "orders"), secrets, strict=True)
        tokens = ",".join(f"{name}={secret}" for name, secret in pairs)
        operator.sets(CUSTOMER_INTROSPECTION_TOKENS=tokens)

        finding = examined(operator, healthy=True)["introspection"]

        detail = "these services may ask: cart (1 secret), orders (2 secrets)"
        assert finding == ("ok", detail, "")
        shown = operator.runs("doctor")
        assert not any(secret in shown.out + shown.err for secret in secrets)

    def test_the_text_says_the_same(self, database: EmulatedDatabase, operator: Operator) -> None:
        operator.runs("tables", "create", "--yes")

        ran = operator.runs("doctor")

        assert ran.status == 0
        assert (
            f"ok       keys of {database.logger}: customer_id (S, HASH), at (S, RANGE)" in ran.out
        )
        assert ran.out.endswith("The service can work.\n")

    def test_no_table(self, database: EmulatedDatabase, operator: Operator) -> None:
        found = examined(operator, healthy=False)

        for name in database.customer, database.logger:
            status, detail, remedy = found[f"table {name}"]
            assert (status, CREATE in remedy) == ("failed", True)
            assert f"region {database.client.meta.region_name}" in detail
        skipped = [check for check, status in faulty(found).items() if status == "skipped"]
        assert len([check for check in skipped if check.startswith("permission")]) == 8

    def test_the_text_says_how_to_fix_it(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        ran = operator.runs("doctor")

        assert ran.status == 1
        assert f"failed   table {database.customer}: does not exist in region" in ran.out
        assert f"         To fix it: create it with {CREATE}" in ran.out
        assert ran.out.endswith("The service cannot work like this.\n")

    def test_one_table_is_missing(self, database: EmulatedDatabase, operator: Operator) -> None:
        operator.runs("tables", "create", "--yes", "--no-deletion-protection")
        database.client.delete_table(TableName=database.logger)

        found = examined(operator, healthy=False)

        assert found[f"table {database.logger}"][0] == "failed"
        assert found[f"permission Query on {database.logger}"][0] == "skipped"
        assert found[f"permission DeleteItem on {database.customer}"][0] == "ok"

    def test_the_tables_are_in_another_region(
        self, database: EmulatedDatabase, operator: Operator
    ) -> None:
        operator.runs("tables", "create", "--yes")
        operator.sets(AWS_DEFAULT_REGION="eu-north-1")

        _, detail, remedy = examined(operator, healthy=False)[f"table {database.customer}"]

        assert "eu-north-1" in detail
        assert "AWS_DEFAULT_REGION" in remedy

    def test_another_key(self, database: EmulatedDatabase, operator: Operator) -> None:
        database.make_table(database.customer, "id")
        database.make_table(database.logger, "customer_id")

        found = examined(operator, healthy=False)

        assert found[f"keys of {database.customer}"] == (
            "failed",
            "id (S, HASH) instead of pk (S, HASH)",
            "this is another program's table: choose another CUSTOMER_TABLE_PREFIX",
        )
        assert found[f"keys of {database.logger}"][0] == "failed"
        # An operator who may not describe tables learns it here.
        for right in (
            f"GetItem on {database.customer}",
            f"UpdateItem on {database.customer}",
            f"Query on {database.logger}",
        ):
            status, _, remedy = found[f"permission {right}"]
            assert (status, "CUSTOMER_TABLE_PREFIX" in remedy) == ("failed", True)

    @pytest.mark.parametrize("attribute", [None, "expires"])
    def test_no_time_to_live(
        self, database: EmulatedDatabase, operator: Operator, attribute: str | None
    ) -> None:
        database.make_table(database.customer, "pk")
        database.make_table(database.logger, "customer_id", "at")
        if attribute is not None:
            database.expire(database.customer, attribute)
            database.expire(database.logger, attribute)

        # The service works, but its counters and the entries of the feed stay for ever.
        found = examined(operator, healthy=True)

        for table in (database.customer, database.logger):
            status, detail, remedy = found[f"time to live of {table}"]
            assert status == "warning"
            assert ("is off" if attribute is None else "'expires'") in detail
            assert CREATE in remedy


class TestCredentials:
    def test_the_identity_is_named_and_no_secret(self, operator: Operator) -> None:
        with emulated_database("moto", operator) as database:
            operator.sets(AWS_SECRET_ACCESS_KEY=SECRET, AWS_SESSION_TOKEN=f"{SECRET}token")
            operator.runs("tables", "create", "--yes")
            found = examined(operator, healthy=True)
            text = operator.runs("doctor")

        assert database.prefix
        status, detail, _ = found["credentials"]
        assert status == "ok"
        assert detail.startswith("arn:aws:sts::123456789012:")
        assert detail.endswith("from env")
        assert SECRET not in text.out + json.dumps(found)

    def test_there_are_none(self, operator: Operator) -> None:
        operator.sets(AWS_DEFAULT_REGION="eu-central-1")

        found = examined(operator, healthy=False)

        assert faulty(found) == {"credentials": "failed", "the rest": "skipped"}
        assert "AWS_ACCESS_KEY_ID" in found["credentials"][2]
        assert "role" in found["credentials"][2]

    @pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:1", "http://db.example"])
    def test_half_of_them(self, operator: Operator, endpoint: str) -> None:
        operator.sets(AWS_DEFAULT_REGION="eu-central-1", AWS_ACCESS_KEY_ID="AKIA")
        operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=endpoint)

        status, detail, _ = examined(operator, healthy=False)["credentials"]

        assert status == "failed"
        assert "AWS_SECRET_ACCESS_KEY" in detail

    def test_none_for_an_endpoint_that_wants_signed_requests(self, operator: Operator) -> None:
        operator.sets(
            AWS_DEFAULT_REGION="eu-central-1", CUSTOMER_DYNAMODB_ENDPOINT="http://db.example"
        )

        found = examined(operator, healthy=False)

        assert faulty(found) == {"credentials": "failed", "the rest": "skipped"}
        assert found["credentials"][2] == "set AWS_ACCESS_KEY_ID"

    def test_a_profile_that_is_not_configured(self, operator: Operator) -> None:
        operator.sets(AWS_PROFILE="shop")

        status, detail, remedy = examined(operator, healthy=False)["credentials"]

        assert (status, remedy) == ("failed", "set AWS_PROFILE")
        assert "must name a configured profile" in detail

    @pytest.mark.parametrize(
        ("code", "remedy"),
        [
            ("InvalidClientTokenId", "the access key is unknown"),
            ("ExpiredToken", "have expired"),
            ("SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY does not belong"),
        ],
    )
    def test_aws_does_not_know_them(self, operator: Operator, code: str, remedy: str) -> None:
        error = f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>"
        with stub_endpoint(reply(403, error.encode())) as sts:
            self.on_aws(operator, sts=sts.url, dynamodb="http://127.0.0.1:1")
            found = examined(operator, healthy=False)

        assert faulty(found) == {"credentials": "failed", "the rest": "skipped"}
        assert code in found["credentials"][1]
        assert remedy in found["credentials"][2]

    def test_sts_out_of_reach_is_no_reason_to_stop(self, operator: Operator) -> None:
        with stub_store() as server:
            self.on_aws(operator, sts="http://127.0.0.1:1", dynamodb=server.url)
            found = examined(operator, healthy=True)

        assert faulty(found) == {"credentials": "warning"}

    @pytest.mark.parametrize(
        ("code", "remedy"),
        [
            ("UnrecognizedClientException", "the access key is unknown"),
            ("ExpiredTokenException", "have expired"),
            ("InvalidSignatureException", "or the clock is wrong"),
        ],
    )
    def test_dynamodb_does_not_accept_them(
        self, operator: Operator, code: str, remedy: str
    ) -> None:
        found = examined_with(operator, {"GetItem": refused(code)})

        assert faulty(found) == {"signature": "failed", "the rest": "skipped"}
        assert remedy in found["signature"][2]

    @staticmethod
    def on_aws(operator: Operator, *, sts: str, dynamodb: str) -> None:
        """Make local servers look like AWS's endpoints."""
        operator.sets(
            AWS_DEFAULT_REGION="eu-central-1",
            AWS_ACCESS_KEY_ID="AKIA",
            AWS_SECRET_ACCESS_KEY=SECRET,
            AWS_ENDPOINT_URL_STS=sts,
            AWS_ENDPOINT_URL_DYNAMODB=dynamodb,
        )


class TestRegion:
    def test_there_is_none(self, operator: Operator) -> None:
        found = examined(operator, healthy=False)

        assert faulty(found) == {"region": "failed", "the rest": "skipped"}
        remedy = found["region"][2]
        assert remedy.startswith("set AWS_DEFAULT_REGION; or, for DynamoDB on this machine, set")
        assert "CUSTOMER_DYNAMODB_ENDPOINT=http://127.0.0.1:8000" in remedy

    def test_it_is_misspelt(self, operator: Operator) -> None:
        operator.sets(AWS_DEFAULT_REGION="eu-centrl-1")

        status, detail, remedy = examined(operator, healthy=False)["region"]

        assert (status, detail) == ("warning", "boto3 does not know the region eu-centrl-1")
        assert remedy == "set AWS_DEFAULT_REGION, perhaps to eu-central-1"

    @pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:1"])
    def test_it_can_be_none(self, operator: Operator, endpoint: str) -> None:
        operator.sets(AWS_DEFAULT_REGION="a b", CUSTOMER_DYNAMODB_ENDPOINT=endpoint)

        found = examined(operator, healthy=False)

        assert faulty(found) == {"region": "failed", "the rest": "skipped"}
        assert "eu-central-1" in found["region"][2]

    def test_it_is_like_no_other(self, operator: Operator) -> None:
        operator.sets(AWS_DEFAULT_REGION="zzz")

        assert examined(operator, healthy=False)["region"][2] == "set AWS_DEFAULT_REGION"


class TestEndpoint:
    def test_no_server_is_there(self, operator: Operator) -> None:
        operator.sets(CUSTOMER_DYNAMODB_ENDPOINT="http://127.0.0.1:1")

        found = examined(operator, healthy=False)

        assert faulty(found) == {"endpoint": "failed", "the rest": "skipped"}
        assert "http://127.0.0.1:1/" in found["endpoint"][1]
        assert "CUSTOMER_DYNAMODB_ENDPOINT" in found["endpoint"][2]

    def test_it_hangs_up(self, operator: Operator) -> None:
        with stub_endpoint(hang_up) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            found = examined(operator, healthy=False)

        assert faulty(found) == {"endpoint": "failed", "the rest": "skipped"}

    def test_it_speaks_no_tls(self, operator: Operator) -> None:
        with stub_endpoint(hang_up) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url.replace("http:", "https:"))
            found = examined(operator, healthy=False)

        assert found["endpoint"][0] == "failed"
        assert "use http" in found["endpoint"][2]

    @pytest.mark.parametrize(
        ("status", "body"),
        [(200, b"<html>Welcome</html>"), (200, b"{}"), (404, b"not found"), (200, b"")],
    )
    def test_something_else_answers(self, operator: Operator, status: int, body: bytes) -> None:
        with stub_endpoint(reply(status, body)) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            found = examined(operator, healthy=False)

        assert faulty(found) == {"endpoint": "failed", "the rest": "skipped"}
        assert "CUSTOMER_DYNAMODB_ENDPOINT" in found["endpoint"][2]


class TestClock:
    @pytest.mark.parametrize(
        ("minutes", "status"),
        [(0, "ok"), (1, "warning"), (-4, "warning"), (6, "failed"), (-6, "failed")],
    )
    def test_the_date_of_a_reply_shows_the_skew(
        self, operator: Operator, minutes: int, status: str
    ) -> None:
        def aws_clock() -> datetime:
            return datetime.now(UTC) - timedelta(minutes=minutes)

        with stub_store(clock=aws_clock) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            found = examined(operator, healthy=status != "failed")

        assert found["clock"][0] == status
        if minutes:
            assert ("ahead of" if minutes > 0 else "behind") in found["clock"][1]
            assert "NTP" in found["clock"][2]
        # The other checks still run beside a wrong clock.
        assert found["permission GetItem on customer"][0] == "ok"

    def test_a_refused_signature_shows_the_skew_too(self, operator: Operator) -> None:
        def aws_clock() -> datetime:
            return datetime.now(UTC) + timedelta(hours=1)

        answers = {"GetItem": refused("InvalidSignatureException")}
        with stub_store(answers, clock=aws_clock) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            found = examined(operator, healthy=False)

        assert faulty(found) == {"clock": "failed", "signature": "failed", "the rest": "skipped"}

    def test_a_reply_without_a_valid_date(self, operator: Operator) -> None:
        def undated(exchange: Exchange) -> None:
            exchange.send_response_only(400)
            exchange.send_header("x-amzn-RequestId", "0")
            exchange.send_header("Date", "yesterday")
            exchange.send_header("Content-Length", "0")
            exchange.end_headers()

        with stub_endpoint(undated) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            found = examined(operator, healthy=False)

        assert found["clock"] == ("skipped", "this endpoint does not send the time", "")


class TestRights:
    @pytest.mark.parametrize(
        "right",
        [
            "GetItem customer",
            "UpdateItem customer",
            "PutItem customer",
            "DeleteItem customer",
            "Scan customer",
            "Query logger",
            "BatchGetItem logger",
            "PutItem logger",
        ],
    )
    def test_one_is_missing(self, operator: Operator, right: str) -> None:
        action, table = right.split()

        found = examined_with(operator, {right: refused("AccessDeniedException")})

        assert faulty(found) == {f"permission {action} on {table}": "failed"}
        remedy = found[f"permission {action} on {table}"][2]
        assert f"allow dynamodb:{action} on the table {table}, as ServicePolicy" in remedy

    def test_describing_is_not_the_services_right(self, operator: Operator) -> None:
        denied = {"DescribeTable": refused("AccessDeniedException")}

        found = examined_with(operator, denied, healthy=True)

        assert faulty(found) == {"table customer": "warning", "table logger": "warning"}
        assert "InspectorPolicy" in found["table customer"][2]

    def test_a_missing_table_is_found_without_describing(self, operator: Operator) -> None:
        answers = {
            "DescribeTable": refused("AccessDeniedException"),
            "Query": refused("ResourceNotFoundException"),
        }
        with stub_store(answers) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            ran = operator.runs("doctor")

        assert ran.status == 1
        assert "failed   table logger: does not exist" in ran.out

    @pytest.mark.parametrize(
        "answer",
        [
            refused("ThrottlingException"),
            refused(
                "TransactionCanceledException",
                CancellationReasons=[{"Code": "TransactionConflict"}],
            ),
        ],
    )
    def test_a_busy_table_is_a_warning(self, operator: Operator, answer: Any) -> None:
        found = examined_with(operator, {"PutItem customer": answer}, healthy=True)

        assert faulty(found) == {"permission PutItem on customer": "warning"}

    @pytest.mark.parametrize(
        "answer",
        [
            (200, {}),
            refused("InternalServerError", 500),
            refused(
                "TransactionCanceledException", CancellationReasons=[{"Code": "ValidationError"}]
            ),
        ],
    )
    def test_any_other_answer_is_a_failure(self, operator: Operator, answer: Any) -> None:
        found = examined_with(operator, {"DeleteItem customer": answer})

        assert faulty(found) == {"permission DeleteItem on customer": "failed"}


class TestTables:
    @pytest.mark.parametrize(
        ("status", "verdict"), [("UPDATING", "ok"), ("CREATING", "failed"), ("DELETING", "failed")]
    )
    def test_the_status(self, operator: Operator, status: str, verdict: str) -> None:
        answers = {"DescribeTable customer": described(CUSTOMER, TableStatus=status)}

        found = examined_with(operator, answers, healthy=verdict == "ok")

        assert found["table customer"][0] == verdict
        assert status.lower() in found["table customer"][1].lower()

    def test_a_description_that_does_not_come(self, operator: Operator) -> None:
        answers = {"DescribeTable logger": None}

        found = examined_with(operator, answers)

        assert found["table logger"][0] == "failed"
        assert "Connection was closed" in found["table logger"][1]

    def test_a_description_that_fails(self, operator: Operator) -> None:
        answers = {"DescribeTable logger": refused("InternalServerError", 500)}

        found = examined_with(operator, answers)

        assert found["table logger"] == (
            "failed",
            "DynamoDB does not describe it: InternalServerError",
            "",
        )


MAIL = {
    "CUSTOMER_MAIL_FROM": "no-reply@shop.test",
    "CUSTOMER_LINK_URL": "https://shop.test",
}
REFUSED_LOGIN = {"EHLO": "250-hi\r\n250 AUTH PLAIN", "AUTH": "535 5.7.8 no, planted"}


class TestMail:
    def test_without_a_mail_server_it_is_not_mentioned(self, operator: Operator) -> None:
        found = examined_with(operator, {}, healthy=True)

        assert not {"mail server", "mail templates"} & found.keys()

    def test_settings_of_mail_without_a_mail_server_are_pointed_out(
        self, operator: Operator
    ) -> None:
        operator.sets(**MAIL)

        found = examined_with(operator, {}, healthy=True)

        detail = "no mail is sent, although CUSTOMER_MAIL_FROM is set"
        assert found["mail server"] == ("warning", detail, "set CUSTOMER_SMTP_URL")

    def test_the_server_is_asked_and_gets_no_message(self, operator: Operator) -> None:
        with scripted_server({}) as server:
            operator.sets(CUSTOMER_SMTP_URL=f"smtp://127.0.0.1:{server.port}", **MAIL)
            found = examined_with(operator, {}, healthy=True)

        assert found["mail templates"] == ("ok", "every message has its texts", "")
        detail = f"127.0.0.1:{server.port} answers with no encryption, without a login"
        assert found["mail server"] == ("ok", detail, "")
        assert server.commands == ["ehlo [127.0.0.1]", "QUIT"]

    @pytest.mark.parametrize(
        ("script", "user", "cause", "remedy"),
        [
            ({"CONNECT": drop}, "", "closed the connection", "check the port"),
            (
                {"CONNECT": "554 no"},
                "",
                "refuses the connection's beginning (554)",
                "check the port",
            ),
            ({}, "shop:planted@", "does not support a login (AUTH)", "try smtps://"),
            (
                REFUSED_LOGIN,
                "shop:planted@",
                "refuses the user or the password (535 5.7.8)",
                "write %40 for @",
            ),
        ],
    )
    def test_a_server_that_does_not_take_mail(
        self, operator: Operator, script: Script, user: str, cause: str, remedy: str
    ) -> None:
        with scripted_server(script) as server:
            url = f"smtp://{user}127.0.0.1:{server.port}"
            operator.sets(CUSTOMER_SMTP_URL=url, **MAIL)
            found = examined_with(operator, {})

        status, detail, advice = found["mail server"]
        assert (status, detail) == ("failed", f"127.0.0.1:{server.port} {cause}")
        assert remedy in advice
        assert "planted" not in str(found)

    def test_a_wrong_template(self, operator: Operator, tmp_path: Path) -> None:
        operator.sets(
            CUSTOMER_SMTP_URL="log:",
            CUSTOMER_HOST="::1",
            CUSTOMER_MAIL_TEMPLATES=str(tmp_path / "x"),
        )

        found = examined_with(operator, {})

        assert found["mail server"] == ("ok", "none: the links are printed", "")
        assert found["mail templates"][:2] == (
            "failed",
            "CUSTOMER_MAIL_TEMPLATES must be the path of a folder that the service can read",
        )


class TestSettings:
    def test_memory_has_no_tables(self, operator: Operator) -> None:
        operator.sets(CUSTOMER_STORAGE="memory")

        ran = operator.runs("doctor")

        assert (ran.status, ran.out) == (2, "")
        assert "here: what is in memory lives and ends with its own process" in ran.err

    def test_a_wrong_setting_is_named(self, operator: Operator) -> None:
        operator.sets(CUSTOMER_TABLE_PREFIX="a/b")

        ran = operator.runs("doctor")

        assert ran.status == 2
        assert "CUSTOMER_TABLE_PREFIX" in ran.err

    def test_a_misspelt_setting_is_pointed_out(self, operator: Operator) -> None:
        operator.sets(CUSTOMER_TABLES_PREFIX="shop-")

        found = examined_with(operator, {}, healthy=True)

        assert found["settings"][:2] == (
            "warning",
            "CUSTOMER_TABLES_PREFIX is not a setting; did you mean CUSTOMER_TABLE_PREFIX?",
        )

    def test_wrong_settings_are_json_too(self, operator: Operator) -> None:
        operator.sets(CUSTOMER_STORAGE="memory", CUSTOMER_PORT="x")

        ran = operator.runs("doctor", "--json")

        report = json.loads(ran.out)
        assert (ran.status, ran.err, report["healthy"]) == (2, "", False)
        (check,) = report["checks"]
        assert (check["check"], check["status"]) == ("settings", "failed")
        assert "CUSTOMER_PORT" in check["detail"]

    def test_a_token_of_the_feed_that_breaks_the_rule_is_named_by_its_number(
        self, operator: Operator
    ) -> None:
        weak = "x" * 32
        tokens = f"{FEED_TOKEN},{weak}"
        operator.sets(CUSTOMER_SESSION_FEED="true", CUSTOMER_SESSION_FEED_TOKEN=tokens)

        ran = operator.runs("doctor", "--json")

        (check,) = json.loads(ran.out)["checks"]
        assert (ran.status, check["check"], check["status"]) == (2, "settings", "failed")
        assert check["detail"] == (
            "CUSTOMER_SESSION_FEED_TOKEN must be random; `openssl rand -hex 32` makes one"
            " (token 2 of 2)"
        )
        assert operator.runs("doctor").status == 2

    def test_json_is_all_that_is_printed(self, operator: Operator) -> None:
        with stub_store() as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            ran: CommandResult = operator.runs("doctor", "--json")

        assert set(json.loads(ran.out)) == {"healthy", "checks"}
        assert ran.err == ""
