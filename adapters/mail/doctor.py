"""Checks the mail server, for ``cybershop-customer doctor``."""

from collections.abc import Callable
from typing import Final

from ...ports.finding import Finding, Status
from ..runtime import monotonic
from .smtp_error import SmtpError, Step
from .smtp_server import Encryption, SmtpServer
from .smtp_session import SmtpSession

_CHECK: Final = "mail server"
_REMEDIES: Final = {
    Step.CONNECT: "check the host, the port and smtp or smtps in CUSTOMER_SMTP_URL, and that the"
    " network lets this machine through",
    Step.ENCRYPTION: "use the name that the certificate is for. If a CA of your own signed it, name"
    " its file in SSL_CERT_FILE",
    Step.GREETING: "check the port in CUSTOMER_SMTP_URL",
    Step.STARTTLS: "use smtps:// in CUSTOMER_SMTP_URL, or a server with STARTTLS",
    Step.LOGIN: "check the user and the password in CUSTOMER_SMTP_URL; write %40 for @ in them",
}
_PLAIN_LOGIN: Final = (
    ". Many servers offer a login only after TLS, which smtp:// to this machine does not use: try"
    " smtps:// or another name of the server"
)


def examine_server(
    server: SmtpServer, *, seconds: float, monotonic: Callable[[], float] = monotonic
) -> Finding:
    """Connect, encrypt and log in as for a message, and send none."""
    deadline = monotonic() + seconds
    try:
        with SmtpSession(server, deadline=deadline, monotonic=monotonic):
            pass
    except SmtpError as error:
        return Finding(_CHECK, Status.FAILED, error.cause, _remedy(server, error.step))
    login = "without a login" if server.user is None else "and accepts the user and the password"
    return Finding(_CHECK, Status.OK, f"{server} answers with {server.encryption}, {login}")


def _remedy(server: SmtpServer, step: Step) -> str:
    remedy = _REMEDIES.get(step, "")
    if step is Step.LOGIN and server.encryption is Encryption.NONE:
        return remedy + _PLAIN_LOGIN
    return remedy
