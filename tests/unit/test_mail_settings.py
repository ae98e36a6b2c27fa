"""What is made of the settings of mail."""

import pytest
from support.mail.notifications import NOW, notification

from cybershop_customer import SettingsError
from cybershop_customer.adapters.mail.printed_notifier import PrintedNotifier
from cybershop_customer.adapters.mail.smtp_notifier import SmtpNotifier
from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.adapters.threaded.background import ThreadedBackground
from cybershop_customer.entrypoints import mail
from cybershop_customer.entrypoints.container import make_container, memory_container
from cybershop_customer.entrypoints.mail_values import SmtpUrl, parse_mail_from, parse_smtp_url
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

MAIL = {
    "smtp_url": "smtp://shop:planted@mail.shop.example",
    "mail_from": "Cybershop <no-reply@shop.example>",
    "link_url": "https://shop.example/account",
}


@pytest.mark.parametrize(
    ("url", "parts", "encryption"),
    [
        ("smtp://mail.shop.example", ("mail.shop.example", 587, None, ""), "STARTTLS"),
        ("smtps://mail.shop.example/", ("mail.shop.example", 465, None, ""), "TLS"),
        ("smtp://a%40b:c%3A%25@10.0.0.1:25", ("10.0.0.1", 25, "a@b", "c:%"), "STARTTLS"),
        ("smtp://[::1]:25", ("::1", 25, None, ""), "no encryption"),
        ("smtp://localhost", ("localhost", 587, None, ""), "no encryption"),
        ("smtps://127.0.0.1", ("127.0.0.1", 465, None, ""), "TLS"),
    ],
)
def test_the_url_of_a_mail_server(
    url: str, parts: tuple[str, int, str | None, str], encryption: str
) -> None:
    parsed: SmtpUrl = parse_smtp_url(url)
    server = mail._smtp_server(parsed)

    assert (server.host, server.port, server.user, server.password) == parts
    assert server.encryption == encryption
    if server.user:
        assert server.user not in repr(parsed) + repr(server)
        assert server.password not in repr(parsed) + repr(server)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("no-reply@shop.example", "", "no-reply@shop.example"),
        ("<no-reply@shop.example>", "", "no-reply@shop.example"),
        ("Cybershop <no-reply@shop.example>", "Cybershop", "no-reply@shop.example"),
        ('"Läden, Söhne & Co." <a@shop.example>', "Läden, Söhne & Co.", "a@shop.example"),
    ],
)
def test_the_sender(text: str, name: str, address: str) -> None:
    assert parse_mail_from(text) == (name, address)


def test_secrets_are_not_shown() -> None:
    assert "planted" not in repr(Settings(**MAIL))


def test_a_deployment_chooses_its_notifier() -> None:
    def notifier(**values: object) -> object:
        return make_container(Settings(storage="memory", **values)).notifier()

    assert notifier() is None
    assert isinstance(notifier(**MAIL), SmtpNotifier)
    assert isinstance(notifier(smtp_url="log:", host="127.0.0.1"), PrintedNotifier)
    assert isinstance(make_container(Settings(storage="memory")).background(), ThreadedBackground)


def test_in_memory_nothing_is_sent_and_no_thread_runs() -> None:
    container = memory_container()

    assert isinstance(container.notifier(), MemoryNotifier)
    assert isinstance(container.background(), MemoryBackground)
    assert container.notifier() is container.notifier()


def test_the_shop_has_the_senders_name(capsys: pytest.CaptureFixture[str]) -> None:
    for sender, shop in (("Mein Laden <a@shop.example>", "Mein Laden"), (None, "Cybershop")):
        settings = Settings.demo_from_environ({"CUSTOMER_MAIL_FROM": sender or ""})
        notifier = mail.make_notifier(settings, ManualClock(NOW))
        assert notifier is not None
        notifier.send(notification())
        printed = capsys.readouterr().out
        assert f"Set a new password for {shop} http://127.0.0.1:30000/demo/reset-" in printed


def test_a_locale_without_templates_is_a_fault_of_the_settings() -> None:
    settings = Settings.demo_from_environ({"CUSTOMER_MAIL_LOCALE": "fr"})

    with pytest.raises(SettingsError) as refusal:
        mail.check_mail(settings)

    assert str(refusal.value) == (
        "CUSTOMER_MAIL_LOCALE must be a locale that has templates: de or en"
    )
    mail.check_mail(Settings(mail_locale="fr"))
