"""The session check over HTTP."""

from typing import Final, Self

from ...domain.errors import RefusalReason, SessionRefusedError
from ...domain.session import ContextId, Session
from ...ports.session_checker import SessionChecker
from .reply import Reply, UnusableReplyError
from .transport import Transport

_TARGET: Final = "/api/v1/customer/session"
_OK: Final = 200
_UNAUTHORIZED: Final = 401


class HttpSessionChecker(SessionChecker):
    """Asks the customer service at ``url``; a logout is effective for the very next check.

    Connections are kept open and shared by all threads. While the service is down, checks fail
    at once, but for one now and then that looks whether it is back.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``.
        time_limit: seconds that a check may take, whatever the service does; only the look-up of
            a host's name can take longer.
        connections: how many to keep open, one for each thread that checks.

    Raises:
        SettingsError: one of these cannot be used.
    """

    def __init__(self, url: str, *, time_limit: float = 2.0, connections: int = 10) -> None:
        self._transport = Transport(url, time_limit=time_limit, connections=connections)

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        # What can be nobody's is not sent.
        claimed = ContextId.parse_pair(context_id, customer_id)
        found = self._transport.get(
            _TARGET, claimed.secret, lambda reply: _session_or_reason(reply, claimed)
        )
        if isinstance(found, RefusalReason):
            raise SessionRefusedError(found)
        if role is not None:
            found.require(role)
        return found

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _session_or_reason(reply: Reply, claimed: ContextId) -> Session | RefusalReason:
    if reply.status == _OK:
        return _session(reply, claimed)
    # Any other refusal is a stranger's: a proxy that wants a password, another service.
    if reply.status == _UNAUTHORIZED and reply.problem == "session-refused":
        try:
            return RefusalReason(reply.text("reason"))
        except ValueError:
            return RefusalReason.UNKNOWN
    raise UnusableReplyError(f"HTTP {reply.status}, and no answer to a session check")


def _session(reply: Reply, claimed: ContextId) -> Session:
    roles = reply.items("roles")
    if reply.text("customer_id") != claimed.customer_id:
        raise UnusableReplyError("the reply is about another customer")
    if not all(isinstance(role, str) for role in roles):
        raise UnusableReplyError("the reply's roles are no strings")
    return Session(
        session_id=claimed.session_id,
        customer_id=claimed.customer_id,
        roles=frozenset(roles),
        issued_at=reply.moment("issued_at"),
        expires_at=reply.moment("expires_at"),
    )
