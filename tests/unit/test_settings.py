"""The settings: each variable, and every fault at once."""

from dataclasses import fields

import pytest
from support.services.settings import ADMIN, faults_of

from cybershop_customer.entrypoints.settings import Settings

PRODUCTION = Settings()

# Each whole number with the least and the most that it may be.
INTEGERS = {
    "port": (0, 65535),
    "threads": (4, 256),
    "workers": (1, 64),
    "hashing_threads": (1, 254),
    "hashing_queue": (0, 253),
    "connections": (10, 100_000),
    "connections_per_source": (1, 100_000),
    "request_seconds": (1, 600),
    "keep_alive_seconds": (1, 86400),
    "stop_seconds": (1, 3600),
    "sqlite_busy_seconds": (1, 60),
    "dynamodb_connect_timeout_seconds": (1, 60),
    "dynamodb_read_timeout_seconds": (1, 60),
    "dynamodb_attempts": (1, 10),
    "dynamodb_time_limit_seconds": (2, 300),
    "password_min_length": (1, 128),
    "bcrypt_rounds": (4, 16),
    "session_idle_seconds": (1, 2592000),
    "session_max_seconds": (1, 2592000),
    "max_sessions": (1, 100),
    "breached_passwords_seconds": (1, 10),
    "login_attempts": (1, 100),
    "login_window_seconds": (1, 86400),
    "audit_retention_days": (1, 3650),
    "source_failures": (0, 1_000_000),
    "source_failures_window_seconds": (1, 86400),
    "source_registrations": (0, 1_000_000),
    "source_registrations_window_seconds": (1, 86400),
    "mail_seconds": (1, 60),
    "metrics_port": (1, 65535),
    "session_feed_shards": (1, 64),
    "session_feed_write_shards": (1, 64),
    "source_mails": (0, 1_000_000),
    "source_mails_window_seconds": (1, 86400),
}
GOOD = {
    "host": ["127.0.0.1", "0.0.0.0", "::", "fe80::1%eth0", "shop-1.example", "localhost"],
    "trusted_proxies": [
        "10.0.0.0/8",
        "10.0.0.7, 2001:db8::/32,unix",
        "unix",
        "::1",
        "::ffff:192.0.2.0/120",
    ],
    "storage": ["dynamodb", "memory", "sqlite"],
    "sqlite_path": ["customer.db", "/var/lib/customer/customer.db", "a b/ü.db", "C:\\shop.db"],
    "sqlite_synchronous": ["full", "normal"],
    "dynamodb_client": ["direct", "botocore"],
    "log_format": ["text", "json"],
    "log_level": ["debug", "info", "warning", "error"],
    "dynamodb_endpoint": [
        "http://127.0.0.1:8000",
        "https://dynamodb.example/",
        "http://[::1]:8000",
    ],
    "table_prefix": ["staging-", "a.b_c-D9", "x" * 240],
    "breached_passwords_url": [
        "https://api.pwnedpasswords.com/range",
        "http://127.0.0.1:8080",
        "http://[::1]:8080/a/b/",
    ],
    "password_context_words": ["starlabs", "Star Labs, Mjölnir,", ",".join(["x" * 100] * 100)],
    "email_verification": ["off"],
    "smtp_url": [
        "smtp://mail.shop.example",
        "smtps://shop%40mail:p%3A%2F%25%20@mail.shop.example:2465/",
        "smtp://[::1]:25",
    ],
    "mail_from": [
        "no-reply@shop.example",
        "Cybershop <no-reply@shop.example>",
        '"Läden, Söhne & Co." <a.b+c@xn--lden-loa.example>',
        "<no-reply@shop.example>",
    ],
    "link_url": [
        "https://shop.example",
        "https://shop.example/account/",
        "http://127.0.0.1:30000/demo",
        "http://[::1]:30000",
        "http://localhost",
    ],
    "mail_locale": ["en", "de-AT", "zh-Hant-TW"],
    "admin_id": ["root", "567dce7f-b7b4-4efd-b75e-2b98592abe6d", "~._-"],
}
BAD = {
    "host": ["a b", "host/path", "ä.example", "x" * 254, "[::1]"],
    "trusted_proxies": [
        "10.0.0.1/8",
        "10.0.0.0/8,",
        ",",
        "Unix",
        "proxy.example",
        "10.0.0.0/33",
        "10.0.0.1:80",
        "0.0.0.0/0",
        "::/0",
        "::ffff:0:0/96",
        "*",
    ],
    "storage": ["disk", "Memory", " memory"],
    "sqlite_path": [":memory:", "file:customer.db?mode=ro", "a\0b"],
    "sqlite_synchronous": ["off", "FULL", "1"],
    "dynamodb_client": ["boto3", "Direct", "1"],
    "log_format": ["JSON", "auto"],
    "log_level": ["INFO", "20", "critical"],
    "traces": ["on", "1"],
    "email_verification": ["on", "Required", "true"],
    "dynamodb_endpoint": [
        "127.0.0.1:8000",
        "ftp://x",
        "http://",
        "http://x:99999",
        "http://x:0",
        "http://[x",
        "http://x y",
    ],
    "table_prefix": ["a b", "ä", "x" * 241, "a/b", "a\n"],
    "breached_passwords_url": [
        "api.pwnedpasswords.com",
        "ftp://x",
        "https://user:pass@x",
        "https://x/range?mode=ntlm",
        "https://x/range#y",
        "https://x/\u00e4",
        "http://x:0",
    ],
    "password_context_words": [",", " ", "x" * 101, "x," * 101],
    "unique_email": ["yes", "True", "1", " true"],
    "password_blocklist": ["no", "FALSE", "0"],
    "session_extend": ["on", "TRUE", "1"],
    "id_reuse": ["yes", "True", "1"],
    "session_feed": ["on", "TRUE", "1"],
    "api_docs": ["on", "yes"],
    "metrics": ["on", "TRUE", "1"],
    "session_feed_token": [
        "x" * 31,
        "x" * 513,
        "ä" * 32,
        "a" * 31 + " ",
        "a" * 32 + "\n",
        "=" * 32,
    ],
    "introspection_tokens": [
        "orders",
        "orders=",
        ",",
        f"orders={'x' * 32}",
        "=0123456789abcdef0123456789ABCDEF",
        "a b=0123456789abcdef0123456789ABCDEF",
        "0123456789abcdef0123456789ABCDEF=orders",
        f"{'o' * 32}=0123456789abcdef0123456789ABCDEF",
        "orders=0123456789abcdef0123456789ABCDEF,stock=0123456789abcdef0123456789ABCDEF",
    ],
    "smtp_url": [
        "mail.shop.example:587",
        "http://mail.shop.example",
        "smtp://",
        "smtp://mail.shop.example:0",
        "smtp://mail.shop.example/path",
        "smtp://mail.shop.example?tls=off",
        "smtp://user@mail.shop.example",
        "smtp://:password@mail.shop.example",
        "smtp://user:%00@mail.shop.example",
        "smtp://user:a%0D%0Ab@mail.shop.example",
        "smtp://user:p%C3%A4ss@mail.shop.example",
        "smtp://user:%FF@mail.shop.example",
        "smtp://mail.shop.example\r\n",
        "log",
    ],
    "mail_from": [
        "Cybershop",
        "no-reply@",
        "Cybershop <no-reply@shop.example",
        "a@shop.example, b@shop.example",
        "Cybershop\r\nBcc: x@y.example <no-reply@shop.example>",
        "Cybershop <no-reply@shop.example>\n",
        "no-reply@läden.example",
        "x" * 101 + " <no-reply@shop.example>",
        "Cyber\u202eshop <no-reply@shop.example>",
    ],
    "link_url": [
        "http://shop.example",
        "shop.example",
        "ftp://127.0.0.1",
        "https://user@shop.example",
        "https://shop.example?x",
        "https://shop.example/#x",
        "https://shop.example/a b",
        "https://shop.example/ä",
        "https://shop.example:0",
    ],
    "mail_locale": ["english language", "e", "de_AT", "../de", "de-"],
    "admin_id": ["a b", "ä", "a" * 129, "-", "login", "logoff", "operator", "session", ".", ".."],
}
BOOLEANS = [
    "unique_email",
    "id_reuse",
    "password_blocklist",
    "session_extend",
    "session_feed",
    "api_docs",
    "metrics",
    "traces",
]


