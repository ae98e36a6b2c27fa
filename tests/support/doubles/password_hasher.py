"""A fake password hasher, for tests in which bcrypt is not the subject."""

from cybershop_customer import PasswordHasher


class ReversingPasswordHasher(PasswordHasher):
    """Stores the password backwards after its generation, and takes no time."""

    def __init__(self, generation: int = 1) -> None:
        self.generation = generation

    def hash(self, password: str) -> str:
        return f"{self.generation}:{password[::-1]}"

    def verify(self, password: str, password_hash: str | None) -> bool:
        return password_hash is not None and password_hash.partition(":")[2] == password[::-1]

    def needs_rehash(self, password_hash: str) -> bool:
        made_by = password_hash.partition(":")[0]
        return not made_by.isdigit() or int(made_by) < self.generation
