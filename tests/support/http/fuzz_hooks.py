"""What schemathesis needs to know of the service: ``benchmarks/fuzz_http.py`` loads this module.

The environment names the service and the role in which it is asked.
"""

import atexit
import json
import os
import re
from base64 import b64encode
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import requests
import schemathesis
from hypothesis import strategies as st
from support.http.api import Answer, Request
from support.http.customer_api import BASE, PASSWORD, a_message
from support.http.described_api import DescribedApi

from cybershop_customer.domain.fields import CUSTOMER_ID

URL: Final = os.environ["FUZZ_URL"]
ROLE: Final = os.environ["FUZZ_ROLE"]
SECRETS: Final = json.loads(os.environ["FUZZ_SECRETS"])
"""Texts of the bystander, which only the bystander and an admin may see."""

COUNTS: Final = Path(os.environ["FUZZ_COUNTS"])
"""The file for the counts of the answers."""

ADMIN_PASSWORD: Final = "demo-admin"
FEED_TOKEN: Final = "0123456789abcdef0123456789ABCDEF"
INTROSPECTION: Final = ("fuzzer", "0123456789abcdef0123456789ABCDEG")
OTHER: Final = "bystander"
"""A customer who asks for nothing."""
OWN: Final = {"customer": "fuzzed", "admin": "admin"}
BEYOND_SCHEMAS: Final = frozenset(
    {
        *("email", "password", "new_password", "fname", "lname", "address1", "address2"),
        *("customer_id", "cursor", "If-Match", "since", "until"),
    }
)
"""Fields with rules that no schema can say: guessable passwords, deceptive characters, domains
that take no mail, reserved ids, and cursors that only the service can make."""

KNOWN_IDS: Final = (OTHER, "fuzzed", "new-1", OTHER)
PASSWORDS: Final = [PASSWORD, "another one", ADMIN_PASSWORD]
NAMES: Final = st.sampled_from(["zoe", OTHER, "fuzzed", "nobody", "new-1", "new-2", "new-3"])
DOCUMENT: Final = requests.get(f"{URL}/openapi.json", timeout=30).json()
DESCRIBED: Final = DescribedApi(DOCUMENT)

schemathesis.openapi.format("email", NAMES.map("{}@shop.test".format))
schemathesis.openapi.format("password", st.sampled_from(PASSWORDS))


chosen: list[str] = [ADMIN_PASSWORD if ROLE == "admin" else PASSWORD]
"""The passwords that requests chose, the latest last."""

sessions: list[str] = []
"""The sessions of ``log_in``, the latest last."""


def log_in() -> str:
    """A live session in the role; the customer is added again if it is gone.

    While the service admits no more logins, it is the latest session, live or not.
    """
    own = OWN[ROLE]
    for password in (*reversed(chosen[-4:]), PASSWORD, ADMIN_PASSWORD):
        message = {"customer_id": own, "password": password}
        answer = requests.put(f"{URL}{BASE}/login", json=message, timeout=30)
        if answer.status_code == 200:
            chosen.append(password)
            sessions.append(str(answer.json()["context_id"]))
            break
        if answer.status_code == 429 and sessions:
            break
        if requests.post(f"{URL}{BASE}/", json=a_message(own), timeout=30).status_code == 200:
            chosen.append(PASSWORD)
            return log_in()
    else:
        raise AssertionError(answer.text)
    return sessions[-1]


if ROLE != "anonymous":

    @schemathesis.auth(refresh_interval=1)
    class Session:
        """The credentials that each operation takes."""

        def get(self, case: Any, _context: Any) -> str:
            if case.operation.path.endswith("/session/feed"):
                return f"Bearer {FEED_TOKEN}"
            if case.operation.path.endswith("/session/introspect"):
                return f"Basic {b64encode(':'.join(INTROSPECTION).encode()).decode()}"
            return f"Bearer {log_in()}"

        def set(self, case: Any, data: str, _context: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": data}


@schemathesis.hook
def map_path_parameters(_context: Any, path_parameters: Any) -> Any:
    """Half of the ids are of customers who are there."""
    return with_known_id(path_parameters)


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """Half of the ids are of customers who are there."""
    return with_known_id(body)


def with_known_id(values: Any) -> Any:
    """``values``, half of them with another valid id if they have a valid one."""
    given = values.get("customer_id") if isinstance(values, dict) else None
    if not isinstance(given, str) or not re.fullmatch(CUSTOMER_ID, given) or len(given) % 2 == 0:
        return values
    return {**values, "customer_id": KNOWN_IDS[len(given) // 2 % len(KNOWN_IDS)]}


statuses: Counter[str] = Counter()
succeeded: set[str] = set()


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Count the answers."""
    statuses[str(response.status_code)] += 1
    if response.status_code == 200:
        succeeded.add(case.operation.label)
        body = case.body if isinstance(case.body, dict) else {}
        # A change of the own password, or one by the admin.
        if "new_password" in body or body.get("customer_id", OWN.get(ROLE)) == OWN.get(ROLE):
            new = body.get("new_password") or body.get("password")
            if isinstance(new, str):
                chosen.append(new)


@atexit.register
def write_counts() -> None:
    COUNTS.write_text(json.dumps({"statuses": statuses, "succeeded": sorted(succeeded)}))


@schemathesis.check
def every_answer_is_described(_context: Any, response: Any, case: Any) -> None:
    """The answer is of the document, with no member beside those that it names."""
    sent = response.request
    request = Request(sent.method, sent.path_url, tuple(sent.headers.items()), b"")
    headers = {name.lower(): values[0] for name, values in response.headers.items()}
    DESCRIBED.check(request, Answer(response.status_code, headers, response.content or b""))


@schemathesis.check
def only_rules_beyond_schemas_refuse_valid_input(_context: Any, response: Any, case: Any) -> None:
    """A message of the document is refused only for what no schema can say."""
    meta = getattr(case, "meta", None)
    if response.status_code != 400 or meta is None or not meta.generation.mode.is_positive:
        return
    problem = response.json()
    name = problem["type"].rpartition(":")[2]
    assert name in ("invalid-input", "token-refused"), problem
    fields = {fault["field"] for fault in problem.get("errors", ())}
    assert fields <= BEYOND_SCHEMAS | {"context_id"}, problem


@schemathesis.check
def no_customer_sees_the_bystander(_context: Any, response: Any, case: Any) -> None:
    """No answer to a customer or a stranger has a text that only the bystander may see."""
    if ROLE == "admin":
        return
    answer = (response.content or b"").decode(errors="replace") + repr(response.headers)
    assert not [text for text in SECRETS if text in answer], answer


@schemathesis.check
def each_answer_is_about_the_customer_asked_for(_context: Any, response: Any, case: Any) -> None:
    """A success is about the customer of the session, of the path or of the message."""
    if response.status_code != 200 or not response.content:
        return
    with suppress(ValueError):
        answer = response.json()
        about = {answer[name] for name in ("customer_id", "sub") if name in answer}
        path = case.operation.path
        own = OWN.get(ROLE)
        if path.startswith(f"{BASE}/me"):
            assert about == {own}, answer
        if ROLE == "customer" and "/{customer_id}" in path:
            assert about == {own}, answer
        if ROLE == "anonymous":
            assert "/me" not in path, answer
            assert "{customer_id}" not in path, answer
        if ROLE != "admin":
            assert OTHER not in about, answer
        asked = (case.path_parameters or {}).get("customer_id")
        if asked is not None and about:
            assert about == {asked}, answer
