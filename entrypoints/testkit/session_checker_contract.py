"""What every adapter of the port ``SessionChecker`` must do, as tests to inherit."""

from .contract.answers import AnswersContract
from .contract.endings import EndingsContract
from .contract.outages import OutagesContract
from .contract.refusals import RefusalsContract
from .contract.roles import RolesContract
from .contract.secrecy import SecrecyContract
from .contract.threads import ThreadsContract

__all__ = ["SessionCheckerContract"]


class SessionCheckerContract(
    AnswersContract,
    RefusalsContract,
    EndingsContract,
    RolesContract,
    OutagesContract,
    ThreadsContract,
    SecrecyContract,
):
    """Tests that an adapter of ``SessionChecker`` passes.

    Inherit, and provide the checker::

        class TestMyChecker(SessionCheckerContract):
            @pytest.fixture
            def checker(self, backend):
                return MyChecker(backend.services)

    The fixture ``backend`` is the customer service in memory (``ServiceBackend``). Override it for
    a checker that asks another, with any ``SessionBackend``. A checker that may lag states
    by how many seconds in ``staleness``. It must see logins at once all the same.
    """
