"""The operator works on customers, their sessions and their audit log, on every shared store."""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from support.dynamodb.emulated_database import emulated_database
from support.services.operator import Operator, Terminal

from cybershop_customer import OPERATOR
from cybershop_customer.domain.errors import LoginRefusedError, TooManyAttemptsError
from cybershop_customer.entrypoints.cli import new_password
from cybershop_customer.entrypoints.cli.main import main
from cybershop_customer.entrypoints.cli.output import whole_seconds
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.settings import Settings

PASSWORD = "winter is over"
ME = "operator:alice"


@pytest.fixture(params=["sqlite", "dynamodb"])
def operator(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Operator]:
    """An operator of a store with the customer zoe."""
    operator = Operator(monkeypatch, capsys)
    operator.sets(CUSTOMER_BCRYPT_ROUNDS="4")
    monkeypatch.setattr("os.getuid", lambda: 0)
    operator.sets(SUDO_USER="alice")
    with ExitStack() as stack:
        if request.param == "sqlite":
            path = str(tmp_path / "customer.db")
            operator.sets(CUSTOMER_STORAGE="sqlite", CUSTOMER_SQLITE_PATH=path)
        else:
            stack.enter_context(emulated_database("moto", operator))
        assert operator.runs("tables", "create", "--yes", "--no-deletion-protection").status == 0
        added = operator.runs(
            *("customers", "add", "zoe", "--email", "zoe@shop.example", "--fname", "Zoë"),
            "--password-stdin",
            piped=f"{PASSWORD}\r\n",
        )
        assert (added.status, added.out) == (0, "Customer zoe is added.\n")
        yield operator


@pytest.fixture
def container(operator: Operator) -> Iterator[Container]:
    """The service on the same store."""
    container = make_container(Settings.from_environ(os.environ))
    yield container
    container.storage().close()


def of_json(operator: Operator, *arguments: str, **more: str) -> Any:
    ran = operator.runs(*arguments, "--json", **more)
    assert (ran.status, ran.err) == (0, "")
    return json.loads(ran.out)


def records(operator: Operator, *more: str) -> list[dict[str, Any]]:
    ran = operator.runs("log", "zoe", "--json", *more)
    assert (ran.status, ran.err) == (0, "")
    return [json.loads(line) for line in ran.out.splitlines()]


def test_a_customer_is_shown_changed_and_deleted_as_the_operator(operator: Operator) -> None:
    shown = of_json(operator, "customers", "show", "zoe")
    assert (shown["email"], shown["fname"], shown["roles"]) == ("zoe@shop.example", "Zoë", [])
    changed = of_json(operator, "customers", "update", "zoe", "--lname", "Miller")
    assert changed == {"customer_id": "zoe", "version": shown["version"] + 1}
    said = operator.runs("customers", "update", "zoe", "--lname", "Mueller")
    assert said.out == f"Customer zoe is updated, and has version {shown['version'] + 2}.\n"
    late = operator.runs(
        "customers", "update", "zoe", "--fname", "", "--if-version", str(shown["version"])
    )
    assert late.status == 1
    unlocked = of_json(operator, "customers", "unlock", "zoe")
    assert unlocked == {"customer_id": "zoe", "unlocked": True, "lockouts": []}
    asked = operator.runs("customers", "delete", "zoe", typing="n")
    assert (asked.status, asked.err) == (1, "Nothing was done.\n")
    alone = operator.runs("customers", "delete", "zoe")
    assert (alone.status, alone.err) == (
        2,
        "There is no terminal to ask on, and no --yes either. Nothing was done.\n",
    )
    assert operator.runs("customers", "delete", "zoe", typing="y").out.endswith("zoe is deleted.\n")
    gone = operator.runs("customers", "delete", "zoe", "--yes")
    assert (gone.status, gone.out) == (1, "")

    told = records(operator)
    assert [record["operation_name"] for record in told] == [
        *("add_customer", "update_customer", "update_customer", "unlock", "delete_customer"),
    ]
    assert {record["actor_id"] for record in told} == {ME}


