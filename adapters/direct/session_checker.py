"""The session check in this process."""

from ...domain.services.checker_errors import checker_errors
from ...domain.services.session_check_service import SessionCheckService
from ...domain.session import Session
from ...ports.session_checker import SessionChecker


class DirectSessionChecker(SessionChecker):
    """Reads the store once for each check, so a logout is effective for the next check."""

    def __init__(self, session_check: SessionCheckService) -> None:
        self._session_check = session_check

    @checker_errors
    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        session = self._session_check.check_session(context_id, customer_id=customer_id)
        if role is not None:
            session.require(role)
        return session
