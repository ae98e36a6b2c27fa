"""A local server that speaks the k-anonymity range API of breached passwords."""

import re
from collections.abc import Iterable
from hashlib import sha1

from support.http.raw_server import Act, Conversation, answer

PATH = "/range"


def sha1_digits(password: str) -> str:
    """The hexadecimal digits of the SHA-1 hash of ``password``, as the API has them."""
    return sha1(password.encode()).hexdigest().upper()


def line_of(password: str, count: int = 7) -> str:
    """The line of ``password`` in the response for its range."""
    return f"{sha1_digits(password)[5:]}:{count}"


def respond(*lines: str, status: int = 200) -> bytes:
    """A response with these lines."""
    body = "\r\n".join(lines).encode()
    return answer(status, body, Content_Type="text/plain")


def range_api(passwords: Iterable[str], padding: Iterable[str] = ()) -> Act:
    """Know ``passwords``. The ``padding`` are lines of count 0, sent if the client asks for it."""
    known, made_up = tuple(passwords), tuple(padding)

    def act(conversation: Conversation) -> None:
        head = conversation.request_head.decode()
        match = re.match(rf"GET {PATH}/([0-9A-F]{{5}}) HTTP/1.1\r\n", head)
        assert match is not None, head
        padded = "\r\nadd-padding: true\r\n" in head.lower()
        lines = [
            line_of(password, count)
            for passwords, count in ((known, 3), (made_up if padded else (), 0))
            for password in passwords
            if sha1_digits(password).startswith(match[1])
        ]
        others = [f"{number:035X}:{number % 2}" for number in range(500)]
        conversation.request.sendall(respond(*others, *lines, *others))

    return act