def test_a_lock_out_is_shown_and_ended(operator: Operator, container: Container) -> None:
    assert "logins\tadmitted\n" in operator.runs("customers", "show", "zoe").out
    assert of_json(operator, "customers", "show", "zoe")["lockouts"] == []
    not_locked = operator.runs("customers", "unlock", "zoe").out
    for _ in range(15):
        with pytest.raises(LoginRefusedError):
            container.sessions().login(customer_id="zoe", password="wrong password")
    with pytest.raises(TooManyAttemptsError) as refused:
        container.sessions().login(customer_id="zoe", password=PASSWORD)

    told = of_json(operator, "customers", "show", "zoe")["lockouts"]
    shown = operator.runs("customers", "show", "zoe").out
    unlocked = operator.runs("customers", "unlock", "zoe").out

    assert not_locked == "Customer zoe was not locked. No failed login counts any more.\n"
    ((name, until),) = [(each["name"], each["until"]) for each in told]
    assert name == "customer_id"
    left = datetime.fromisoformat(until) - datetime.now(UTC)
    assert abs(left.total_seconds() - refused.value.retry_after) < 30
    time = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    assert re.search(rf"^logins\trefused: by id until {time}$", shown, re.MULTILINE)
    assert re.fullmatch(
        rf"Customer zoe is unlocked. Logins were refused by id until {time}.\n", unlocked
    )
    assert "logins\tadmitted\n" in operator.runs("customers", "show", "zoe").out
    assert container.sessions().login(customer_id="zoe", password=PASSWORD)


def test_sessions_are_listed_and_ended(operator: Operator, container: Container) -> None:
    sessions = container.sessions()
    agent = "evil\x1b[2J\tbrowser"
    for _ in range(3):
        sessions.login(customer_id="zoe", password=PASSWORD, user_agent=agent)

    listed = of_json(operator, "sessions", "list", "zoe")
    assert len(listed) == 3
    assert "context_id" not in listed[0]
    shown = operator.runs("sessions", "list", "zoe").out.splitlines()
    assert shown[0].split("\t")[:2] == ["session_id", "issued_at"]
    assert {len(line.split("\t")) for line in shown} == {6}
    assert "\x1b" not in "".join(shown)

    first = listed[0]["session_id"]
    assert operator.runs("sessions", "end", "zoe", first).status == 2
    assert operator.runs("sessions", "end", "zoe", first, typing="yes").status == 0
    assert operator.runs("sessions", "end", "zoe", first, "--yes").status == 1
    assert len(of_json(operator, "sessions", "list", "zoe")) == 2
    ended = of_json(operator, "sessions", "end", "zoe", "--yes")
    assert ended == {"customer_id": "zoe", "session_id": None, "ended": True, "sessions": 2}
    again = operator.runs("sessions", "end", "zoe", "--yes")
    assert again.status == 0
    assert again.out.startswith("The customer zoe had no session. A link that was sent to prove")
    assert of_json(operator, "sessions", "list", "zoe") == []
    assert [record["actor_id"] for record in records(operator)][-2:] == [ME, ME]


@pytest.mark.parametrize("session_id", ["-cnfAO_voSX4tpAS-sE_Qy", "-hnfAO_voSX4tpAS-sE_Qy"])
def test_the_id_of_a_session_may_begin_with_a_dash(operator: Operator, session_id: str) -> None:
    ran = operator.runs("sessions", "end", "zoe", session_id, "--yes")

    assert (ran.status, ran.out) == (1, "")
    assert ran.err == f"cybershop-customer: there is no live session '{session_id}'\n"


def test_the_id_of_a_customer_may_begin_with_a_dash(operator: Operator) -> None:
    for name, words in (("-h1", ("-h1",)), ("--json", ("--", "--json"))):
        address = f"{name.strip('-')}@shop.example"
        add = ("customers", "add", "--email", address, "--password-stdin", *words)
        assert operator.runs(*add, piped=PASSWORD).status == 0
        shown = operator.runs("customers", "show", "--json", *words)
        assert json.loads(shown.out)["customer_id"] == name


