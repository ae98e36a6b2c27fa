"""The commands, their version and their help."""

from importlib.metadata import version

import pytest
from support.processes.command import run

from cybershop_customer.entrypoints.store_registry import STORES


def test_the_version_is_the_packages() -> None:
    result = run("--version")

    assert result.returncode == 0
    assert result.stdout == f"cybershop-customer {version('cybershop-customer')}\n"


@pytest.mark.parametrize("command", [[], ["serve"], ["role"]])
def test_help_is_there_for_every_command(command: list[str]) -> None:
    result = run(*command, "--help")

    assert result.returncode == 0
    assert result.stdout.startswith("usage: cybershop-customer")


@pytest.mark.parametrize(
    "arguments",
    [[], ["steal"], ["serve", "--no-such-option"], ["role"], ["role", "give", "zoe"]],
)
def test_a_command_that_is_wrong_explains_the_usage(arguments: list[str]) -> None:
    result = run(*arguments)

    assert result.returncode == 2
    assert "usage: cybershop-customer" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        *(("role", "grant", "zoe"), ("role", "revoke", "zoe"), ("customers", "unlock", "zoe")),
        *(("export", "zoe"), ("customers", "show", "zoe"), ("log", "zoe")),
        *(("customers", "list", "--all"), ("customers", "find", "zoe@shop.example")),
    ],
)
def test_a_change_in_memory_would_be_forgotten_and_is_refused(command: tuple[str, ...]) -> None:
    result = run(*command, CUSTOMER_STORAGE="memory")

    others = " or ".join(name for name in STORES if name != "memory")
    assert result.returncode == 2
    assert f"CUSTOMER_STORAGE must be {others} here: what is in memory lives" in result.stderr
    assert "Traceback" not in result.stderr
