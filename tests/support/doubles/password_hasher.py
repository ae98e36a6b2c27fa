"""A password hasher for tests in which bcrypt is not the subject."""

from cybershop_customer import PasswordHasher


class ReversingPasswordHasher(PasswordHasher):
    """Writes the password backwards behind its generation, at no cost."""

    def __init__(self, generation: int = 1) -> None:
        self.generation = generation

    def hash(self, password: str) -> str:
        return f"{self.generation}:{password[::-1]}"

    def verify(self, password: str, password_hash: str | None) -> bool:
        return password_hash is not None and password_hash.partition(":")[2] == password[::-1]

    def needs_rehash(self, password_hash: str) -> bool:
        return int(password_hash.partition(":")[0]) < self.generation
