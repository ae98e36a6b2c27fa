"""A service that is stopped delivers the mail that waits."""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from threading import Event

import pytest
from support.http.transports import LIVEZ, TIMEOUT, RawConnection
from support.mail.scripted_server import Conversation, scripted_server
from support.processes import command
from support.processes.command import AT_ONCE, Service

from cybershop_customer.entrypoints.http.service_application import make_application

COUNT = 20
SERVE = f"""
from cybershop_customer.domain.notification import Notification, NotificationKind
from cybershop_customer.entrypoints.cli.main import main
from cybershop_customer.entrypoints.http import service_application

make_container = service_application.make_container


def make_busy_container(settings):
    container = make_container(settings)
    background, notifier = container.background(), container.notifier()
    for number in range({COUNT}):
        notification = Notification(
            kind=NotificationKind.EMAIL_IN_USE, customer_id="zoe", address=f"{{number}}@mail.test"
        )
        background.submit("send email_in_use", lambda it=notification: notifier.send(it))
    return container


service_application.make_container = make_busy_container
main()
"""
MAIL = {
    "CUSTOMER_MAIL_FROM": "no-reply@shop.test",
    "CUSTOMER_LINK_URL": "https://shop.test",
}


@pytest.fixture
def busy_demo(
    monkeypatch: pytest.MonkeyPatch, demo: Callable[..., Service]
) -> Callable[..., Service]:
    """Starts the demo, in which mail waits from the first moment."""
    monkeypatch.setattr(command, "COMMAND", (sys.executable, "-c", SERVE))
    return demo


def wait_until_stopping(service: Service) -> None:
    """Return when the service accepts no more connections."""
    with suppress(OSError):
        while True:
            with RawConnection(service.url) as connection:
                connection.exchange(LIVEZ)


def test_mail_that_waits_is_delivered_before_the_end(busy_demo: Callable[..., Service]) -> None:
    reached, released = Event(), Event()

    def wait(conversation: Conversation) -> bool:
        reached.set()
        assert released.wait(TIMEOUT)
        conversation.wfile.write(b"220 mail.shop.test\r\n")
        return True

    with scripted_server({"CONNECT": wait}) as server:
        service = busy_demo(CUSTOMER_SMTP_URL=f"smtp://127.0.0.1:{server.port}", **MAIL)
        assert reached.wait(TIMEOUT)
        service.signal()
        wait_until_stopping(service)
        released.set()
        status = service.wait()

        recipients = {line for line in server.commands if line.startswith("RCPT ")}
    assert status == 0
    assert recipients == {f"RCPT TO:<{number}@mail.test>" for number in range(COUNT)}
    assert {line["level"] for line in service.log_lines} <= {"INFO"}


def test_a_dead_mail_server_delays_the_stop_for_a_bounded_time(
    busy_demo: Callable[..., Service],
) -> None:
    reached = Event()

    def hang(conversation: Conversation) -> bool:
        reached.set()
        conversation.server.ending.wait(TIMEOUT)
        return False

    with scripted_server({"CONNECT": hang}) as server:
        service = busy_demo(
            CUSTOMER_SMTP_URL=f"smtp://127.0.0.1:{server.port}",
            CUSTOMER_MAIL_SECONDS="60",
            CUSTOMER_STOP_SECONDS="1",
            **MAIL,
        )
        assert reached.wait(TIMEOUT)
        service.signal()

        assert service.wait(timeout=AT_ONCE) == 0
    left = [line["message"] for line in service.log_lines if "not finished" in line["message"]]
    assert left == [
        f"{COUNT} pieces of background work were not finished in 2 s: send email_in_use ({COUNT})"
    ]
    assert "mail.test" not in service.log


def test_the_demo_says_where_to_try_it_and_where_its_links_lead(
    demo: Callable[..., Service],
) -> None:
    """The port of the links is the one that the service listens on. Each has a page."""
    service = demo()
    with service.api() as api:
        for path in ("/docs", "/demo/verify-email"):
            assert api.get(path).status == 200

    service.signal()

    assert service.wait() == 0
    assert f"Try it: {service.url}/docs" in service.printed
    assert f"Mail: printed here, with links such as {service.url}/demo/verify-email" in (
        service.printed
    )


def test_the_work_is_finished_before_the_store_is_closed() -> None:
    application = make_application({}, demo=True)
    process = application._process.get()
    events: list[str] = []
    process.storage = replace(process.storage, close=lambda: events.append("closed"))
    process.background.submit("note", lambda: events.append("done"))

    application.stop()

    assert events == ["done", "closed"]
