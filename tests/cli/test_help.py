"""The help of every command, with its examples, and the completion of a shell."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from support.processes.command import COMMAND, environ
from support.services.operator import Operator

from cybershop_customer.entrypoints.cli.command import CliCommand
from cybershop_customer.entrypoints.cli.main import FORMER_NAMES, make_root


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], CliCommand]]:
    """Every command below ``group``, after the words that lead to it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from commands(found, *path, name)
        else:
            assert isinstance(found, CliCommand)
            yield (*path, name), found


COMMANDS = dict(commands(make_root()))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_command_explains_itself_with_examples_that_it_understands(
    operator: Operator, words: tuple[str, ...]
) -> None:
    ran = operator.runs(*words, "-h")

    assert (ran.status, ran.err) == (0, "")
    assert "<=" not in ran.out, "a range is stated in words"
    assert any(
        example.partition("cybershop-customer ")[2].startswith(" ".join(words))
        for example in COMMANDS[words].examples
    )
    for example in COMMANDS[words].examples:
        assert f"\n  {example}\n" in ran.out
        command = re.sub(r"^[A-Z_]+=\S+ | (<|>|>>)\S+$", "", example)
        program, *arguments = shlex.split(command)
        assert program == "cybershop-customer"
        options = {word for word in arguments if word.startswith("--")}
        assert options <= set(re.findall(r"--[a-z0-9-]+", ran.out))
        # The parser accepts the words before it comes to the option.
        assert operator.runs(*arguments, "--xyz").err.find("unknown: --xyz") > 0


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_option_is_explained_in_a_sentence(words: tuple[str, ...]) -> None:
    found = COMMANDS[words]
    assert found.help
    for param in found.params:
        text = getattr(param, "help", None)
        assert text is None or re.fullmatch(r"[A-Z].*[^.]\.", text), (param.name, text)
        assert text is not None or isinstance(param, click.Argument)


@pytest.mark.parametrize("name", FORMER_NAMES)
def test_a_former_name_still_works_and_is_not_shown(operator: Operator, name: str) -> None:
    words = FORMER_NAMES[name]

    assert name not in make_root().list_commands(click.Context(make_root()))
    former, now = operator.runs(name, "--help"), operator.runs(*words, "--help")
    assert (former.status, former.err) == (0, "")
    assert former.out.partition("\n\n")[2] == now.out.partition("\n\n")[2]


class TestCompletion:
    def complete(self, operator: Operator, line: str) -> list[str]:
        operator.sets(
            _CYBERSHOP_CUSTOMER_COMPLETE="bash_complete",
            COMP_WORDS=f"cybershop-customer {line}",
            COMP_CWORD=str(len(f"{line}x".split())),
        )
        ran = operator.runs()
        assert (ran.status, ran.err) == (0, "")
        return [word.removeprefix("plain,") for word in ran.out.split()]

    def test_words_and_options_are_completed(self, operator: Operator) -> None:
        assert self.complete(operator, "cus") == ["customers"]
        assert self.complete(operator, "role ") == ["grant", "revoke"]
        assert self.complete(operator, "--v") == ["--version"]
        assert "--demo" in self.complete(operator, "serve --d")

    @pytest.mark.parametrize(
        ("shell", "words"),
        [
            ("bash", "complete -o nosort"),
            ("zsh", "#compdef cybershop-customer"),
            ("fish", "commandline"),
        ],
    )
    def test_each_shell_has_a_script(self, operator: Operator, shell: str, words: str) -> None:
        ran = operator.runs("completion", shell)

        assert ran.status == 0
        assert words in ran.out
        assert f"_CYBERSHOP_CUSTOMER_COMPLETE={shell}_complete" in ran.out

    @pytest.mark.slow
    def test_bash_completes_with_it(self, tmp_path: Path) -> None:
        program = tmp_path / "cybershop-customer"
        program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
        program.chmod(0o700)
        script = (
            f'eval "$({program} completion bash)"; COMP_WORDS=(x sess); COMP_CWORD=1;'
            f' _cybershop_customer_completion {program}; echo "${{COMPREPLY[@]}}"'
        )
        ran = subprocess.run(
            ["bash", "-c", script], env=environ(), capture_output=True, text=True, check=True
        )
        assert ran.stdout == "sessions\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["frobnicate"], []])
def test_help_and_version_load_nothing_of_the_service(arguments: list[str]) -> None:
    """So they are quick."""
    code = (
        "import sys; from cybershop_customer.entrypoints.cli.main import main;"
        f"main({arguments!r});"
        "slow = {'rich', 'falcon', 'bcrypt', 'boto3', 'dependency_injector', 'ssl', 'asyncio',"
        " 'cybershop_customer.entrypoints.settings'};"
        "print(sorted(slow & set(sys.modules)))"
    )

    loaded = subprocess.check_output(
        [sys.executable, "-c", code], text=True, stderr=subprocess.DEVNULL
    )

    assert loaded.splitlines()[-1] == "[]"
