"""Promise 4: a logout is effective for the very next check."""

from typing import Any

import pytest
from support.races import tasks as racing
from support.races.concurrent_users import RaceHarness
from support.races.processes import outcome
from support.stores.stored_state import log_of

from cybershop_customer import Session, SessionRefusedError

TIMES = 5


def test_nobody_passes_who_has_logged_out(harness: RaceHarness) -> None:
    racing.add(harness.services, "zoe")

    seen = harness.race(racing.log_in_check_out_check, "zoe", TIMES)

    assert seen == [["Session, then SessionRefusedError"] * TIMES] * harness.racers


def test_a_logout_by_one_is_a_logout_for_all(harness: RaceHarness) -> None:
    """Each racer has checked the session before, and so could have remembered it."""
    racing.add(harness.services, "zoe")
    login = harness.services.sessions.login(customer_id="zoe", password=racing.PASSWORD)
    assert harness.race(racing.check, login.context_id) == ["zoe"] * harness.racers

    harness.services.sessions.logout(login.context_id)

    assert harness.race(racing.check, login.context_id) == [SessionRefusedError] * harness.racers


def test_of_many_logouts_of_one_session_one_is_recorded(harness: RaceHarness) -> None:
    racing.add(harness.services, "zoe")
    login = harness.services.sessions.login(customer_id="zoe", password=racing.PASSWORD)

    outcomes = harness.race(racing.log_out_the_same, login.context_id)

    assert outcomes.count("str, then SessionRefusedError") == 1
    others = "SessionRefusedError, then SessionRefusedError"
    assert outcomes.count(others) == harness.racers - 1
    recorded = [record.operation_name for record in log_of(harness.storage, "zoe")]
    assert recorded.count("logout") == 1


class Remembering:
    """Negative control: remembers each session that it found."""

    def __init__(self, sessions: Any) -> None:
        self._sessions = sessions
        self._found: dict[str, Session] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sessions, name)

    def find(self, customer_id: str, session_id: str) -> Session | None:
        if session_id not in self._found:
            self._found[session_id] = self._sessions.find(customer_id, session_id)
        return self._found[session_id]


@pytest.mark.parametrize(("remembers", "after"), [(True, "zoe"), (False, SessionRefusedError)])
def test_whoever_remembers_sessions_lets_in_who_has_logged_out(
    thread_harness: RaceHarness, remembers: bool, after: object
) -> None:
    sessions = thread_harness.storage.sessions
    checker = (
        thread_harness.services_with(sessions=Remembering(sessions))
        if remembers
        else thread_harness.services
    )
    racing.add(thread_harness.services, "zoe")
    login = thread_harness.services.sessions.login(customer_id="zoe", password=racing.PASSWORD)
    racing.check(checker, 0, login.context_id)

    thread_harness.services.sessions.logout(login.context_id)

    assert outcome(lambda: racing.check(checker, 0, login.context_id)) == after
