import pytest
from support.http.api import Api
from support.http.customer_api import BASE, add, faulty_fields, is_live, log_in, the_problem

from cybershop_customer.entrypoints.testkit.clock import ManualClock


def test_the_credentials_in_the_message_end_the_session(api: Api) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")

    answer = api.put(f"{BASE}/logoff", {"customer_id": "zoe", "context_id": context_id})

    assert answer.status == 200
    assert answer.json == {"customer_id": "zoe", "message": "Logged out."}
    assert not is_live(api, context_id)


@pytest.mark.parametrize("message", [{}, {"customer_id": "zoe"}])
def test_the_bearer_ends_the_session(api: Api, message: dict[str, str]) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")

    answer = api.put(f"{BASE}/logoff", message, bearer=context_id)

    assert (answer.status, answer.json["customer_id"]) == (200, "zoe")
    assert not is_live(api, context_id)


def test_a_bearer_needs_no_message(api: Api) -> None:
    add(api, "zoe")

    assert api.put(f"{BASE}/logoff", bearer=log_in(api, "zoe")).status == 200


def test_only_that_session_ends(api: Api) -> None:
    add(api, "zoe")
    first, second = log_in(api, "zoe"), log_in(api, "zoe")

    api.put(f"{BASE}/logoff", bearer=first)

    assert is_live(api, second)


def test_a_session_ends_once(api: Api) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")
    api.put(f"{BASE}/logoff", bearer=context_id)

    answer = api.put(f"{BASE}/logoff", bearer=context_id)

    assert the_problem(answer, 401, "session-refused")["reason"] == "unknown"


def test_a_session_that_expired_is_not_ended_again(api: Api, clock: ManualClock) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")
    clock.advance(minutes=31)

    the_problem(api.put(f"{BASE}/logoff", bearer=context_id), 401, "session-refused")


def test_a_session_cannot_be_ended_with_the_id_of_another_customer(api: Api) -> None:
    add(api, "zoe")
    add(api, "yan")
    context_id = log_in(api, "zoe")

    answer = api.put(f"{BASE}/logoff", {"customer_id": "yan", "context_id": context_id})

    the_problem(answer, 401, "session-refused")
    assert is_live(api, context_id)


def test_message_and_bearer_must_agree(api: Api) -> None:
    add(api, "zoe")
    first, second = log_in(api, "zoe"), log_in(api, "zoe")

    answer = api.put(f"{BASE}/logoff", {"context_id": first}, bearer=second)

    assert faulty_fields(answer) == ["context_id"]
    assert first not in answer.body.decode()
    assert is_live(api, first)
    assert is_live(api, second)


def test_a_logout_without_credentials_is_refused(api: Api) -> None:
    answer = api.put(f"{BASE}/logoff")

    assert the_problem(answer, 401, "session-refused")["reason"] == "missing"
