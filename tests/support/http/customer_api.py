"""Calls of the customer API that must succeed, and checks of the problems that it answers."""

from typing import Any, Final

from support.http.api import Answer, Api

BASE: Final = "/api/v1/customer"
PASSWORD: Final = "correct horse"


def a_message(customer_id: str, **fields: object) -> dict[str, object]:
    """The message that adds a customer."""
    email = f"{customer_id}@shop.example"
    return {"customer_id": customer_id, "email": email, "password": PASSWORD, **fields}


def add(api: Api, customer_id: str, **fields: object) -> Answer:
    """Add a customer, which must succeed."""
    answer = api.post(f"{BASE}/", a_message(customer_id, **fields))
    assert answer.status == 200, answer
    return answer


def log_in(api: Api, customer_id: str, password: str = PASSWORD) -> str:
    """Log in, which must succeed; return the ``context_id``."""
    answer = api.put(f"{BASE}/login", {"customer_id": customer_id, "password": password})
    assert answer.status == 200, answer
    context_id: str = answer.json["context_id"]
    return context_id


def is_live(api: Api, context_id: str) -> bool:
    """Whether a session check accepts ``context_id``."""
    answer = api.get(f"{BASE}/session", bearer=context_id)
    assert answer.status in (200, 401), answer
    return answer.status == 200


def the_problem(answer: Answer, status: int, name: str) -> dict[str, Any]:
    """Check that ``answer`` is a complete problem of this status and kind; return it."""
    assert answer.headers["content-type"] == "application/problem+json", answer
    problem: dict[str, Any] = answer.json
    assert (answer.status, problem["type"]) == (status, f"urn:cybershop:customer:problem:{name}")
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"].endswith(".")
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


def faulty_fields(answer: Answer) -> list[str]:
    """The fields that an ``invalid-input`` problem names."""
    return [fault["field"] for fault in the_problem(answer, 400, "invalid-input")["errors"]]
