"""``GET /api/v1/customer/session/feed``: the changes after which followers drop cached answers."""

from dataclasses import replace
from hmac import compare_digest
from typing import Any, Final

import pytest
from support.doubles.failing_port import FailingPort
from support.http.api import Answer, Api
from support.http.customer_api import BASE, PASSWORD, add, faulty_fields, log_in, the_problem

from cybershop_customer import (
    OPERATOR,
    SettingsError,
    StoreFaultError,
    StoreUnavailableError,
)
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.http import session_feed_resource
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

FEED: Final = f"{BASE}/session/feed"
TOKEN: Final = "0123456789abcdef0123456789ABCDEF-._~+/=="


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, session_feed=True, session_feed_token=TOKEN)


def read(api: Api, cursor: str | None = None) -> dict[str, Any]:
    """One page."""
    target = FEED if cursor is None else f"{FEED}?cursor={cursor}"
    answer = api.get(target, bearer=TOKEN)
    assert answer.status == 200, answer
    page: dict[str, Any] = answer.json
    return page


def changed(page: dict[str, Any]) -> list[str]:
    return [change["customer_id"] for change in page["changes"]]


def test_every_early_end_and_every_change_of_roles_is_published(
    api: Api, admin: str, clock: ManualClock, container: Container
) -> None:
    for name in ("out", "all", "new", "gone", "boss"):
        add(api, name)
    # The new admin had no session that could end.
    assert changed(read(api)) == []
    bystander = log_in(api, "boss")
    clock.advance(seconds=1)

    api.put(f"{BASE}/logoff", {"context_id": log_in(api, "out")})
    clock.advance(seconds=1)
    api.delete(f"{BASE}/all/sessions", bearer=log_in(api, "all"))
    clock.advance(seconds=1)
    api.put(f"{BASE}/new", {"password": "another horse"}, bearer=admin)
    clock.advance(seconds=1)
    api.delete(f"{BASE}/gone", bearer=admin)
    clock.advance(seconds=1)
    container.services().roles.grant_role("boss", "admin", actor=OPERATOR)

    page = read(api)
    assert changed(page) == ["out", "all", "new", "gone", "boss"]
    assert page["complete"] is True
    positions = [change["position"] for change in page["changes"]]
    assert positions == sorted(positions)
    assert bystander not in str(page)


def test_nothing_else_is_published(api: Api, admin: str) -> None:
    add(api, "zoe")
    log_in(api, "zoe")
    api.put(f"{BASE}/zoe", {"fname": "Zoë", "password": PASSWORD}, bearer=admin)
    api.put(f"{BASE}/login", {"customer_id": "zoe", "password": "wrong horse"})

    assert changed(read(api)) == []


def test_reading_on_from_a_cursor(api: Api, clock: ManualClock) -> None:
    add(api, "ann")
    add(api, "bob")
    api.put(f"{BASE}/logoff", {"context_id": log_in(api, "ann")})
    cursor = read(api)["cursor"]
    clock.advance(minutes=2)
    assert changed(read(api, cursor)) == ["ann"], "it looks back"
    cursor = read(api, cursor)["cursor"]
    api.put(f"{BASE}/logoff", {"context_id": log_in(api, "bob")})

    assert changed(read(api, cursor)) == ["bob"]


def test_followers_share_reads(api: Api, clock: ManualClock) -> None:
    def ask(cursor: str | None, max_read_age: str) -> dict[str, Any]:
        given = "" if cursor is None else f"&cursor={cursor}"
        answer = api.get(f"{FEED}?max_read_age={max_read_age}{given}", bearer=TOKEN)
        assert answer.status == 200, answer
        page: dict[str, Any] = answer.json
        return page

    first = ask(None, "0")
    assert (changed(first), first["complete"]) == ([], True)
    add(api, "ann")
    api.put(f"{BASE}/logoff", {"context_id": log_in(api, "ann")})

    second = ask(first["cursor"], "60")
    assert changed(second) == [], "the read of before counts"
    assert 0 < second["read_age"] < 60
    third = ask(second["cursor"], "0.0")
    assert (changed(third), third["read_age"]) == (["ann"], 0)
    clock.advance(seconds=1)
    assert changed(ask(third["cursor"], "0")) == []
    assert changed(ask(first["cursor"], "0")) == ["ann"]


@pytest.mark.parametrize("seconds", ["1e1", "1E-300", "0.0000001", "41.07082562545725", "-0.0"])
def test_an_age_may_be_any_number_of_json(api: Api, seconds: str) -> None:
    assert api.get(f"{FEED}?max_read_age={seconds}", bearer=TOKEN).status == 200


@pytest.mark.parametrize(
    "seconds",
    ["", "x", "-1", "61", "60.1", "1e2", "1e999", "9" * 400, "nan", "inf", "%D9%A1", "1_0", "+1"],
)
def test_an_age_that_is_no_number_of_seconds_is_refused(api: Api, seconds: str) -> None:
    answer = api.get(f"{FEED}?max_read_age={seconds}", bearer=TOKEN)
    assert faulty_fields(answer) == ["max_read_age"]


