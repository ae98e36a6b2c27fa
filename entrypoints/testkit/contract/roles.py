"""Checks that demand a role."""

import pytest

from ....domain.errors import ForbiddenError, RefusalReason
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend
from .base import NEVER_ISSUED, ContractBase, refusal


class RolesContract(ContractBase):
    """A live session may lack the role."""

    def test_a_session_with_the_role_is_accepted(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann", ["admin", "packer"])

        assert checker.check_session(login.context_id, role="admin") == login.session
        answer = checker.check_session(login.context_id, customer_id="ann", role="packer")
        assert answer == login.session

    @pytest.mark.parametrize("roles", [[], ["packer"]])
    @pytest.mark.parametrize("role", ["admin", "pack", ""])
    def test_the_error_names_the_missing_role(
        self, checker: SessionChecker, backend: SessionBackend, roles: list[str], role: str
    ) -> None:
        login = backend.open_session("ann", roles)

        with pytest.raises(ForbiddenError) as refused:
            checker.check_session(login.context_id, role=role)

        assert refused.value.role == role

    def test_a_missing_role_does_not_affect_the_session(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann", ["packer"])
        with pytest.raises(ForbiddenError):
            checker.check_session(login.context_id, role="admin")

        assert checker.check_session(login.context_id) == login.session
        assert checker.check_session(login.context_id, role="packer") == login.session

    def test_a_refusal_comes_before_the_check_of_the_role(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")

        assert refusal(checker, None, role="admin") is RefusalReason.MISSING
        assert refusal(checker, "x", role="admin") is RefusalReason.MALFORMED
        assert refusal(checker, NEVER_ISSUED, role="admin") is RefusalReason.UNKNOWN
        wrong_pair = refusal(checker, login.context_id, customer_id="bob", role="admin")
        assert wrong_pair is RefusalReason.UNKNOWN

    def test_a_granted_role_is_known_in_time(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        context_id = backend.open_session("ann").context_id
        with pytest.raises(ForbiddenError):
            checker.check_session(context_id, role="admin")

        backend.set_roles("ann", ["admin"])
        self.settle(backend)

        assert checker.check_session(context_id, role="admin").roles == frozenset({"admin"})

    def test_a_revoked_role_is_known_in_time(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        context_id = backend.open_session("ann", ["admin", "packer"]).context_id
        checker.check_session(context_id, role="admin")

        backend.set_roles("ann", ["packer"])
        self.settle(backend)

        with pytest.raises(ForbiddenError):
            checker.check_session(context_id, role="admin")
        assert checker.check_session(context_id).roles == frozenset({"packer"})

    def test_a_change_of_roles_affects_every_session_of_one_customer_only(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        logins = [backend.open_session(name, ["admin"]) for name in ("ann", "ann", "bob")]
        for login in logins:
            checker.check_session(login.context_id)

        backend.set_roles("ann", [])
        self.settle(backend)

        answers = [checker.check_session(login.context_id).roles for login in logins]
        assert answers == [frozenset(), frozenset(), frozenset({"admin"})]