def variable(name: str) -> str:
    return f"CUSTOMER_{name.upper()}"


def test_every_setting_is_tried_here() -> None:
    tried = {*INTEGERS, *GOOD, *BAD, "admin_password", "mail_templates", "session_feed_token"}

    assert tried == {setting.name for setting in fields(Settings)}


def test_without_any_variable_the_settings_are_productions() -> None:
    settings = Settings.from_environ({"PATH": "/bin", "CUSTOMER_ID": "x", "OTHER_PORT": "1"})

    assert settings == PRODUCTION
    assert (settings.host, settings.port, settings.threads) == ("0.0.0.0", 30000, 8)
    assert (settings.storage, settings.dynamodb_endpoint, settings.table_prefix) == (
        "dynamodb",
        None,
        "",
    )
    assert (settings.admin_id, settings.admin_password) == (None, None)
    assert (settings.unique_email, settings.password_blocklist) == (True, True)
    assert (settings.password_min_length, settings.bcrypt_rounds) == (8, 12)
    assert (settings.session_idle_seconds, settings.session_max_seconds) == (1800, 43200)


def test_an_empty_variable_counts_as_none() -> None:
    empty = {variable(setting.name): "" for setting in fields(Settings)}

    assert Settings.from_environ(empty) == PRODUCTION