@pytest.mark.parametrize("cursor", ["x", "", "2031-05-17T10:00:00.000000Z", "%C3%A4", "%00"])
def test_a_malformed_or_old_cursor_is_refused(api: Api, cursor: str) -> None:
    assert faulty_fields(api.get(f"{FEED}?cursor={cursor}", bearer=TOKEN)) == ["cursor"]


class TestTheToken:
    @pytest.mark.parametrize(
        "bearer", [None, "", TOKEN[:-1], TOKEN + "=", TOKEN.lower(), "ä" * 40, "x" * 5000]
    )
    def test_a_missing_or_wrong_token_is_refused(self, api: Api, bearer: str | None) -> None:
        self._refused(api.get(FEED, bearer=bearer))

    def test_a_session_is_no_token(self, api: Api, admin: str) -> None:
        self._refused(api.get(FEED, bearer=admin))

    def test_the_token_is_no_session(self, api: Api) -> None:
        the_problem(api.get(f"{BASE}/session", bearer=TOKEN), 401, "session-refused")

    def _refused(self, answer: Answer) -> None:
        problem = the_problem(answer, 401, "feed-refused")
        assert answer.headers["www-authenticate"] == 'Bearer realm="customer"'
        assert "changes" not in problem

    def test_another_scheme_is_refused(self, api: Api) -> None:
        answer = api.get(FEED, headers={"Authorization": f"Basic {TOKEN}"})
        the_problem(answer, 401, "feed-refused")

    @pytest.mark.parametrize("token", ["", "ä" * 32, "a\nb", "x" * 32, [], [TOKEN, ""]])
    def test_a_malformed_token_in_the_settings_is_refused(
        self, container: Container, token: Any
    ) -> None:
        with pytest.raises(SettingsError, match="feed_token"):
            create_app(container.services(), feed_token=token)


class TestSeveralTokens:
    """While the followers change from one token to another, the service accepts both."""

    NEXT: Final = "next-0123456789abcdefghijklmnopq"

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, session_feed_token=f"{TOKEN}, {self.NEXT}")

    @pytest.mark.parametrize("bearer", [TOKEN, NEXT])
    def test_each_opens_the_feed(self, api: Api, bearer: str) -> None:
        assert api.get(FEED, bearer=bearer).status == 200

    @pytest.mark.parametrize("bearer", [None, f"{TOKEN},{NEXT}", TOKEN + NEXT, NEXT[:-1]])
    def test_nothing_else_does(self, api: Api, bearer: str | None) -> None:
        the_problem(api.get(FEED, bearer=bearer), 401, "feed-refused")

    def test_every_token_is_compared(
        self, container: Container, serve: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So the duration does not say which token it was."""
        compared: list[bytes] = []

        def compare(sent: bytes, token: bytes) -> bool:
            compared.append(token)
            return compare_digest(sent, token)

        monkeypatch.setattr(session_feed_resource, "compare_digest", compare)

        serve().get(FEED, bearer=TOKEN)

        assert compared == [TOKEN.encode(), self.NEXT.encode()]


class TestOff:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, session_feed_token=None)

    @pytest.mark.parametrize("bearer", [None, "", TOKEN])
    def test_the_problem_says_how_to_switch_the_feed_on(self, api: Api, bearer: str | None) -> None:
        problem = the_problem(api.get(FEED, bearer=bearer), 404, "feed-off")
        for name in ("CUSTOMER_SESSION_FEED=true", "CUSTOMER_SESSION_FEED_TOKEN"):
            assert name in problem["detail"]


@pytest.mark.parametrize("error", [StoreUnavailableError(7), StoreFaultError("no rights")])
def test_a_store_that_fails(container: Container, serve: Any, error: Exception) -> None:
    container.session_change_log.override(FailingPort(error))

    answer = serve().get(FEED, bearer=TOKEN)

    the_problem(answer, 503, "checker-unavailable")
    expected = "7" if isinstance(error, StoreUnavailableError) else "1"
    assert answer.headers["retry-after"] == expected


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_it_can_only_be_read(api: Api, method: str) -> None:
    the_problem(api.request(method, FEED, bearer=TOKEN), 405, "method-not-allowed")


def test_a_customer_called_feed_is_an_ordinary_customer(api: Api, admin: str) -> None:
    the_problem(api.get(f"{BASE}/feed", bearer=admin), 404, "customer-not-found")


def test_a_cursor_that_is_given_twice_is_refused(api: Api) -> None:
    cursor = read(api)["cursor"]

    answer = api.get(f"{FEED}?cursor={cursor}&cursor={cursor}", bearer=TOKEN)

    assert faulty_fields(answer) == ["cursor"]
