"""Customers see where they are logged in, and log out elsewhere (OWASP ASVS 5.0, 7.5.2)."""

from typing import Any

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, add, faulty_fields, is_live, log_in, the_problem
from support.http.own_account import ME, change_password, requires_login

from cybershop_customer import ContextId
from cybershop_customer.entrypoints.testkit.clock import ManualClock

SESSIONS = f"{ME}/sessions"
AGENT = {"User-Agent": "Firefox/150"}


def id_of(context_id: str) -> str:
    return ContextId.parse(context_id).session_id


def listed(api: Api, bearer: str) -> list[dict[str, Any]]:
    answer = api.get(SESSIONS, bearer=bearer)
    assert (answer.status, answer.json["customer_id"]) == (200, "zoe"), answer
    sessions: list[dict[str, Any]] = answer.json["sessions"]
    return sessions


@pytest.fixture
def zoe(api: Api) -> str:
    add(api, "zoe")
    return log_in(api, "zoe")


class TestList:
    def test_each_session_says_when_and_from_where(
        self, api: Api, zoe: str, clock: ManualClock
    ) -> None:
        clock.advance(seconds=1)
        other = log_in(api, "zoe")

        first, second = listed(api, zoe)

        assert [first["session_id"], second["session_id"]] == [id_of(zoe), id_of(other)]
        assert [first["current"], second["current"]] == [True, False]
        assert second["issued_at"] == "2031-05-17T12:00:01.123456Z"
        assert first["source"] == second["source"]
        assert first["device"] != second["device"]
        assert first.keys() == {
            *("session_id", "issued_at", "expires_at"),
            *("source", "user_agent", "device", "current"),
        }

    def test_a_session_has_the_program_and_the_source_that_opened_it(
        self, api: Api, zoe: str
    ) -> None:
        (before,) = listed(api, zoe)
        message = {"password": "correct horse", "new_password": "another horse"}
        changed = api.put(f"{ME}/password", message, bearer=zoe, headers=AGENT)

        (session,) = listed(api, changed.json["context_id"])

        assert session["user_agent"] == "Firefox/150"
        assert session["source"] == before["source"] is not None

    def test_the_secrets_are_not_in_it(self, api: Api, zoe: str) -> None:
        token = change_password(api, zoe).json
        body = api.get(SESSIONS, bearer=token["context_id"]).body.decode()

        assert token["context_id"].partition(".")[0] not in body
        assert token["device_token"] not in body

    def test_admins_see_the_same_of_any_customer_and_only_if_they_ask(
        self, api: Api, zoe: str, admin: str
    ) -> None:
        own = [{**session, "current": None} for session in listed(api, zoe)]
        plain = api.get(f"{BASE}/zoe/sessions?details=false", bearer=admin)
        detailed = api.get(f"{BASE}/zoe/sessions?details=true", bearer=admin)

        assert [{**session, "current": None} for session in detailed.json["sessions"]] == own
        (session,) = plain.json["sessions"]
        assert session.keys() == {"session_id", "issued_at", "expires_at"}
        wrong = api.get(f"{BASE}/zoe/sessions?details=1", bearer=admin)
        assert faulty_fields(wrong) == ["details"]

    def test_other_customers_see_nothing(self, api: Api, zoe: str) -> None:
        add(api, "yan")

        answer = api.get(f"{BASE}/zoe/sessions?details=true", bearer=log_in(api, "yan"))

        the_problem(answer, 403, "role-required")
        assert is_live(api, zoe)


class TestEnd:
    def test_one(self, api: Api, zoe: str) -> None:
        other, third = log_in(api, "zoe"), log_in(api, "zoe")

        answer = api.delete(f"{SESSIONS}/{id_of(other)}", bearer=zoe)

        assert answer.json == {"customer_id": "zoe", "message": "Session ended."}
        assert [is_live(api, each) for each in (zoe, other, third)] == [True, False, True]
        again = api.delete(f"{SESSIONS}/{id_of(other)}", bearer=zoe)
        the_problem(again, 404, "session-not-found")

    def test_all_others(self, api: Api, zoe: str) -> None:
        others = [log_in(api, "zoe") for _ in range(3)]

        answer = api.delete(SESSIONS, bearer=zoe)

        assert answer.json == {"customer_id": "zoe", "message": "Other sessions ended."}
        assert is_live(api, zoe)
        assert not any(is_live(api, other) for other in others)
        assert api.delete(SESSIONS, bearer=zoe).status == 200

    def test_a_message_with_a_field_ends_none(self, api: Api, zoe: str) -> None:
        """The caller may have meant one session."""
        other = log_in(api, "zoe")

        answer = api.request("DELETE", SESSIONS, {"session_id": id_of(other)}, bearer=zoe)

        assert faulty_fields(answer) == ["session_id"]
        assert is_live(api, other)

    def test_it_needs_a_recent_login(self, api: Api, zoe: str, clock: ManualClock) -> None:
        """OWASP ASVS 5.0, 7.5.1. Otherwise a stolen session could lock its owner out."""
        other = log_in(api, "zoe")
        clock.advance(minutes=5, seconds=1)

        for path in (SESSIONS, f"{SESSIONS}/{id_of(other)}", f"{BASE}/zoe/sessions"):
            assert requires_login(api.delete(path, bearer=zoe)), path
        assert is_live(api, other)

    def test_another_customers_session_is_not_there(self, api: Api, zoe: str) -> None:
        add(api, "yan")

        answer = api.delete(f"{SESSIONS}/{id_of(zoe)}", bearer=log_in(api, "yan"))

        the_problem(answer, 404, "session-not-found")
        assert is_live(api, zoe)

    def test_a_secret_in_the_path_is_refused_and_not_repeated(self, api: Api, zoe: str) -> None:
        answer = api.delete(f"{SESSIONS}/{zoe}", bearer=zoe)

        assert faulty_fields(answer) == ["session_id"]
        assert zoe not in answer.body.decode()
