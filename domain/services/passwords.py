"""Passwords: which may be chosen, how they are hashed, and whether one is right."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ...ports.hashing_lane import HashingLane
from ...ports.password_hasher import PasswordHasher
from ..fields import Faults
from .password_hashing import PasswordHashing
from .password_rules import PasswordRules


class Passwords:
    """What a deployment does with passwords: its rules, its hasher and its hashing lane."""

    def __init__(self, hasher: PasswordHasher, rules: PasswordRules, lane: HashingLane) -> None:
        self._hasher = hasher
        self._lane = lane
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

    @contextmanager
    def hashing(
        self, *, source: str | None = None, known_device: bool = False
    ) -> Iterator[PasswordHashing]:
        """Take a place in the hashing lane; no password is hashed without one.

        ``HashingLane.enter`` says what the arguments mean.

        Raises:
            ServiceBusyError: the lane has no place now.
        """
        with self._lane.enter(source=source, known_device=known_device) as place:
            yield PasswordHashing(self._hasher, place)
