"""The header ``Idempotency-Key`` of a registration (IETF draft of that name)."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, PASSWORD, a_message, add, faulty_fields, the_problem
from support.http.own_account import kinds

from cybershop_customer import OPERATOR
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.settings import Settings

KEY = "4f6d2f9a-7c1e-4d0b-9a53-0c3f8a1e5b77"
ANONYMOUS = {"email": "zoe@shop.example", "password": PASSWORD}


def register(api: Api, message: Mapping[str, Any], header: str = f'"{KEY}"') -> Answer:
    return api.post(f"{BASE}/", message, headers={"Idempotency-Key": header})


@pytest.mark.parametrize("message", [ANONYMOUS, a_message("zoe", fname="Zoë")])
def test_a_repetition_gets_the_first_answer(
    api: Api, container: Container, message: dict[str, Any]
) -> None:
    first = register(api, message)
    second = register(api, message)

    assert first.status == second.status == 200, second
    assert second.json == first.json
    assert second.headers["etag"] == first.headers["etag"]
    log = container.audit().read_records(first.json["customer_id"], actor=OPERATOR)
    assert [record.operation_name for record in log.records] == ["add_customer"]


def test_without_an_id_the_id_is_a_uuid_of_the_key(api: Api) -> None:
    added = register(api, ANONYMOUS).json["customer_id"]

    assert UUID(added).version == 8
    assert KEY not in added


@pytest.mark.parametrize(
    "other", [{"fname": "Zoé"}, {"customer_id": "zoe"}, {"password": "another horse"}]
)
def test_the_key_with_another_message_is_422(api: Api, other: dict[str, str]) -> None:
    register(api, ANONYMOUS)

    problem = the_problem(register(api, {**ANONYMOUS, **other}), 422, "idempotency-key-reused")

    assert KEY not in str(problem)


@pytest.mark.parametrize(
    "header",
    [KEY, f" {KEY} ", f'"{KEY}";a', f'"{KEY}"; a=1;b="c"', f'"{KEY}";*x-1=?1'],
    ids=["bare", "spaces", "parameter", "parameters", "boolean"],
)
def test_these_are_the_same_key(api: Api, header: str) -> None:
    first = register(api, ANONYMOUS)

    assert register(api, ANONYMOUS, header).json == first.json


@pytest.mark.parametrize(
    "header",
    [
        "",
        '""',
        "short",
        f'"{KEY}',
        f'{KEY}"',
        f"'{KEY}'",
        f'"{KEY}", "{KEY}"',
        f"{KEY}, {KEY}",
        f"{KEY};a=1",
        f'"{KEY}" ;a=1',
        f'"{KEY}";A',
        f'"{KEY[:30]}\\"{KEY}"',
        f'"{"k" * 129}"',
        f":{KEY}é:",
    ],
)
def test_anything_else_is_a_fault_and_adds_no_one(api: Api, header: str) -> None:
    answer = register(api, {**ANONYMOUS, "fname": "\n"}, header)

    assert faulty_fields(answer) == ["Idempotency-Key", "fname"]
    assert faulty_fields(register(api, ANONYMOUS, header)) == ["Idempotency-Key"]
    assert register(api, ANONYMOUS).status == 200


def test_the_key_of_a_customer_is_in_no_log_line(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    register(api, ANONYMOUS)
    register(api, {**ANONYMOUS, "fname": "Zoë"})

    assert caplog.records
    assert KEY not in caplog.text


def test_other_operations_ignore_it(api: Api) -> None:
    add(api, "zoe")

    answer = api.put(
        f"{BASE}/login",
        {"customer_id": "zoe", "password": PASSWORD},
        headers={"Idempotency-Key": "short"},
    )

    assert answer.status == 200


class TestProof:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, email_verification="required")

    def test_one_mail_is_sent(self, api: Api, mail: MemoryNotifier) -> None:
        first = register(api, ANONYMOUS)
        second = register(api, ANONYMOUS)

        assert second.json == first.json
        assert kinds(mail, "zoe@shop.example") == ["verify_email"]
