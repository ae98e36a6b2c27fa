"""Checks, hashes and verifies passwords."""

from collections.abc import Iterable

from ...ports.password_hasher import PasswordHasher
from ..fields import Faults
from .password_rules import PasswordRules


class Passwords:
    """The password hasher and the password rules of a deployment, as one value."""

    def __init__(self, hasher: PasswordHasher, rules: PasswordRules) -> None:
        self._hasher = hasher
        self._rules = rules

    def shape_fault(self, password: object) -> str | None:
        """As ``PasswordRules.shape_fault``."""
        return self._rules.shape_fault(password)

    def new_password_fault(self, password: object, *, own_words: Iterable[object]) -> str | None:
        """As ``PasswordRules.new_password_fault``."""
        return self._rules.new_password_fault(password, own_words=own_words)

    def require_new(self, password: object, *, own_words: Iterable[object]) -> None:
        """Raise InvalidInputError if ``password`` breaks a rule as a new one."""
        faults = Faults()
        faults.note("password", self.new_password_fault(password, own_words=own_words))
        faults.raise_if_any()

    def hash(self, password: str) -> str:
        """As ``PasswordHasher.hash``."""
        return self._hasher.hash(password)

    def verify(self, password: str, password_hash: str | None) -> bool:
        """As ``PasswordHasher.verify``."""
        return self._hasher.verify(password, password_hash)

    def verify_and_update(
        self, password: str, password_hash: str | None
    ) -> tuple[bool, str | None]:
        """Whether ``password`` is right, and its rehash.

        The rehash is None if ``password`` is wrong, or if ``password_hash`` already has the
        current scheme and cost.
        """
        # Verified without a hash too, so that an unknown customer takes the same time.
        verified = self._hasher.verify(password, password_hash)
        if not verified or password_hash is None:
            return False, None
        if self._hasher.needs_rehash(password_hash):
            return True, self._hasher.hash(password)
        return True, None
