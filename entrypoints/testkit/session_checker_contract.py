"""The contract of the port ``SessionChecker``, as tests to inherit."""

from ...adapters.extras import requires_extra

with requires_extra("testkit"):
    from .contract.answers import AnswersContract
    from .contract.endings import EndingsContract
    from .contract.outages import OutagesContract
    from .contract.refusals import RefusalsContract
    from .contract.roles import RolesContract
    from .contract.secrecy import SecrecyContract
    from .contract.threads import ThreadsContract
    from .contract.verification import VerificationContract

__all__ = ["SessionCheckerContract"]


class SessionCheckerContract(
    AnswersContract,
    RefusalsContract,
    EndingsContract,
    RolesContract,
    VerificationContract,
    OutagesContract,
    ThreadsContract,
    SecrecyContract,
):
    """Tests that every adapter of ``SessionChecker`` must pass.

    Inherit from it, and provide the checker::

        class TestMyChecker(SessionCheckerContract):
            @pytest.fixture
            def checker(self, backend):
                return MyChecker(backend.services)

    The fixture ``backend`` is the customer service in memory (``ServiceBackend``). For a checker of
    another service, override it with any ``SessionBackend``. A checker that may miss changes for a
    time states the seconds in ``staleness``. It must see a login at once.
    """
