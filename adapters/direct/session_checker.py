"""The session check in this process."""

from ...domain.errors import CheckerUnavailableError, StoreFaultError, StoreUnavailableError
from ...domain.services.session_check_service import SessionCheckService
from ...domain.session import Session
from ...ports.session_checker import SessionChecker


class DirectSessionChecker(SessionChecker):
    """Asks the store itself: one read a check, and a logout is effective for the very next one."""

    def __init__(self, session_check: SessionCheckService) -> None:
        self._session_check = session_check

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        try:
            session = self._session_check.check_session(context_id, customer_id=customer_id)
        except StoreUnavailableError as error:
            raise CheckerUnavailableError(error.retry_after) from error
        except StoreFaultError as error:
            raise CheckerUnavailableError from error
        if role is not None:
            session.require(role)
        return session
