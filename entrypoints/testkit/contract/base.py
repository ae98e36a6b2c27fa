"""The base class of the contract's parts."""

from datetime import timedelta
from typing import Any, ClassVar, Final

import pytest

from ....domain.errors import RefusalReason, SessionRefusedError
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend

MOMENT: Final = timedelta(microseconds=1)
"""The smallest step of a clock."""
NEVER_ISSUED: Final = "x" * 43 + ".ann"
"""A well-formed ``context_id`` that belongs to no customer."""


class ContractBase:
    """The fixtures and the staleness of the checker under test."""

    staleness: ClassVar[float] = 0
    """Seconds for which the checker may miss an end, a deletion, or another change."""

    @pytest.fixture
    def backend(self) -> SessionBackend:
        """The service behind the checker. The default is the service in memory."""
        from ..service_backend import ServiceBackend

        return ServiceBackend()

    @pytest.fixture
    def checker(self, backend: SessionBackend) -> SessionChecker:
        """The checker under test, which checks the sessions of ``backend``."""
        raise NotImplementedError(
            f"{type(self).__name__} has no fixture 'checker'. Define one.", backend
        )

    def settle(self, backend: SessionBackend) -> None:
        """Let time pass until the checker must know every change."""
        backend.advance(timedelta(seconds=self.staleness))


def refusal(
    checker: SessionChecker,
    context_id: Any,
    *,
    customer_id: str | None = None,
    role: str | None = None,
) -> RefusalReason:
    """The reason of the refusal. Fails if the checker does not refuse."""
    with pytest.raises(SessionRefusedError) as refused:
        checker.check_session(context_id, customer_id=customer_id, role=role)
    assert isinstance(refused.value.reason, RefusalReason)
    return refused.value.reason