@pytest.mark.parametrize("name", INTEGERS)
def test_a_whole_number_is_within_its_bounds(name: str) -> None:
    least, most = INTEGERS[name]
    # So that no setting goes against another one.
    beside = {variable("session_max_seconds"): str(most)} if name == "session_idle_seconds" else {}
    if name.startswith("dynamodb_"):
        beside = {variable("dynamodb_time_limit_seconds"): "300"}
    if name == "session_feed_write_shards":
        beside = {variable("session_feed_shards"): str(most)}
    if name.startswith("hashing_"):
        beside = {variable("threads"): "256"}
    if name == "connections_per_source":
        beside = {variable("connections"): str(most)}
    detail = f"must be a whole number from {least} to {most}"

    for text in (str(least + 1), str(most), f"0{most}"):
        assert getattr(
            Settings.from_environ(
                {"CUSTOMER_SESSION_IDLE_SECONDS": "1", **beside, variable(name): text}
            ),
            name,
        ) == int(text)
    for text in (str(least - 1), str(most + 1), "x", "1.5", " 1", "1e3", "+1", "\u0661", "9" * 99):
        assert faults_of({variable(name): text})[variable(name)] == detail


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in GOOD for text in GOOD[name]])
def test_a_good_text_is_taken_as_it_is(name: str, text: str) -> None:
    mail = {"CUSTOMER_MAIL_FROM": "a@shop.example", "CUSTOMER_LINK_URL": "https://shop.example"}
    environ = {**ADMIN, **mail, variable(name): text}

    assert getattr(Settings.from_environ(environ), name) == text


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in BAD for text in BAD[name]])
def test_a_bad_text_is_refused_and_not_repeated(name: str, text: str) -> None:
    faults = faults_of({**ADMIN, variable(name): text})

    assert list(faults) == [variable(name)]
    assert faults[variable(name)].startswith(("must ", "is "))


@pytest.mark.parametrize("name", BOOLEANS)
def test_a_boolean_is_true_or_false(name: str) -> None:
    assert getattr(Settings.from_environ({variable(name): "true"}), name) is True
    assert getattr(Settings.from_environ({variable(name): "false"}), name) is False
    assert faults_of({variable(name): "1"}) == {variable(name): "must be true or false"}


@pytest.mark.parametrize("demo", [False, True])
def test_every_fault_is_named_at_once(demo: bool) -> None:
    environ = {variable(name): "a b" for name in (*INTEGERS, *BAD)}
    environ["CUSTOMER_PASSWORD_CONTEXT_WORDS"] = ","
    environ["CUSTOMER_SQLITE_PATH"] = ":memory:"

    faults = faults_of({**environ, "CUSTOMER_ADMIN_PASSWORD": "short"}, demo=demo)

    expected = {*environ, *([] if demo else ["CUSTOMER_ADMIN_PASSWORD"])}
    assert set(faults) == expected


def test_a_port_that_kubernetes_set_is_explained() -> None:
    faults = faults_of({"CUSTOMER_PORT": "tcp://10.0.0.1:30000"})

    assert "enableServiceLinks: false" in faults["CUSTOMER_PORT"]
