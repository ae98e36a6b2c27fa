from dataclasses import replace

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, add, is_live, log_in, the_problem

from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock


def test_live_sessions_are_listed_oldest_first_without_their_secrets(
    api: Api, clock: ManualClock
) -> None:
    add(api, "zoe")
    secrets = [log_in(api, "zoe")]
    clock.advance(seconds=1)
    secrets.append(log_in(api, "zoe"))

    answer = api.get(f"{BASE}/zoe/sessions", bearer=secrets[0])

    assert answer.status == 200
    assert answer.json["customer_id"] == "zoe"
    first, second = answer.json["sessions"]
    assert first.keys() == {"session_id", "issued_at", "expires_at"}
    assert first["issued_at"] == "2031-05-17T12:00:00.123456Z"
    assert second["issued_at"] == "2031-05-17T12:00:01.123456Z"
    assert second["expires_at"] == "2031-05-17T12:30:01.123456Z"
    for secret in secrets:
        assert secret not in answer.body.decode()
        assert secret.partition(".")[0] not in answer.body.decode()


def test_expired_and_ended_sessions_are_not_listed(api: Api, clock: ManualClock) -> None:
    add(api, "zoe")
    log_in(api, "zoe")
    clock.advance(minutes=31)
    api.put(f"{BASE}/logoff", bearer=log_in(api, "zoe"))

    answer = api.get(f"{BASE}/zoe/sessions", bearer=log_in(api, "zoe"))

    assert len(answer.json["sessions"]) == 1


@pytest.mark.parametrize("slash", ["", "/"])
def test_customers_end_all_their_sessions(api: Api, slash: str) -> None:
    add(api, "zoe")
    sessions = [log_in(api, "zoe") for _ in range(3)]

    answer = api.delete(f"{BASE}/zoe/sessions{slash}", bearer=sessions[0])

    assert answer.status == 200
    assert answer.json == {"customer_id": "zoe", "message": "All sessions ended."}
    assert not any(is_live(api, context_id) for context_id in sessions)


def test_admins_list_and_end_the_sessions_of_any_customer(api: Api, admin: str) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")

    listed = api.get(f"{BASE}/zoe/sessions", bearer=admin)
    ended = api.delete(f"{BASE}/zoe/sessions", bearer=admin)

    assert len(listed.json["sessions"]) == 1
    assert ended.status == 200
    assert not is_live(api, context_id)
    assert is_live(api, admin)


def test_customers_cannot_list_or_end_the_sessions_of_others(api: Api) -> None:
    add(api, "zoe")
    add(api, "yan")
    context_id = log_in(api, "zoe")
    other = log_in(api, "yan")

    the_problem(api.get(f"{BASE}/zoe/sessions", bearer=other), 403, "role-required")
    the_problem(api.delete(f"{BASE}/zoe/sessions", bearer=other), 403, "role-required")
    the_problem(api.get(f"{BASE}/zoe/sessions"), 401, "session-refused")
    the_problem(api.delete(f"{BASE}/zoe/sessions"), 401, "session-refused")
    assert is_live(api, context_id)


def test_an_unknown_customer_has_no_list_of_sessions(api: Api, admin: str) -> None:
    the_problem(api.get(f"{BASE}/nobody/sessions", bearer=admin), 404, "customer-not-found")
    the_problem(api.delete(f"{BASE}/nobody/sessions", bearer=admin), 404, "customer-not-found")


class TestLimit:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, max_sessions=2)

    def test_the_oldest_session_is_evicted_for_a_new_one(
        self, api: Api, clock: ManualClock
    ) -> None:
        add(api, "zoe")
        sessions = []
        for _ in range(3):
            sessions.append(log_in(api, "zoe"))
            clock.advance(seconds=1)

        assert [is_live(api, context_id) for context_id in sessions] == [False, True, True]


def test_a_session_opened_while_the_clock_was_a_day_ahead_is_not_live(
    api: Api, clock: ManualClock
) -> None:
    add(api, "zoe")
    clock.advance(minutes=24 * 60)
    future = log_in(api, "zoe")
    clock.advance(minutes=-24 * 60)

    checked = api.get(f"{BASE}/session", bearer=future)
    ended = api.put(f"{BASE}/logoff", bearer=future)
    listed = api.get(f"{BASE}/zoe/sessions", bearer=log_in(api, "zoe"))

    assert the_problem(checked, 401, "session-refused")["reason"] == "unknown"
    assert the_problem(ended, 401, "session-refused")["reason"] == "unknown"
    assert len(listed.json["sessions"]) == 1
    clock.advance(minutes=24 * 60)
    assert not is_live(api, future)
