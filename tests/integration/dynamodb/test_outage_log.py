"""What the log says about an outage, and how often."""

import logging

import pytest
from falcon.testing import TestClient
from support.doubles.manual_time import ManualTime
from support.dynamodb.stub_store import refused, stub_store
from support.races.threads import THREADS, race

from cybershop_customer import StoreFaultError, StoreUnavailableError
from cybershop_customer.adapters.dynamodb.outage_log import INTERVAL, OutageLog
from cybershop_customer.adapters.dynamodb.storage import dynamodb_storage
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import START

CUSTOMER, LOGGER = frozenset({"customer"}), frozenset({"logger"})
BOTH = CUSTOMER | LOGGER
GONE = refused("ResourceNotFoundException")


@pytest.fixture
def time() -> ManualTime:
    return ManualTime()


@pytest.fixture
def log(time: ManualTime) -> OutageLog:
    return OutageLog(monotonic=time.monotonic)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records]


class TestMissingTables:
    def test_the_beginning_is_logged_once_and_the_end_once(
        self, log: OutageLog, time: ManualTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(3):
            log.log_missing_tables(CUSTOMER, "gone")
            log.log_missing_tables(BOTH, "gone")
            time.now += INTERVAL
        log.note_reply(CUSTOMER)
        log.note_reply(CUSTOMER)

        first, last = lines(caplog)
        assert "no table customer that" in first
        assert last == "DynamoDB has every table again; the service serves requests"
        assert not log.misses_tables

    def test_a_reply_of_another_table_ends_nothing(
        self, log: OutageLog, caplog: pytest.LogCaptureFixture
    ) -> None:
        log.log_missing_tables(LOGGER, "gone")
        log.note_reply(CUSTOMER)
        log.log_missing_tables(LOGGER, "gone")

        assert len(lines(caplog)) == 1

    def test_of_two_that_were_suspected_each_must_answer(
        self, log: OutageLog, caplog: pytest.LogCaptureFixture
    ) -> None:
        log.log_missing_tables(BOTH, "gone")
        log.note_reply(CUSTOMER)
        assert log.misses_tables
        log.log_missing_tables(BOTH, "gone")
        log.note_reply(LOGGER)

        first, last = lines(caplog)
        assert "no table customer or logger that" in first
        assert "every table again" in last

    def test_a_second_outage_is_logged_too(
        self, log: OutageLog, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(2):
            log.log_missing_tables(CUSTOMER, "gone")
            log.note_reply(BOTH)

        assert len(lines(caplog)) == 4

    def test_many_threads_log_it_once(
        self, log: OutageLog, caplog: pytest.LogCaptureFixture
    ) -> None:
        def meet() -> None:
            for _ in range(100):
                log.log_missing_tables(CUSTOMER, "gone")
                log.log_failure(logging.ERROR, "cause", "refused")

        race([meet] * THREADS)

        assert len(lines(caplog)) == 2


class TestOtherFaults:
    def test_a_cause_is_logged_once_in_an_interval_and_then_with_the_number_omitted(
        self, log: OutageLog, time: ManualTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(5):
            log.log_failure(logging.ERROR, "cause", "refused %s", "it")
        time.now += 2 * INTERVAL
        log.log_failure(logging.ERROR, "cause", "refused %s", "it")
        time.now += 2 * INTERVAL
        log.log_failure(logging.ERROR, "cause", "refused %s", "it")

        more = "refused it (4 more like this were not logged)"
        assert lines(caplog) == ["refused it", more, "refused it"]

    def test_no_two_lines_of_a_cause_are_nearer_than_an_interval(
        self, log: OutageLog, time: ManualTime, caplog: pytest.LogCaptureFixture
    ) -> None:
        time.now += INTERVAL - 0.1 - time.now % INTERVAL
        log.log_failure(logging.ERROR, "cause", "refused")
        time.now += 0.2
        log.log_failure(logging.ERROR, "cause", "refused")

        assert lines(caplog) == ["refused"]

    def test_each_cause_is_logged(self, log: OutageLog, caplog: pytest.LogCaptureFixture) -> None:
        for cause in ("one", "another"):
            log.log_failure(logging.WARNING, cause, cause)

        assert lines(caplog) == ["one", "another"]

    def test_any_number_of_causes_takes_bounded_memory(self, log: OutageLog) -> None:
        for number in range(1000):
            log.log_failure(logging.DEBUG, number, "rubbish")

        assert len(log._latest) <= 100

    def test_a_refusal_is_logged_once_however_many_requests_meet_it(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        with stub_store({"GetItem": refused("AccessDeniedException")}) as server:
            storage = dynamodb_storage(server.url, "")
            for _ in range(5):
                with pytest.raises(StoreFaultError):
                    storage.customers.get("zoe", now=START)

        assert len(lines(caplog)) == 1

    def test_an_outage_is_logged_once(self, caplog: pytest.LogCaptureFixture) -> None:
        storage = dynamodb_storage("http://127.0.0.1:1", "")
        for _ in range(5):
            with pytest.raises(StoreUnavailableError):
                storage.customers.get("zoe", now=START)

        assert len(lines(caplog)) == 1

    def test_a_feed_that_is_off_is_logged_once(self, caplog: pytest.LogCaptureFixture) -> None:
        storage = dynamodb_storage("http://127.0.0.1:1", "")
        for _ in range(5):
            with pytest.raises(StoreFaultError):
                storage.session_changes.read(after="0", limit=9)

        assert len(lines(caplog)) == 1


class TestOverHttp:
    def test_without_its_tables_the_service_answers_503_and_logs_it_once(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        answers: dict[str, object] = dict.fromkeys(
            ("GetItem", "Query", "UpdateItem", "PutItem"), GONE
        )
        with stub_store(answers) as server:  # type: ignore[arg-type]
            client = self.client(server.url)
            login = {"customer_id": "zoe", "password": "a tin of red paint"}
            for _ in range(3):
                replies = [
                    client.simulate_put("/api/v1/customer/login", json=login),
                    client.simulate_get(
                        "/api/v1/customer/session",
                        headers={"Authorization": f"Bearer {43 * 'x'}.zoe"},
                    ),
                    client.simulate_get("/readyz"),
                ]
                assert [reply.status_code for reply in replies] == [503, 503, 503]
                assert {reply.headers["Retry-After"] for reply in replies} == {"5"}
                assert all(reply.json["outcome_known"] for reply in replies)
            answers.clear()
            assert client.simulate_get("/readyz").status_code == 200

        logged = [record for record in caplog.records if record.levelno > logging.INFO]
        first, last = (record.message for record in logged)
        assert "no table customer that can be used" in first
        assert "`cybershop-customer doctor`" in first
        assert "every table again" in last
        assert not any(record.exc_info for record in caplog.records)

    def test_a_refusal_of_the_store_has_no_trace(self, caplog: pytest.LogCaptureFixture) -> None:
        with stub_store({"GetItem": refused("AccessDeniedException")}) as server:
            headers = {"Authorization": f"Bearer {43 * 'x'}.zoe"}
            reply = self.client(server.url).simulate_get(
                "/api/v1/customer/session", headers=headers
            )

        assert reply.status_code == 500
        assert not any(record.exc_info for record in caplog.records)

    @staticmethod
    def client(url: str) -> TestClient:
        settings = Settings.from_environ({"CUSTOMER_DYNAMODB_ENDPOINT": url})
        return TestClient(create_app(make_container(settings).services()))
