"""Hashes and verifies passwords, at a place in the hashing lane."""

from ...ports.hashing_lane import HashingPlace
from ...ports.password_hasher import PasswordHasher


class PasswordHashing:
    """What a caller with a place in the lane can do with passwords."""

    def __init__(self, hasher: PasswordHasher, place: HashingPlace) -> None:
        self._hasher = hasher
        self._place = place

    def hash(self, password: str) -> str:
        """A new hash of ``password``."""
        return self._place.run(lambda: self._hasher.hash(password))

    def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether ``password`` belongs to ``password_hash``; see ``PasswordHasher.verify``."""
        return self._place.run(lambda: self._hasher.verify(password, password_hash))

    def verify_and_update(
        self, password: str, password_hash: str | None
    ) -> tuple[bool, str | None]:
        """Whether ``password`` belongs to ``password_hash``, and a new hash to store or None.

        The new hash replaces one of another scheme or cost. It is None if the stored hash may
        stay, or if the password is wrong.
        """
        # Without a hash it verifies too, so that each refusal takes the same time.
        verified = self.verify(password, password_hash)
        if not verified or password_hash is None:
            return False, None
        if self._hasher.needs_rehash(password_hash):
            return True, self.hash(password)
        return True, None
