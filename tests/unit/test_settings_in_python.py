"""Settings that a program builds itself are checked as the variables are."""

import copy
import pickle
from dataclasses import fields, replace
from typing import Any

import pytest

from cybershop_customer import SettingsError
from cybershop_customer.entrypoints.settings import DEMO_ADMIN_PASSWORD, Settings

SECRET = "planted secret"
WRONG = {
    "host": "not a host",
    "port": 65536,
    "threads": 0,
    "connections": 9,
    "connections_per_source": 0,
    "request_seconds": 0.5,
    "keep_alive_seconds": "120",
    "stop_seconds": None,
    "hashing_threads": 0,
    "hashing_queue": -1,
    "trusted_proxies": ("10.0.0.0/8",),
    "storage": "disk",
    "workers": 0,
    "api_docs": "true",
    "log_format": "xml",
    "log_level": "loud",
    "traces": 1,
    "sqlite_path": ":memory:",
    "sqlite_synchronous": "off",
    "dynamodb_client": "boto3",
    "sqlite_busy_seconds": 0,
    "dynamodb_endpoint": "localhost",
    "table_prefix": "a b",
    "dynamodb_connect_timeout_seconds": -1,
    "dynamodb_read_timeout_seconds": 10**5000,
    "dynamodb_attempts": True,
    "dynamodb_time_limit_seconds": 1,
    "admin_id": "a b",
    "admin_password": SECRET.encode(),
    "unique_email": 1,
    "password_min_length": 0,
    "password_blocklist": "false",
    "password_context_words": ("cybershop",),
    "breached_passwords_url": "api.pwnedpasswords.com",
    "breached_passwords_seconds": 0.5,
    "bcrypt_rounds": float("nan"),
    "session_idle_seconds": [1],
    "session_max_seconds": 10**9,
    "session_extend": None,
    "max_sessions": 101,
    "session_feed": "",
    "session_feed_shards": 65,
    "session_feed_write_shards": 0,
    "session_feed_token": SECRET,
    "introspection_tokens": f"orders={SECRET}",
    "login_attempts": 0,
    "login_window_seconds": 0,
    "id_reuse": 1,
    "audit_retention_days": 3651,
    "source_failures": -1,
    "source_failures_window_seconds": 0,
    "source_registrations": None,
    "source_registrations_window_seconds": 86401,
    "email_verification": True,
    "smtp_url": f"smtp://user:{SECRET}@mail.shop.example",
    "mail_from": "Cybershop",
    "link_url": "http://shop.example",
    "mail_locale": "",
    "mail_templates": 1,
    "mail_seconds": 0.5,
    "metrics": 1,
    "metrics_port": 0,
    "source_mails": "100",
    "source_mails_window_seconds": 0,
}


def faults_of(values: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(SettingsError) as refusal:
        Settings(**values)
    faults = {fault.field: fault.detail for fault in refusal.value.faults}
    assert len(faults) == len(refusal.value.faults), "a variable was named twice"
    return faults


def variables(names: object) -> set[str]:
    return {f"CUSTOMER_{name.upper()}" for name in names}  # type: ignore[attr-defined]


def test_every_setting_is_tried_here() -> None:
    assert WRONG.keys() == {field.name for field in fields(Settings)}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused_and_named_by_its_variable(name: str) -> None:
    admin = {"admin_id": "root", "admin_password": "correct horse"}
    faults = faults_of({**admin, "session_feed": True, name: WRONG[name]})

    assert faults.keys() == variables([name])
    (detail,) = faults.values()
    assert detail.startswith(("must ", "is "))
    assert SECRET not in detail


def test_every_wrong_value_is_named_at_once() -> None:
    assert faults_of(WRONG).keys() == variables(WRONG)


def test_values_that_do_not_go_together_are_named_with_those_that_are_wrong() -> None:
    values = {
        "port": -1,
        "session_idle_seconds": 61,
        "session_max_seconds": 60,
        "connections": 10,
        "connections_per_source": 11,
        "hashing_threads": 7,
        "dynamodb_time_limit_seconds": 2,
        "session_feed_token": "0123456789abcdef0123456789ABCDEF",
        "admin_id": "root",
    }
    assert faults_of(values).keys() == variables(
        [
            "port",
            "session_idle_seconds",
            "connections_per_source",
            "hashing_threads",
            "dynamodb_time_limit_seconds",
            "session_feed",
            "admin_password",
        ]
    )


def test_the_admins_password_keeps_the_rules_of_the_other_settings() -> None:
    admin = {"admin_id": "root", "admin_password": "flash"}

    assert faults_of(admin) == {"CUSTOMER_ADMIN_PASSWORD": "must have at least 8 characters"}
    assert Settings(**admin, password_min_length=5).admin_password == "flash"  # type: ignore[arg-type]


def test_none_is_a_value_only_where_it_is_the_default() -> None:
    without = {field.name for field in fields(Settings) if field.default is None}

    assert faults_of({field.name: None for field in fields(Settings)}).keys() == variables(
        {field.name for field in fields(Settings)} - without
    )


def test_a_changed_copy_is_checked_too() -> None:
    with pytest.raises(SettingsError, match="CUSTOMER_PORT"):
        replace(Settings(), port=-1)


def test_a_few_values_are_enough() -> None:
    assert Settings(storage="memory") == Settings.from_environ({"CUSTOMER_STORAGE": "memory"})


def test_copies_and_pickles_are_equal() -> None:
    demo = Settings.demo_from_environ({"CUSTOMER_PASSWORD_MIN_LENGTH": "20"})

    assert demo.admin_password == DEMO_ADMIN_PASSWORD
    assert copy.deepcopy(demo) == pickle.loads(pickle.dumps(demo)) == demo
