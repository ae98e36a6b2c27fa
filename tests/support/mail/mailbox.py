"""A real SMTP server (aiosmtpd) on loopback, which keeps what it accepts."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ssl import SSLContext
from threading import Condition, Thread
from typing import Any, Final, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "shop@mail", "pass:word/%"
_SECONDS: Final = 30


class Mailbox:
    """The handler of the server: its messages, the oldest first."""

    def __init__(self) -> None:
        self._arrived = Condition()
        self.envelopes: list[Envelope] = []
        self.sessions: list[Session] = []
        self.port = 0

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        with self._arrived:
            self.envelopes.append(envelope)
            self.sessions.append(session)
            self._arrived.notify_all()
        return "250 2.0.0 kept"

    @property
    def messages(self) -> list[EmailMessage]:
        return [read_message(cast("bytes", envelope.content)) for envelope in self.envelopes]

    def wait_for(self, count: int) -> list[EmailMessage]:
        """The messages, when there are ``count`` at least."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.envelopes) >= count, _SECONDS)
        return self.messages


def read_message(content: bytes) -> EmailMessage:
    """The message as a mail program reads it."""
    message = cast("EmailMessage", message_from_bytes(content, policy=default))
    assert not message.defects
    return message


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    """The text of the message in one of its forms."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@contextmanager
def mail_server(
    *,
    starttls: SSLContext | None = None,
    tls: SSLContext | None = None,
    needs_login: bool = False,
    smtputf8: bool = True,
) -> Iterator[Mailbox]:
    """Run a server on a free port of 127.0.0.1."""
    mailbox = Mailbox()

    def make_protocol() -> SMTP:
        return SMTP(
            mailbox,
            hostname="mail.shop.test",
            enable_SMTPUTF8=smtputf8,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=_authenticate if needs_login else None,
            # aiosmtpd does not see the TLS of the whole connection, and warns.
            auth_required=needs_login and starttls is not None,
            auth_require_tls=starttls is not None,
        )

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        server = await loop.create_server(make_protocol, "127.0.0.1", 0, ssl=tls)
        listening.set_result(
            (server.sockets[0].getsockname()[1], lambda: loop.call_soon_threadsafe(stopped.set))
        )
        async with server:
            await stopped.wait()

    listening: Future[tuple[int, Callable[[], object]]] = Future()
    thread = Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    mailbox.port, stop = listening.result(_SECONDS)
    try:
        yield mailbox
    finally:
        stop()
        thread.join(_SECONDS)