def test_a_new_password_is_typed_twice_and_never_shown(
    operator: Operator, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["summer is near", "summer is nea", "summer is near", "summer is near"])
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _: next(answers))

    ran = operator.runs("customers", "update", "zoe", "--password", typing="")

    assert ran.status == 0, ran
    assert "summer" not in ran.out + ran.err
    container.sessions().login(customer_id="zoe", password="summer is near")
    with pytest.raises(LoginRefusedError):
        container.sessions().login(customer_id="zoe", password=PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--password",), "there is no terminal to ask for the password on"),
        (("--password-stdin",), "the standard input is empty"),
        (("--email", "nonsense"), "email is not an e-mail address"),
        ((), "another field to change"),
    ],
)
def test_what_cannot_be_changed_is_explained(
    operator: Operator, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = operator.runs("customers", "update", "zoe", *arguments)

    assert (ran.status, ran.out) == (2, "")
    assert sentence in ran.err


def test_ctrl_c_at_the_password_is_an_interruption(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("click.termui.hidden_prompt_func", interrupted)
    ran = operator.runs("customers", "update", "zoe", "--password", typing="")
    assert (ran.status, ran.out) == (130, "")
    assert ran.err.endswith("\ncybershop-customer: interrupted\n")


def test_an_exported_customer_does_not_learn_the_name_of_the_operator(operator: Operator) -> None:
    exported = operator.runs("export", "zoe").out

    assert "alice" not in exported
    assert [record["actor"] for record in json.loads(exported)["records"]] == ["operator"] * 2


class TestLog:
    def test_a_range_of_time_is_read(self, operator: Operator) -> None:
        assert len(records(operator, "--since", "1h")) == 1
        assert len(records(operator, "--since", "2020-01-01", "--until", "2999-12-31")) == 1
        assert records(operator, "--until", "2020-01-01T12:00:00+01:00") == []
        assert records(operator, "--since", "0s") == []
        assert len(records(operator, "--since", "999999w")) == 1
        (line,) = operator.runs("log", "zoe").out.splitlines()
        assert line.endswith(
            " 200 add_customer: Customer added. actor=operator:alice fields=email,fname,password"
        )

    @pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "7", "12:00", "2026-01-01T25:00Z"])
    def test_another_time_is_a_mistake(self, operator: Operator, text: str) -> None:
        ran = operator.runs("log", "zoe", "--since", text)

        assert (ran.status, ran.out) == (2, "")
        assert "argument --since: must be a time such as 2026-01-31T12:00:00Z, a date" in ran.err

    def test_what_is_written_later_follows(
        self, operator: Operator, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waits: list[float] = []

        def wait(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 3:
                raise KeyboardInterrupt
            container.throttle().unlock("zoe", actor=OPERATOR)

        module = import_module("cybershop_customer.entrypoints.cli.log")
        monkeypatch.setattr(module, "wait", wait)
        ran = operator.runs("log", "zoe", "--follow", "--since", "1d")

        assert ran.status == 130
        told = [line.split()[2] for line in ran.out.splitlines()]
        assert told == ["add_customer:", "unlock:", "unlock:"]
        assert waits == [2.0] * 3

    def test_follow_and_until_contradict_each_other(self, operator: Operator) -> None:
        ran = operator.runs("log", "zoe", "--follow", "--until", "1h")

        assert ran.status == 2
        assert "--follow has no end: leave --until out" in ran.err


def test_a_terminal_gets_a_drawn_table_without_control_characters_or_markup(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.runs("customers", "update", "zoe", "--lname", "[red]M")
    terminal = Terminal()
    with monkeypatch.context() as on_terminal:
        on_terminal.setattr(sys, "stdout", terminal)
        on_terminal.setenv("NO_COLOR", "1")
        assert main(["customers", "show", "zoe"]) == 0

    assert "[red]M" in terminal.getvalue()
    assert "────" in terminal.getvalue()


@pytest.mark.parametrize("columns", [40, 80, 250])
def test_no_id_or_time_is_broken_however_narrow_the_terminal_is(
    operator: Operator, container: Container, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    login = container.sessions().login(
        customer_id="zoe", password=PASSWORD, user_agent=agent, source="2001:db8::1234:5678"
    )
    terminal = Terminal()
    with monkeypatch.context() as on_terminal:
        on_terminal.setattr(sys, "stdout", terminal)
        on_terminal.setenv("NO_COLOR", "1")
        on_terminal.setenv("COLUMNS", str(columns))
        for words in (["sessions", "list", "zoe"], ["customers", "list"]):
            assert main(words) == 0
        assert main(["customers", "show", "zoe"]) == 0

    drawn = terminal.getvalue().split()
    session = login.session
    for word in (session.session_id, whole_seconds(session.expires_at), "zoe@shop.example"):
        assert word in drawn
    assert "Gecko/20100101" in drawn


def test_a_closed_standard_input_has_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(new_password.WrongCallError, match="the standard input is closed"):
        new_password.read_new_password(from_stdin=True)
