"""No value can end a header, add one, or change the form of a message."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.mail.mailbox import read_message, text_of
from support.mail.notifications import NOW, SENDER, notification, texts

from cybershop_customer.adapters.mail.message_builder import MessageBuilder
from cybershop_customer.adapters.mail.recipient import Recipient
from cybershop_customer.adapters.mail.sender import Sender
from cybershop_customer.adapters.mail.template_set import load_templates
from cybershop_customer.domain.errors import NotificationFailedError
from cybershop_customer.domain.notification import NotificationKind

HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
]
ATTACK = "x\r\nBcc: thief@evil.test\r\n\r\n<script>\u2028\x00\x85\ud800"
BREAKS = ["\r", "\n", "\r\n", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\ud800"]


def built(sender: Sender = SENDER, shop: str = "The Shop", **changes: Any) -> EmailMessage:
    """The message, as a mail program reads it; every header is the message's own."""
    builder = MessageBuilder(texts(shop=shop), sender, lambda: NOW)
    out = builder.build(notification(**changes))
    head, _, _ = out.content.partition(b"\r\n\r\n")
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert max(map(len, out.content.split(b"\r\n"))) <= 998
    message = read_message(out.content)
    assert message.keys() == HEADERS
    return message


@pytest.mark.parametrize("kind", NotificationKind)
def test_an_attack_in_a_customers_id_stays_text(kind: NotificationKind) -> None:
    message = built(kind=kind, customer_id=ATTACK)

    plain, html = text_of(message), text_of(message, "html")
    assert "x Bcc: thief@evil.test" in plain.replace("\n", " ")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_an_attack_in_the_shops_name_stays_text() -> None:
    message = built(shop=ATTACK)

    assert message["Subject"].startswith("Set a new password for x Bcc: thief@evil.test <script>")


@pytest.mark.parametrize("name", ["Läden & Söhne", 'The "Shop"', "Shop, Inc. <x@y>", "店", ""])
def test_a_display_name_of_any_script_is_kept(name: str) -> None:
    message = built(Sender(name, "no-reply@shop.test"), shop=name)

    (address,) = message["From"].addresses
    assert (address.display_name, address.addr_spec) == (name, "no-reply@shop.test")
    assert message["Subject"].strip() == f"Set a new password for {name}".strip()


def test_the_longest_id_has_an_unbroken_link() -> None:
    changes = {"customer_id": "z" * 128}
    message = built(**changes)

    assert texts().link_of(notification(**changes)) in text_of(message).splitlines()


def test_a_subject_of_a_template_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    template = "Subject: Grüße\u2028von\x0b$shop\r\n\r\nBcc: $customer_id"
    (tmp_path / "en" / "email_changed.txt").write_text(template, encoding="utf-8", newline="")
    builder = MessageBuilder(texts(load_templates(tmp_path)), SENDER, lambda: NOW)

    out = builder.build(notification(NotificationKind.EMAIL_CHANGED))

    message = read_message(out.content)
    assert message["Subject"] == "Grüße von The Shop"
    assert message["Bcc"] is None
    assert text_of(message).splitlines() == ["Bcc: zoe"]


@pytest.mark.parametrize("break_", BREAKS)
@pytest.mark.parametrize("address", ["zo{}e@mail.test", "zoe@ma{}il.test", "{}zoe@mail.test"])
def test_an_address_with_a_line_break_gets_no_message(address: str, break_: str) -> None:
    with pytest.raises(NotificationFailedError) as failure:
        built(address=address.format(break_))

    assert str(failure.value) == "no message can be sent to this address"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "zoe",
        "@mail.test",
        "zoe@",
        "z e@mail.test",
        "<zoe@mail.test>",
        "a,b@mail.test",
        '"a b"@mail.test',
        "a@b@mail.test",
        "zoe@[127.0.0.1]",
        "zoe@mail test",
        "zoe@bü cher.test",
    ],
)
def test_an_address_of_another_form_gets_no_message(address: str) -> None:
    with pytest.raises(NotificationFailedError):
        built(address=address)


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("zoe@mail.test", "zoe@mail.test"),
        ("Zoe.O'Hara+shop@Mail.Test", "Zoe.O'Hara+shop@Mail.Test"),
        ("zoe@bücher.test", "zoe@xn--bcher-kva.test"),
        ("zoe@faß.test", "zoe@xn--fa-hia.test"),
        ("zoé@bücher.test", "zoé@xn--bcher-kva.test"),
    ],
)
def test_an_address_is_written_for_the_server(address: str, written: str) -> None:
    recipient = Recipient.parse(address)

    assert recipient.address == written
    assert str(built(address=address)["To"]) == written
    assert recipient.needs_smtputf8 == (not written.isascii())


@settings(max_examples=50)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_address_and_any_id(address: str, customer_id: str) -> None:
    try:
        message = built(address=f"{address}@mail.test", customer_id=customer_id)
    except NotificationFailedError:
        return
    assert str(message["To"]) == str(Recipient.parse(f"{address}@mail.test").header)
