"""The notifiers that send nothing: the one that prints, and the one in memory."""

import io
import sys

import pytest
from support.mail.notifications import notification, texts

from cybershop_customer.adapters.mail.printed_notifier import PrintedNotifier
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.domain.errors import NotificationFailedError
from cybershop_customer.domain.notification import NotificationKind

LINK = texts().link_of(notification())


def test_a_link_is_printed_in_one_line_and_not_logged(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    notifier = PrintedNotifier(texts())

    notifier.send(notification())
    notifier.send(notification(NotificationKind.PASSWORD_CHANGED, token=None))

    assert capsys.readouterr().out.splitlines() == [
        f"Mail to zoe@mail.test: Set a new password for The Shop {LINK}",
        "Mail to zoe@mail.test: Your password at The Shop was changed",
    ]
    assert caplog.records == []


def test_an_address_cannot_print_a_line_of_its_own() -> None:
    stream = io.StringIO()

    PrintedNotifier(texts(), stream).send(notification(address="a\r\n\x1b[2Jb@mail.test"))

    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().startswith("Mail to a [2Jb@mail.test: ")


def test_a_terminal_without_unicode_prints_it_all_the_same() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")

    PrintedNotifier(texts(), stream).send(notification(address="zoé@mail.test", locale="de"))

    stream.seek(0)
    assert stream.read() == (
        f"Mail to zo\\xe9@mail.test: Neues Passwort f\\xfcr The Shop festlegen {LINK}\n"
    )


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "none"])
def test_without_a_standard_output_it_fails(monkeypatch: pytest.MonkeyPatch, closed: bool) -> None:
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stdout", stream if closed else None)

    with pytest.raises(NotificationFailedError, match="the standard output is closed"):
        PrintedNotifier(texts()).send(notification())


def test_memory_keeps_the_newest() -> None:
    notifier = MemoryNotifier(keep=3)
    kinds = [NotificationKind.VERIFY_EMAIL, NotificationKind.RESET_PASSWORD] * 2
    for number, kind in enumerate(kinds):
        notifier.send(notification(kind, address=f"{number}@mail.test"))

    assert [it.address for it in notifier.notifications] == [f"{n}@mail.test" for n in (1, 2, 3)]
    assert notifier.last() is notifier.notifications[-1]
    assert notifier.last("1@mail.test") is notifier.notifications[0]
    assert notifier.last(kind=NotificationKind.VERIFY_EMAIL) is notifier.notifications[1]
    assert notifier.last("1@mail.test", NotificationKind.VERIFY_EMAIL) is None
    assert notifier.last("0@mail.test") is None

    notifier.clear()
    assert notifier.last() is None
