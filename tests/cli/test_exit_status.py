"""What is wrong with the call ends with 2, and what the operation refused with 1."""

from pathlib import Path

import pytest
from support.services.operator import Operator


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    """An operator of a file with the customers zoe and ann."""
    monkeypatch.chdir(tmp_path)
    operator = Operator(monkeypatch, capsys)
    operator.sets(CUSTOMER_STORAGE="sqlite", CUSTOMER_BCRYPT_ROUNDS="4")
    assert operator.runs("tables", "create", "--yes").status == 0
    for name in ("zoe", "ann"):
        arguments = ("customers", "add", name, "--email", f"{name}@shop.example")
        assert operator.runs(*arguments, "--password-stdin", piped="winter is over\n").status == 0
    return operator


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("customers add bob --email bob@shop.example", "there is no terminal to ask for"),
        ("customers add bob --email bob@shop.example --password-stdin", "standard input is empty"),
        ("customers update zoe --password", "there is no terminal to ask for the password on"),
        ("customers update zoe --password-stdin", "the standard input is empty"),
        ("customers update zoe --email nonsense", "email is not an e-mail address"),
        ("customers update zoe", "another field to change"),
        ("customers find nonsense@", "email is not an e-mail address"),
        ("customers show ../zoe", "customer_id"),
        ("role grant zoe The-Boss!", "role"),
        ("sessions end zoe AAAA --yes", "session_id"),
        ("sessions end zoe", "There is no terminal to ask on, and no --yes either"),
        ("log zoe --since yesterday", "argument --since: must be a time"),
        ("serve --keep", "add --demo. Without it, CUSTOMER_STORAGE=sqlite keeps"),
        ("serve --demo --port 70000", "argument --port: must be"),
    ],
)
def test_what_is_wrong_with_the_call_is_2(operator: Operator, call: str, sentence: str) -> None:
    before = operator.runs("log", "zoe").out

    ran = operator.runs(*call.split())

    assert (ran.status, ran.out) == (2, "")
    assert sentence in ran.err
    assert operator.runs("log", "zoe").out == before


def test_a_password_that_the_rules_refuse_is_2(operator: Operator) -> None:
    ran = operator.runs("customers", "update", "zoe", "--password-stdin", piped="zoe\n")

    assert ran.status == 2
    assert "password must" in ran.err


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("customers show bob", "there is no customer 'bob'"),
        ("customers find bob@shop.example", "no customer has the address"),
        ("customers update zoe --email ann@shop.example", "belongs to another customer"),
        ("customers update zoe --fname Zoe --if-version 99", "was changed by someone else"),
        ("sessions end zoe kPq2J0nZ3TqUuRzN1mXb0w --yes", "there is no live session"),
        ("restore nothing.backup", "is no file"),
    ],
)
def test_what_the_operation_refuses_is_1(operator: Operator, call: str, sentence: str) -> None:
    ran = operator.runs(*call.split())

    assert (ran.status, ran.out) == (1, "")
    assert sentence in ran.err
