"""The settings of the demo, and variables that look like settings."""

import pytest
from support.services.settings import faults_of

from cybershop_customer.entrypoints.settings import (
    DEMO_ADMIN_ID,
    DEMO_ADMIN_PASSWORD,
    Settings,
    unknown_settings,
)


def test_the_demo_is_in_memory_on_loopback_with_weak_passwords_and_an_admin() -> None:
    assert Settings.demo_from_environ({}) == Settings(
        host="127.0.0.1",
        storage="memory",
        sqlite_path="demo.db",
        api_docs=True,
        password_min_length=5,
        password_blocklist=False,
        bcrypt_rounds=4,
        source_registrations=0,
        source_mails=0,
        admin_id=DEMO_ADMIN_ID,
        admin_password=DEMO_ADMIN_PASSWORD,
        id_reuse=True,
        smtp_url="log:",
        metrics=True,
    )


def test_variables_win_over_the_demos_defaults() -> None:
    settings = Settings.demo_from_environ(
        {
            "CUSTOMER_PORT": "8080",
            "CUSTOMER_STORAGE": "dynamodb",
            "CUSTOMER_PASSWORD_MIN_LENGTH": "10",
            "CUSTOMER_PASSWORD_BLOCKLIST": "true",
            "CUSTOMER_BCRYPT_ROUNDS": "10",
        }
    )

    assert (settings.port, settings.storage, settings.bcrypt_rounds) == (8080, "dynamodb", 10)
    assert (settings.password_min_length, settings.password_blocklist) == (10, True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", ""])
def test_on_loopback_the_admins_password_is_the_known_one(host: str) -> None:
    settings = Settings.demo_from_environ({"CUSTOMER_HOST": host})

    assert settings.admin_password == DEMO_ADMIN_PASSWORD


@pytest.mark.parametrize(
    ("environ", "link_base"),
    [
        ({}, "http://127.0.0.1:30000/demo"),
        ({"CUSTOMER_PORT": "8080", "CUSTOMER_HOST": "::1"}, "http://[::1]:8080/demo"),
        ({"CUSTOMER_LINK_URL": "https://shop.example/a"}, "https://shop.example/a"),
    ],
)
def test_on_loopback_links_are_printed(environ: dict[str, str], link_base: str) -> None:
    settings = Settings.demo_from_environ(environ)

    assert (settings.smtp_url, settings.link_base) == ("log:", link_base)


def test_elsewhere_no_link_is_printed() -> None:
    elsewhere = {"CUSTOMER_HOST": "0.0.0.0"}
    assert Settings.demo_from_environ(elsewhere).smtp_url is None

    faults = faults_of({**elsewhere, "CUSTOMER_SMTP_URL": "log:"}, demo=True)

    assert faults["CUSTOMER_SMTP_URL"].startswith("must name a mail server: log: prints the links")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "shop.example", "localhost.x"])
def test_elsewhere_the_admins_password_is_a_random_one(host: str) -> None:
    passwords = {
        Settings.demo_from_environ({"CUSTOMER_HOST": host}).admin_password for _ in range(3)
    }

    assert len(passwords) == 3
    assert DEMO_ADMIN_PASSWORD not in passwords
    assert all(password and len(password) == 16 for password in passwords)


def test_an_admin_that_is_named_takes_the_place_of_the_demos() -> None:
    settings = Settings.demo_from_environ(
        {"CUSTOMER_ADMIN_ID": "root", "CUSTOMER_ADMIN_PASSWORD": "flash"}
    )

    assert (settings.admin_id, settings.admin_password) == ("root", "flash")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CUSTOMER_PROT", "CUSTOMER_PORT"),
        ("CUSTOMER_TABLES_PREFIX", "CUSTOMER_TABLE_PREFIX"),
        ("CUSTOMER_BCRYPT_ROUND", "CUSTOMER_BCRYPT_ROUNDS"),
        ("CUSTOMER_ADMIN_PASWORD", "CUSTOMER_ADMIN_PASSWORD"),
    ],
)
def test_a_setting_misspelt_is_pointed_out(name: str, meant: str) -> None:
    assert unknown_settings({name: "secret"}) == [f"{name} is not a setting; did you mean {meant}?"]


def test_several_are_told_in_order() -> None:
    told = unknown_settings({"CUSTOMER_THREAD": "1", "CUSTOMER_HOSTS": "x"})

    assert [sentence.split()[0] for sentence in told] == ["CUSTOMER_HOSTS", "CUSTOMER_THREAD"]


def test_other_variables_are_none_of_our_business() -> None:
    environ = {
        "PATH": "/bin",
        "CUSTOMER_PORT": "30000",
        "CUSTOMER_ADMIN_PASSWORD": "x",
        "CUSTOMER_ID": "what api.mak takes",
        "CUSTOMER_PORTAL_ADDRESS": "of another program",
        # What Kubernetes sets for a Service named "customer".
        "CUSTOMER_SERVICE_HOST": "10.0.0.1",
        "CUSTOMER_SERVICE_PORT": "30000",
        "CUSTOMER_PORT_30000_TCP": "tcp://10.0.0.1:30000",
        "CUSTOMER_PORT_30000_TCP_PROTO": "tcp",
        "CUSTOMER_PORT_30000_TCP_PORT": "30000",
        "CUSTOMER_PORT_30000_TCP_ADDR": "10.0.0.1",
    }

    assert unknown_settings(environ) == []


def test_the_demos_own_password_keeps_no_stricter_rule() -> None:
    settings = Settings.demo_from_environ({"CUSTOMER_PASSWORD_MIN_LENGTH": "20"})

    assert settings.admin_password == "demo-admin"


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [("", False), ("http://127.0.0.1:8000", True), ("https://store.example", False)],
)
def test_the_known_password_is_for_a_store_on_this_machine_alone(
    endpoint: str, known: bool
) -> None:
    variables = {"CUSTOMER_STORAGE": "dynamodb", "CUSTOMER_DYNAMODB_ENDPOINT": endpoint}

    settings = Settings.demo_from_environ(variables)

    assert (settings.admin_password == "demo-admin") is known


def test_production_does_not_find_the_demos_file_by_default() -> None:
    assert Settings.demo_from_environ({}).sqlite_path != Settings().sqlite_path
