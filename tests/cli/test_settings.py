"""The service reports all wrong settings at once, before it does anything."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from support.processes.command import run

from cybershop_customer.entrypoints.settings import Settings

SECRET = "planted secret"
WRONG = {
    "CUSTOMER_HOST": "not a host",
    "CUSTOMER_PORT": "99999",
    "CUSTOMER_THREADS": "0",
    "CUSTOMER_HASHING_THREADS": "0",
    "CUSTOMER_HASHING_QUEUE": "-1",
    "CUSTOMER_TRUSTED_PROXIES": "everyone",
    "CUSTOMER_CONNECTIONS": "9",
    "CUSTOMER_CONNECTIONS_PER_SOURCE": "0",
    "CUSTOMER_REQUEST_SECONDS": "0",
    "CUSTOMER_KEEP_ALIVE_SECONDS": "0",
    "CUSTOMER_STOP_SECONDS": "0",
    "CUSTOMER_STORAGE": "disk",
    "CUSTOMER_WORKERS": "0",
    "CUSTOMER_API_DOCS": "maybe",
    "CUSTOMER_METRICS": "maybe",
    "CUSTOMER_METRICS_PORT": "-1",
    "CUSTOMER_LOG_FORMAT": "xml",
    "CUSTOMER_LOG_LEVEL": "loud",
    "CUSTOMER_TRACES": "maybe",
    "CUSTOMER_SQLITE_PATH": "file:customer.db",
    "CUSTOMER_SQLITE_SYNCHRONOUS": "off",
    "CUSTOMER_SQLITE_BUSY_SECONDS": "0",
    "CUSTOMER_DYNAMODB_ENDPOINT": "localhost",
    "CUSTOMER_TABLE_PREFIX": "a b",
    "CUSTOMER_DYNAMODB_CONNECT_TIMEOUT_SECONDS": "0",
    "CUSTOMER_DYNAMODB_READ_TIMEOUT_SECONDS": "1.5",
    "CUSTOMER_DYNAMODB_ATTEMPTS": "0",
    "CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS": "1",
    "CUSTOMER_DYNAMODB_CLIENT": "boto3",
    "CUSTOMER_ADMIN_ID": "a b",
    "CUSTOMER_UNIQUE_EMAIL": "maybe",
    "CUSTOMER_PASSWORD_MIN_LENGTH": "-1",
    "CUSTOMER_PASSWORD_BLOCKLIST": "1",
    "CUSTOMER_PASSWORD_CONTEXT_WORDS": ",",
    "CUSTOMER_BREACHED_PASSWORDS_URL": "api.pwnedpasswords.com",
    "CUSTOMER_BREACHED_PASSWORDS_SECONDS": "0",
    "CUSTOMER_BCRYPT_ROUNDS": "3",
    "CUSTOMER_SESSION_IDLE_SECONDS": "half an hour",
    "CUSTOMER_SESSION_MAX_SECONDS": "1e9",
    "CUSTOMER_SESSION_EXTEND": "no",
    "CUSTOMER_MAX_SESSIONS": "0",
    "CUSTOMER_SESSION_FEED": "on",
    "CUSTOMER_SESSION_FEED_SHARDS": "0",
    "CUSTOMER_SESSION_FEED_WRITE_SHARDS": "65",
    "CUSTOMER_SESSION_FEED_TOKEN": "too short",
    "CUSTOMER_INTROSPECTION_TOKENS": f"orders={SECRET}",
    "CUSTOMER_LOGIN_ATTEMPTS": "\u0663",
    "CUSTOMER_LOGIN_WINDOW_SECONDS": "0",
    "CUSTOMER_SOURCE_FAILURES": "-1",
    "CUSTOMER_SOURCE_FAILURES_WINDOW_SECONDS": "0",
    "CUSTOMER_SOURCE_REGISTRATIONS": "many",
    "CUSTOMER_SOURCE_REGISTRATIONS_WINDOW_SECONDS": "86401",
    "CUSTOMER_SOURCE_MAILS": "-1",
    "CUSTOMER_SOURCE_MAILS_WINDOW_SECONDS": "0",
    "CUSTOMER_ID_REUSE": "no",
    "CUSTOMER_AUDIT_RETENTION_DAYS": "3651",
    "CUSTOMER_EMAIL_VERIFICATION": "maybe",
    "CUSTOMER_SMTP_URL": f"smtp://shop:{SECRET}@mail.shop.example",
    "CUSTOMER_MAIL_FROM": "Cybershop",
    "CUSTOMER_LINK_URL": "http://shop.example",
    "CUSTOMER_MAIL_LOCALE": "english language",
    "CUSTOMER_MAIL_SECONDS": "0",
}


def test_every_setting_that_can_be_wrong_is_tried_here() -> None:
    known = {f"CUSTOMER_{setting.name.upper()}" for setting in fields(Settings)}

    # A folder of templates is looked at only if every setting is valid.
    assert known - {"CUSTOMER_ADMIN_PASSWORD", "CUSTOMER_MAIL_TEMPLATES"} == WRONG.keys()


def faults(stderr: str) -> list[str]:
    """The variables that the output names, one a line."""
    first, *lines = stderr.splitlines()
    assert first == "The settings are wrong:"
    names = [re.match(r"  (CUSTOMER_\w+) must ", line) for line in lines]
    assert all(names), stderr
    return [name[1] for name in names if name]


@pytest.mark.parametrize("demo", [["--demo"], []])
def test_every_fault_is_reported_at_once(demo: list[str]) -> None:
    result = run("serve", *demo, CUSTOMER_ADMIN_PASSWORD=SECRET, **WRONG)

    assert result.returncode == 2
    assert result.stdout == ""
    assert sorted(faults(result.stderr)) == sorted(WRONG)
    assert SECRET not in result.stderr


def test_the_role_command_reads_the_same_settings() -> None:
    result = run("role", "grant", "zoe", CUSTOMER_PORT="x", CUSTOMER_STORAGE="x")

    assert result.returncode == 2
    assert sorted(faults(result.stderr)) == ["CUSTOMER_PORT", "CUSTOMER_STORAGE"]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"CUSTOMER_ADMIN_ID": "boss"}, "CUSTOMER_ADMIN_PASSWORD"),
        ({"CUSTOMER_ADMIN_PASSWORD": SECRET}, "CUSTOMER_ADMIN_ID"),
        (
            {"CUSTOMER_ADMIN_ID": "boss", "CUSTOMER_ADMIN_PASSWORD": "boss"},
            "CUSTOMER_ADMIN_PASSWORD",
        ),
        ({"CUSTOMER_SESSION_MAX_SECONDS": "60"}, "CUSTOMER_SESSION_IDLE_SECONDS"),
    ],
)
@pytest.mark.parametrize("demo", [["--demo"], []])
def test_settings_that_do_not_go_together_are_faults_too(
    demo: list[str], settings: dict[str, str], named: str
) -> None:
    result = run("serve", *demo, **settings)

    assert result.returncode == 2
    assert faults(result.stderr) == [named]
    assert SECRET not in result.stderr


def test_a_fault_of_a_mail_template_is_named_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "de").mkdir()
    (tmp_path / "de" / "verify_email.txt").write_text("Subject: Hello\n\n$name")

    result = run("serve", "--demo", CUSTOMER_MAIL_TEMPLATES=str(tmp_path))

    assert result.returncode == 2
    _, first, second = result.stderr.splitlines()
    assert first == (
        "  CUSTOMER_MAIL_TEMPLATES must not have $name in de/verify_email.txt, which may have"
        " $customer_id, $hours, $link, $minutes, $shop"
    )
    assert second == "  CUSTOMER_MAIL_TEMPLATES must have $link in de/verify_email.txt"


def test_what_kubernetes_sets_by_itself_is_explained() -> None:
    result = run("serve", "--demo", CUSTOMER_PORT="tcp://10.0.0.1:30000")

    assert result.returncode == 2
    assert "enableServiceLinks: false" in result.stderr


def test_an_admins_password_may_not_be_a_common_one_but_in_the_demo() -> None:
    admin = {"CUSTOMER_ADMIN_ID": "boss", "CUSTOMER_ADMIN_PASSWORD": "password1"}

    result = run("serve", **admin)

    assert result.returncode == 2
    assert "CUSTOMER_ADMIN_PASSWORD is one of the most common passwords" in result.stderr
    assert "password1" not in result.stderr


def test_the_other_commands_refuse_a_common_password_too() -> None:
    admin = {"CUSTOMER_ADMIN_ID": "boss", "CUSTOMER_ADMIN_PASSWORD": "password1"}

    result = run("role", "grant", "zoe", **admin)

    assert result.returncode == 2
    assert "CUSTOMER_ADMIN_PASSWORD is one of the most common passwords" in result.stderr
