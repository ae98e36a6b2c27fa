"""Checks, hashes and verifies passwords."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager

from ...ports.breached_passwords import BreachedPasswords
from ...ports.hashing_lane import HashingLane
from ...ports.password_hasher import PasswordHasher
from ..fields import Faults
from .password_hashing import PasswordHashing
from .password_rules import PasswordRules


class Passwords:
    """What a deployment does with passwords: its rules, its hasher and its hashing lane."""

    def __init__(
        self,
        hasher: PasswordHasher,
        rules: PasswordRules,
        lane: HashingLane,
        breached: BreachedPasswords,
    ) -> None:
        self._breached = breached
        self._hasher = hasher
        self._lane = lane
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

    def require_unbreached(self, password: str, *, field: str = "password") -> None:
        """Raise InvalidInputError if ``password``, a new one, is known from a data breach.

        ``field`` is the name of the input that it was given in.

        This may ask another service and wait for it. So a use case calls it after it has validated
        the input, and before it enters the hashing lane.
        """
        faults = Faults()
        if self._breached.contains(password):
            faults.note(field, "is known from a data breach; choose another")
        faults.raise_if_any()

    def needs_rehash(self, password_hash: str) -> bool:
        """As ``PasswordHasher.needs_rehash``."""
        return self._hasher.needs_rehash(password_hash)

    @contextmanager
    def hashing(
        self, *, source: str | None = None, known_device: bool = False
    ) -> Generator[PasswordHashing]:
        """Take a place in the hashing lane; no password is hashed without one.

        ``HashingLane.enter`` says what the arguments mean.

        Raises:
            ServiceBusyError: the lane has no place now.
        """
        with self._lane.enter(source=source, known_device=known_device) as place:
            yield PasswordHashing(self._hasher, place)
