"""The command line as a new user meets it: mistakes, interruptions and odd terminals."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

import click
import pytest
from support.dynamodb.emulated_database import emulated_database
from support.dynamodb.stub_endpoint import stay_silent, stub_endpoint
from support.dynamodb.stub_store import refused, stub_store
from support.http.transports import TIMEOUT
from support.processes.command import COMMAND, environ, run
from support.services.operator import Operator

from cybershop_customer.entrypoints.cli.command import CliCommand
from cybershop_customer.entrypoints.cli.main import make_root

MISSING = {"DescribeTable": refused("ResourceNotFoundException")}
NO_AWS = {
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


@pytest.mark.parametrize(
    ("arguments", "usage", "sentence"),
    [
        (
            (),
            "[-h]",
            "choose serve, role, customers, sessions, log, export, backup, restore, copy,",
        ),
        (
            ("steal",),
            "[-h]",
            "steal is no command: choose serve, role, customers, sessions, log, export, backup,",
        ),
        (("sreve",), "[-h]", "Did you mean serve?"),
        (("unlok", "zoe"), "[-h]", "Did you mean customers unlock?"),
        (
            ("customers", "update", "zoe", "--password", "--password-stdin"),
            "customers update",
            "--password asks and --password-stdin reads: leave one out",
        ),
        (("cost", "--logins-per-day", "nan"), "cost", "nan is no number from 0 to 1,000,000,000"),
        (
            ("cost", "--read-price", "-1"),
            "cost",
            "argument --read-price: -1 is no number of at least 0",
        ),
        (
            ("customers", "update", "zoe", "--if-version", "0"),
            "customers update",
            "argument --if-version: 0 is no whole number of at least 1",
        ),
        (("--demo", "serve"), "[-h]", "unknown: --demo"),
        (("serve", "--demoo"), "serve", "unknown: --demoo; did you mean --demo?"),
        (("serve", "--prot", "80"), "serve", "unknown: --prot; did you mean --port?"),
        (("serve", "--prot=80"), "serve", "did you mean --port?"),
        (("serve", "--xyz"), "serve", "unknown: --xyz"),
        (("serve", "--dem"), "serve", "did you mean --demo?"),
        (("serve", "now"), "serve", "unknown: now"),
        (("serve", "-port", "80"), "serve", "unknown: -p"),
        (("serve", "-p", "80"), "serve", "unknown: -p 80"),
        (
            ("sessions", "end", "zoe", "--Pq2J"),
            "sessions end",
            "unknown: --Pq2J\nA value that begins with -- needs the word -- before it.",
        ),
        (("serve", "--port"), "serve", "--port needs a value after it"),
        (("export", "zoe", "--output"), "export", "--output needs a value after it"),
        (("role",), "role", "choose grant or revoke"),
        (("role", "zoe"), "role", "zoe is no action: choose grant or revoke."),
        (("role", "garnt", "zoe"), "role", "Did you mean grant?"),
        (("export",), "export", "customers export.\nFor help:"),
        (("export", "zoe", "yan"), "export", "unknown: yan\nAll customers: cybershop-customer"),
        (
            ("customers", "export", "zoe"),
            "customers export",
            "Everything that is held on one customer: cybershop-customer export CUSTOMER_ID.",
        ),
        (
            ("customers", "list", "--limit", "101"),
            "customers list",
            "argument --limit: 101 is no whole number from 1 to 100",
        ),
        (("customers", "list", "--cursor", "Ax"), "customers list", "argument --cursor: must be"),
        (
            ("customers", "list", "--all", "--limit", "5"),
            "customers list",
            "--all has no limit: leave --limit out",
        ),
        (("customers", "find"), "customers find", ": ID_OR_ADDRESS is missing"),
        (("role", "grant"), "role grant", ": CUSTOMER_ID is missing"),
        (("role", "revoke", "zoe", "admin", "now"), "role revoke", "unknown: now"),
        (("tables",), "tables", "choose create, check or delete"),
        (("tables", "creat"), "tables", "Did you mean create?"),
        (("tables", "create", "--yess"), "tables create", "did you mean --yes?"),
        (("tables", "create", "--tag", "x"), "tables create", "argument --tag: 'x' is not"),
        (("tables", "check", "--yes"), "tables check", "unknown: --yes"),
        (("doctor", "--jsn"), "doctor", "did you mean --json?"),
        (("doctor", "zoe"), "doctor", "unknown: zoe"),
        (("--versio",), "[-h]", "did you mean --version?"),
    ],
    ids=str,
)
def test_a_mistake_is_explained_by_the_command_in_which_it_was_made(
    operator: Operator, arguments: tuple[str, ...], usage: str, sentence: str
) -> None:
    ran = operator.runs(*arguments)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"usage: cybershop-customer {usage}")
    assert sentence in ran.err
    prog = f"cybershop-customer {usage}".removesuffix(" [-h]")
    assert ran.err.endswith(f"For help: {prog} --help\n")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", ("serve", "role", "customers", "export", "tables", "doctor", "--version")),
        (
            "customers unlock",
            ("CUSTOMER_ID", "Let a customer log in again after too many failures."),
        ),
        ("export", ("CUSTOMER_ID", "--output FILE", "Write everything that is held")),
        ("serve", ("--demo", "--host", "--port")),
        ("role", ("grant", "revoke")),
        ("role grant", ("CUSTOMER_ID", "ROLE", "default: admin", "Grant a customer a role.")),
        ("role revoke", ("CUSTOMER_ID", "ROLE", "Take a role from a customer.")),
        ("tables", ("create", "check", "delete")),
        ("tables create", ("--yes", "--tag", "--deletion-protection")),
        ("tables check", ("--deletion-protection",)),
        ("tables delete", ("--yes",)),
        ("doctor", ("--json",)),
    ],
)
def test_every_command_has_a_help_of_its_own(
    operator: Operator, command: str, words: tuple[str, ...]
) -> None:
    ran = operator.runs(*command.split(), "--help")

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"usage: cybershop-customer {command}".rstrip())
    assert all(word in ran.out for word in words), ran.out


class TestServe:
    @pytest.mark.parametrize("option", ["--port", "--host"])
    @pytest.mark.parametrize("text", ["a b", ""])
    def test_a_wrong_option_is_blamed_and_not_the_variable(
        self, operator: Operator, option: str, text: str
    ) -> None:
        ran = operator.runs("serve", "--demo", f"{option}={text}")

        assert ran.status == 2
        assert f"argument {option}: must be" in ran.err
        assert "CUSTOMER_" not in ran.err

    def test_a_wrong_variable_is_blamed(self, operator: Operator) -> None:
        operator.sets(CUSTOMER_PORT="abc")

        ran = operator.runs("serve", "--demo")

        assert "CUSTOMER_PORT must be a whole number from 0 to 65535" in ran.err

    def test_without_aws_it_names_the_alternatives(self, operator: Operator) -> None:
        ran = operator.runs("serve")

        assert ran.status == 2
        assert "AWS_DEFAULT_REGION" in ran.err
        for way in ("serve --demo", "STORAGE=sqlite", "STORAGE=memory", "DYNAMODB_ENDPOINT=http"):
            assert way in ran.err

    @pytest.mark.parametrize(
        "arguments",
        [
            ("role", "grant", "zoe"),
            ("tables", "check"),
            ("copy", "--from", "dynamodb", "--to", "sqlite"),
        ],
    )
    def test_the_other_commands_name_what_they_can_use(
        self, operator: Operator, arguments: tuple[str, ...]
    ) -> None:
        ran = operator.runs(*arguments)

        assert ran.status == 2
        assert "CUSTOMER_DYNAMODB_ENDPOINT=http://127.0.0.1:8000" in ran.err
        assert ("CUSTOMER_STORAGE=sqlite" in ran.err) == (arguments[0] != "copy")
        assert "--demo" not in ran.err

    def test_a_port_in_use_is_no_wrong_setting(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            ran = run("serve", "--demo", "--port", port)

        assert (ran.returncode, ran.stdout) == (1, "")
        assert ran.stderr == (
            f"cybershop-customer: cannot listen on 127.0.0.1:{port}: another program listens there."
            " Stop it, or choose another port by --port or CUSTOMER_PORT\n"
        )

    @pytest.mark.parametrize(
        ("host", "place", "reason"),
        [
            ("192.0.2.1", "192.0.2.1", "no network interface of this machine has that address"),
            ("2001:db8::1", "[2001:db8::1]", "no network interface of this machine has that"),
            ("no-such-host.invalid", "no-such-host.invalid", "this host is not known"),
        ],
    )
    def test_a_host_that_cannot_be_listened_on_is_reported(
        self, host: str, place: str, reason: str
    ) -> None:
        ran = run("serve", "--demo", "--port", "0", "--host", host)

        assert (ran.returncode, ran.stdout) == (1, "")
        assert f"cannot listen on {place}:0: {reason}" in ran.stderr
        assert "Traceback" not in ran.stderr


class TestTables:
    @pytest.mark.dynamodb_local
    def test_with_yes_each_step_is_printed_once(self, operator: Operator) -> None:
        with emulated_database("dynamodb-local", operator):
            created = operator.runs("tables", "create", "--yes")
            deleted = operator.runs("tables", "delete", "--yes")

        assert (created.status, deleted.status) == (0, 0)
        for ran, step in ((created, "create it: key"), (deleted, "delete it, with")):
            assert ran.out.count(step) == 2, ran.out

    def test_ctrl_c_at_the_question_is_a_no(
        self, operator: Operator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(_: str) -> str:
            raise KeyboardInterrupt

        monkeypatch.setattr("builtins.input", interrupted)
        with stub_store(MISSING) as server:
            operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
            ran = operator.runs("tables", "create", typing="")

        assert (ran.status, ran.err) == (1, "Nothing was done.\n")

    def test_a_closed_input_is_no_terminal(self) -> None:
        ran = subprocess_closed("<&-", "tables", "create")

        assert ran.returncode == 2
        assert "There is no terminal to ask on" in ran.stderr


KINDS: Final = {
    "serve": False,
    "role grant": False,
    "role revoke": False,
    "customers add": False,
    "customers show": True,
    "customers find": True,
    "customers list": True,
    "customers update": False,
    "customers delete": False,
    "customers unlock": False,
    "customers import": False,
    "customers export": False,
    "sessions list": True,
    "sessions end": False,
    "log": True,
    "export": False,
    "backup": False,
    "restore": False,
    "copy": False,
    "tables create": False,
    "tables check": False,
    "tables delete": False,
    "doctor": False,
    "config": True,
    "cost": True,
    "completion bash": True,
    "completion zsh": True,
    "completion fish": True,
}
"""Whether a command does nothing but print. The status of some others is an answer by itself."""


def kinds(found: click.Command, *path: str) -> dict[str, bool]:
    """The commands below ``found``, and whether they only print."""
    if isinstance(found, CliCommand):
        return {" ".join(path): found.only_prints}
    assert isinstance(found, click.Group)
    context = click.Context(found)
    named = ((name, found.get_command(context, name)) for name in found.list_commands(context))
    return {
        leaf: kind
        for name, each in named
        if each
        for leaf, kind in kinds(each, *path, name).items()
    }


def subprocess_closed(redirection: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command from a shell that closes one of its streams."""
    with stub_store(MISSING) as server:
        return subprocess.run(
            ["sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, *arguments],
            env=environ(CUSTOMER_DYNAMODB_ENDPOINT=server.url, **NO_AWS),
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )


class TestStreams:
    def test_each_command_says_whether_it_only_prints(self) -> None:
        assert kinds(make_root()) == KINDS

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
    @pytest.mark.parametrize(
        "arguments", [("--help",), ("config",), ("completion", "bash"), ("tables", "check")]
    )
    @pytest.mark.parametrize("buffered", [True, False])
    def test_a_full_disk_ends_it_with_one_line(
        self, arguments: tuple[str, ...], *, buffered: bool, tmp_path: Path
    ) -> None:
        store = {"CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": str(tmp_path / "a.db")}
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            done = subprocess.run(
                [*COMMAND, *arguments],
                env=environ(**store, **({} if buffered else {"PYTHONUNBUFFERED": "1"})),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )

        assert done.returncode == 1
        assert done.stderr == (
            "cybershop-customer: cannot write the output: No space left on device\n"
        )

    @pytest.mark.parametrize(
        "arguments",
        [("--help",), ("doctor",), ("doctor", "--json"), ("tables", "check"), ("tables", "create")],
        ids=" ".join,
    )
    def test_a_reader_that_closes_the_pipe_ends_it_quietly(
        self, arguments: tuple[str, ...]
    ) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        with stub_store(MISSING) as server:
            ran = subprocess.run(
                [*COMMAND, *arguments],
                env=environ(CUSTOMER_DYNAMODB_ENDPOINT=server.url, **NO_AWS),
                cwd=Path(__file__).parent,
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=subprocess.PIPE,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        os.close(writer)

        assert ran.returncode == 1
        assert ran.stderr == ""

    @pytest.mark.parametrize("arguments", [("tables", "check"), ("doctor",), ("--version",)])
    def test_a_closed_output_is_no_reason_to_fail(self, arguments: tuple[str, ...]) -> None:
        ran = subprocess_closed(">&-", *arguments)

        assert "Traceback" not in ran.stderr
        assert "Exception" not in ran.stderr

    @pytest.mark.parametrize("name", [name for name, only_prints in KINDS.items() if only_prints])
    def test_what_only_prints_refuses_a_closed_output(self, name: str) -> None:
        argument = ["zoe"] if name in {"log", "sessions list", "customers show"} else []
        argument = ["zoe@shop.example"] if name == "customers find" else argument

        ran = subprocess_closed(">&-", *name.split(), *argument)

        assert ran.returncode == 1
        assert ran.stderr == "cybershop-customer: the standard output is closed\n"

    def test_ctrl_c_while_it_waits_has_no_traceback(self) -> None:
        with stub_endpoint(stay_silent) as server:
            process = subprocess.Popen(
                [*COMMAND, "tables", "check"],
                env=environ(CUSTOMER_DYNAMODB_ENDPOINT=server.url, **NO_AWS),
                cwd=Path(__file__).parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                # A shell that runs the tests in the background lets them ignore Ctrl-C.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
            )
            assert server.asked.wait(TIMEOUT)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=TIMEOUT)

        assert (process.returncode, errors) == (130, "\ncybershop-customer: interrupted\n")


def test_run_as_a_module_it_has_the_name_of_the_command() -> None:
    result = run("role")

    assert sys.executable in COMMAND
    assert result.stderr.startswith("usage: cybershop-customer role [-h] ACTION ...")


def test_no_command_loads_what_another_one_alone_needs() -> None:
    code = (
        "import sys, cybershop_customer.entrypoints.cli.main;"
        "print([name for name in ('boto3', 'botocore', 'pynamodb', 'rich') if name in sys.modules])"
    )

    loaded = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert loaded == "[]\n"
