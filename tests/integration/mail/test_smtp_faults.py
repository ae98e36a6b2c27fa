"""A server that hangs, refuses, or drops the connection: in time, with at most one more attempt."""

import socket
from time import monotonic

import pytest
from support.mail.mailbox import read_message
from support.mail.notifications import notification, smtp_notifier
from support.mail.scripted_server import (
    BEFORE_CONTENT,
    STEPS,
    Act,
    drop,
    hang,
    pour,
    scripted_server,
    trickle,
)

from cybershop_customer.domain.errors import NotificationFailedError

LONG = 5.0
TOKEN = notification().token.secret
NAMES = {
    "CONNECT": "the connection's beginning",
    "MAIL": "the sender",
    "RCPT": "the recipient",
    "DATA": "the message",
    "CONTENT": "the content of the message",
}


def failure_at(port: int, **changes: object) -> str:
    """Why a message is not sent. The reason has neither the address nor the token."""
    with pytest.raises(NotificationFailedError) as failure:
        smtp_notifier(port, **changes).send(notification())
    assert failure.value.__cause__ is None
    assert failure.value.__context__ is None
    text = str(failure.value)
    assert "zoe" not in text
    assert TOKEN not in text
    return text.replace(f"127.0.0.1:{port}", "SERVER")


@pytest.mark.parametrize("step", NAMES)
def test_a_refusal_for_good_is_final(step: str) -> None:
    with scripted_server({step: "550 5.1.1 <zoe@mail.test> is unknown"}) as server:
        cause = failure_at(server.port, sleep=pytest.fail)

    assert cause == f"SERVER refuses {NAMES[step]} (550 5.1.1)"
    assert server.connections == 1
    assert server.commands[-1] == "QUIT"


@pytest.mark.parametrize("step", NAMES)
def test_a_refusal_for_now_is_followed_by_one_attempt(step: str) -> None:
    with scripted_server({step: "451 later, zoe@mail.test"}, {}) as server:
        smtp_notifier(server.port).send(notification())
    assert server.connections == 2

    with scripted_server({step: "451 later, zoe@mail.test"}) as server:
        assert failure_at(server.port) == f"SERVER refuses {NAMES[step]} (451)"
    assert server.connections == 2


def test_without_time_for_the_pause_there_is_no_second_attempt() -> None:
    with scripted_server({"MAIL": "451 later"}, {}) as server:
        cause = failure_at(server.port, seconds=1.0, monotonic=lambda: 0.0, sleep=pytest.fail)

    assert cause == "SERVER refuses the sender (451)"
    assert server.connections == 1


@pytest.mark.parametrize("step", BEFORE_CONTENT)
def test_a_dropped_connection_is_followed_by_one_attempt(step: str) -> None:
    with scripted_server({step: drop}, {}) as server:
        smtp_notifier(server.port).send(notification())

        assert len(server.contents) == 1
    with scripted_server({step: drop}) as server:
        assert failure_at(server.port) == "SERVER closed the connection"
    assert server.connections == 2


@pytest.mark.parametrize("act", [drop, hang], ids=["drop", "hang"])
def test_a_message_that_may_have_been_accepted_is_never_sent_again(act: Act) -> None:
    with scripted_server({"CONTENT": act}, {}) as server:
        cause = failure_at(server.port, seconds=0.3, sleep=pytest.fail)

    assert cause.endswith(" after the message; it may have accepted it")
    assert server.connections == len(server.contents) == 1


def test_both_attempts_send_one_message_id() -> None:
    with scripted_server({"CONTENT": "452 the disk is full"}, {}) as server:
        smtp_notifier(server.port).send(notification())

    first, second = (read_message(content) for content in server.contents)
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize("act", [hang, trickle], ids=["hang", "trickle"])
@pytest.mark.parametrize("step", STEPS)
def test_a_slow_server_is_given_up_in_time(step: str, act: Act) -> None:
    began = monotonic()
    with scripted_server({step: act}) as server:
        cause = failure_at(server.port, seconds=0.3)

        assert monotonic() - began < LONG
    assert cause.startswith("SERVER does not answer in time")
    assert server.connections == 1


@pytest.mark.parametrize("step", STEPS)
def test_an_endless_reply_is_given_up(step: str) -> None:
    with scripted_server({step: pour}) as server:
        cause = failure_at(server.port, seconds=60)

    assert cause.startswith("SERVER closed the connection"), "and not the limit of time"


@pytest.mark.parametrize("reply", ["hello", "999 hello", "\xff\xfe", ""])
def test_an_answer_that_is_not_smtp(reply: str) -> None:
    with scripted_server({"CONNECT": reply}) as server:
        assert failure_at(server.port) == "SERVER does not answer as an SMTP server"


def test_no_one_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    pauses: list[float] = []

    cause = failure_at(port, sleep=pauses.append)

    assert cause == "no connection to SERVER: Connection refused"
    assert pauses == [1.0]


def test_a_host_that_is_not_found() -> None:
    with pytest.raises(NotificationFailedError, match=r"mail\.invalid:25 is not found"):
        smtp_notifier(25, host="mail.invalid").send(notification())


def test_a_server_that_hangs_after_the_message_delays_little() -> None:
    began = monotonic()
    with scripted_server({"QUIT": hang}) as server:
        smtp_notifier(server.port, seconds=60).send(notification())

        assert monotonic() - began < LONG
    assert len(server.contents) == 1


def test_a_line_that_begins_with_a_dot_arrives_whole() -> None:
    """RFC 5321, 4.5.2. A soft line break may put a dot of the customer's id there."""
    customer_id = "." * 128
    with scripted_server({}) as server:
        smtp_notifier(server.port).send(notification(customer_id=customer_id))

    (content,) = server.contents
    assert b"\r\n.." in content
    unstuffed = content.replace(b"\r\n..", b"\r\n.")
    plain = read_message(unstuffed).get_body(("plain",))
    assert plain is not None
    assert customer_id in plain.get_content().replace("\n", "")
