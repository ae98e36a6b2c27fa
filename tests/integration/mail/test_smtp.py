"""Messages reach a real SMTP server, encrypted and with a login where the settings say so."""

import ssl
from pathlib import Path

import pytest
from support.http.certificate import self_signed
from support.mail.mailbox import PASSWORD, USER, mail_server, text_of
from support.mail.notifications import NOW, notification, smtp_notifier
from support.mail.scripted_server import scripted_server

from cybershop_customer.adapters.mail.smtp_server import Encryption
from cybershop_customer.domain.errors import NotificationFailedError


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The TLS context of a server whose certificate the notifier trusts."""
    context, trusted = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return context


def test_a_message_arrives_as_it_was_written() -> None:
    with mail_server() as mailbox:
        smtp_notifier(mailbox.port).send(notification(locale="de-AT"))

    (message,) = mailbox.messages
    (envelope,) = mailbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@shop.test", ["zoe@mail.test"])
    assert message["From"] == "The Shop <no-reply@shop.test>"
    assert message["To"] == "zoe@mail.test"
    assert message["Subject"] == "Neues Passwort für The Shop festlegen"
    assert message["Date"].datetime == NOW
    assert message["Message-ID"].endswith("@shop.test>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "de"
    link = f"https://shop.test/account/reset-password#token={notification().token.secret}"
    assert link in text_of(message).splitlines()
    assert f'href="{link}"' in text_of(message, "html")
    assert "innerhalb von 30 Minuten" in text_of(message)


def test_the_server_learns_this_machines_address_and_no_name() -> None:
    with mail_server() as mailbox:
        smtp_notifier(mailbox.port).send(notification())

    assert mailbox.sessions[0].host_name == "[127.0.0.1]"


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
def test_a_login_over_an_encrypted_connection(tls: ssl.SSLContext, encryption: Encryption) -> None:
    starttls = encryption is Encryption.STARTTLS
    with mail_server(
        starttls=tls if starttls else None, tls=None if starttls else tls, needs_login=True
    ) as mailbox:
        smtp_notifier(mailbox.port, encryption, user=USER, password=PASSWORD).send(notification())

    (session,) = mailbox.sessions
    assert session.authenticated
    if starttls:
        assert session.ssl is not None


@pytest.mark.parametrize(
    ("user", "cause"),
    [
        (USER, "refuses the user or the password (535 5.7.8)"),
        (None, "refuses the sender (530 5.7.0)"),
    ],
)
def test_a_wrong_or_missing_login_is_refused_once(
    tls: ssl.SSLContext, user: str | None, cause: str
) -> None:
    with mail_server(starttls=tls, needs_login=True) as mailbox:
        notifier = smtp_notifier(
            mailbox.port,
            Encryption.STARTTLS,
            user=user,
            password="wrong-password",
            sleep=pytest.fail,
        )
        with pytest.raises(NotificationFailedError) as failure:
            notifier.send(notification())

    assert str(failure.value) == f"127.0.0.1:{mailbox.port} {cause}"
    assert mailbox.messages == []


def test_a_login_that_the_server_does_not_know() -> None:
    cause = r"does not support a login \(AUTH\)"
    with scripted_server({}) as server, pytest.raises(NotificationFailedError, match=cause):
        smtp_notifier(server.port, user=USER, password=PASSWORD).send(notification())


def test_without_starttls_nothing_is_sent() -> None:
    with mail_server() as mailbox:
        notifier = smtp_notifier(mailbox.port, Encryption.STARTTLS, user=USER, password=PASSWORD)
        with pytest.raises(NotificationFailedError, match="does not support STARTTLS"):
            notifier.send(notification())

    assert mailbox.messages == []


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
@pytest.mark.parametrize("address", [None, "127.0.0.2"], ids=["unknown signer", "other address"])
def test_an_invalid_certificate_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encryption: Encryption, address: str | None
) -> None:
    context, trusted = self_signed(tmp_path, address=address or "127.0.0.1")
    if address is not None:
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    tls = {"starttls" if encryption is Encryption.STARTTLS else "tls": context}
    cause = r"the certificate of .* is refused: "
    with mail_server(**tls) as mailbox, pytest.raises(NotificationFailedError, match=cause):
        smtp_notifier(mailbox.port, encryption).send(notification())

    assert mailbox.messages == []


def test_a_server_without_tls_is_refused() -> None:
    cause = r"TLS with .* failed: "
    with mail_server() as mailbox, pytest.raises(NotificationFailedError, match=cause):
        smtp_notifier(mailbox.port, Encryption.TLS).send(notification())


@pytest.mark.parametrize("supported", [True, False])
def test_smtputf8_is_used_where_the_address_needs_it(supported: bool) -> None:
    with mail_server(smtputf8=supported) as mailbox:
        notifier = smtp_notifier(mailbox.port)
        notifier.send(notification(address="zoe@bücher.test"))
        if supported:
            notifier.send(notification(address="zoé@bücher.test"))
        else:
            with pytest.raises(NotificationFailedError, match="SMTPUTF8"):
                notifier.send(notification(address="zoé@bücher.test"))

    expected = [("zoe@xn--bcher-kva.test", False), ("zoé@xn--bcher-kva.test", True)]
    assert [(it.rcpt_tos[0], it.smtp_utf8) for it in mailbox.envelopes] == expected[: 1 + supported]
    assert [str(it["To"]) for it in mailbox.messages] == [to for to, _ in expected[: 1 + supported]]
