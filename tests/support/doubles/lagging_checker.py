"""A session checker whose answers may be late."""

from datetime import datetime, timedelta

from cybershop_customer import Clock, ContextId, Session, SessionChecker


class LaggingChecker(SessionChecker):
    """Repeats each answer for ``seconds``, but not after the session's end."""

    def __init__(self, checker: SessionChecker, clock: Clock, seconds: float) -> None:
        self._checker = checker
        self._clock = clock
        self._lag = timedelta(seconds=seconds)
        self._seen: dict[str, tuple[datetime, Session]] = {}

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        session_id = ContextId.parse_pair(context_id, customer_id).session_id
        now = self._clock.now()
        seen = self._seen.get(session_id)
        if seen is not None and now < min(seen[0] + self._lag, seen[1].expires_at):
            session = seen[1]
        else:
            session = self._checker.check_session(context_id)
            self._seen[session_id] = now, session
        if role is not None:
            session.require(role)
        return session
