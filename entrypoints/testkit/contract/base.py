"""What every part of the contract stands on."""

from datetime import timedelta
from typing import Any, ClassVar, Final

import pytest

from ....domain.errors import RefusalReason, SessionRefusedError
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend

MOMENT: Final = timedelta(microseconds=1)
"""The least that a clock can tell apart."""
NEVER_ISSUED: Final = "x" * 43 + ".ann"
"""Of the form of a ``context_id``, and nobody's."""


class ContractBase:
    """The fixtures that a subclass provides, and the lag that it admits."""

    staleness: ClassVar[float] = 0
    """Seconds that the checker may take to see an ending, a change of roles, or a deletion."""

    @pytest.fixture
    def backend(self) -> SessionBackend:
        """The other side of the checker; unless overridden, the service in memory."""
        from ..service_backend import ServiceBackend

        return ServiceBackend()

    @pytest.fixture
    def checker(self, backend: SessionBackend) -> SessionChecker:
        """The checker under test, which asks what stands behind ``backend``."""
        raise NotImplementedError(f"{type(self).__name__} needs a fixture 'checker'", backend)

    def settle(self, backend: SessionBackend) -> None:
        """Let the time pass after which the checker has to have seen everything."""
        backend.advance(timedelta(seconds=self.staleness))


def refusal(
    checker: SessionChecker,
    context_id: Any,
    *,
    customer_id: str | None = None,
    role: str | None = None,
) -> RefusalReason:
    """Why the checker refuses what it has to refuse, whatever that is."""
    with pytest.raises(SessionRefusedError) as refused:
        checker.check_session(context_id, customer_id=customer_id, role=role)
    assert isinstance(refused.value.reason, RefusalReason)
    return refused.value.reason
