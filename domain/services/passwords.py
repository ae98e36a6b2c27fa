"""Passwords: which may be chosen, how they are hashed, and whether one is right."""

from collections.abc import Iterable

from ...ports.password_hasher import PasswordHasher
from ..fields import Faults
from .password_rules import PasswordRules


class Passwords:
    """What a deployment does with passwords: its hasher and its rules together."""

    def __init__(self, hasher: PasswordHasher, rules: PasswordRules) -> None:
        self._hasher = hasher
        self._rules = rules

    def shape_fault(self, password: object) -> str | None:
        """Why ``password`` could not be anyone's, or None: for a login, which judges no choice."""
        return self._rules.shape_fault(password)

    def new_password_fault(self, password: object, *, own_words: Iterable[object]) -> str | None:
        """Why ``password`` is no good as a new one, or None if it is fine.

        ``own_words`` are what is known of the customer: an id, an e-mail address.
        """
        return self._rules.new_password_fault(password, own_words=own_words)

    def require_new(self, password: object, *, own_words: Iterable[object]) -> None:
        """Raise InvalidInputError unless ``password`` is fine as a new one."""
        faults = Faults()
        faults.note("password", self.new_password_fault(password, own_words=own_words))
        faults.raise_if_any()

    def hash(self, password: str) -> str:
        """A new hash of ``password``."""
        return self._hasher.hash(password)

    def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether ``password`` is the one behind ``password_hash``; see ``PasswordHasher``."""
        return self._hasher.verify(password, password_hash)

    def verify_and_update(
        self, password: str, password_hash: str | None
    ) -> tuple[bool, str | None]:
        """Likewise, with a new hash to store where the old one is of another scheme or cost.

        The new hash is None where the old one may stay, and where the password is wrong.
        """
        # Asked where there is no hash too: the time of a refusal must not tell of that.
        verified = self._hasher.verify(password, password_hash)
        if not verified or password_hash is None:
            return False, None
        if self._hasher.needs_rehash(password_hash):
            return True, self._hasher.hash(password)
        return True, None
