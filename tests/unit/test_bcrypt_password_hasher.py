"""Password hashing with bcrypt."""

import itertools
import re
from collections.abc import Iterator

import bcrypt
import pytest

from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher

HASHER = BcryptPasswordHasher(rounds=4)
HASH = HASHER.hash("correct horse")
# From passlib's own tests of its bcrypt_sha256, version 2.
PASSLIB = "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2"


def plain(password: bytes, *, rounds: int = 4, kind: bytes = b"2b") -> str:
    """A hash as plain bcrypt makes it: of the first 72 bytes."""
    made = bcrypt.hashpw(password[:72], bcrypt.gensalt(rounds))
    return made.replace(b"2b", kind, 1).decode()


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The turns of each call of bcrypt; its cost is theirs."""
    spent: list[int] = []
    hashpw = bcrypt.hashpw

    def counting(password: bytes, salt: bytes) -> bytes:
        spent.append(2 ** int(salt[4:6]))
        return hashpw(password, salt)

    monkeypatch.setattr(bcrypt, "hashpw", counting)
    return spent


@pytest.mark.parametrize(
    "password",
    ["", "flash", "correct horse", "李小龍", "🦊", "a\x00b", "\x00", " x ", "é", "e\u0301"],
)
def test_every_password_is_verified_and_no_other(password: str) -> None:
    stored = HASHER.hash(password)

    assert HASHER.verify(password, stored)
    for other in (password + "x", password + "\x00", password + " ", "x" + password):
        assert not HASHER.verify(other, stored)


@pytest.mark.parametrize("at", [71, 72, 73, 100, 1000, 1023])
def test_every_character_of_a_long_password_counts(at: int) -> None:
    password = "x" * 1024
    stored = HASHER.hash(password)

    assert HASHER.verify(password, stored)
    assert not HASHER.verify(password[:at] + "y" + password[at + 1 :], stored)
    assert not HASHER.verify(password[:at], stored)


def test_nothing_after_a_nul_is_lost() -> None:
    stored = HASHER.hash("before\x00after")

    assert not HASHER.verify("before\x00other", stored)
    assert not HASHER.verify("before", stored)


def test_nothing_is_normalised_trimmed_or_folded() -> None:
    stored = HASHER.hash("Caf\u00e9")

    for other in ("Cafe\u0301", "caf\u00e9", " Caf\u00e9"):
        assert not HASHER.verify(other, stored)


def test_every_hash_has_a_salt_of_its_own() -> None:
    assert HASHER.hash("flash") != HASHER.hash("flash")


def test_the_form_is_passlibs() -> None:
    salt_and_digest = r"\$[./A-Za-z0-9]{22}\$[./A-Za-z0-9]{31}"

    assert re.fullmatch(r"\$bcrypt-sha256\$v=2,t=2b,r=4" + salt_and_digest, HASH)
    made = BcryptPasswordHasher(rounds=10).hash("x")
    assert re.fullmatch(r"\$bcrypt-sha256\$v=2,t=2b,r=10" + salt_and_digest, made)


def test_what_passlib_stored_is_verified() -> None:
    assert HASHER.verify("password", PASSLIB)
    assert not HASHER.verify("Password", PASSLIB)


@pytest.mark.parametrize("kind", [b"2a", b"2b", b"2y"])
@pytest.mark.parametrize("password", ["flash", "x" * 72, "x" * 80, "é" * 50, "a\x00b"])
def test_what_other_systems_stored_is_verified(password: str, kind: bytes) -> None:
    stored = plain(password.encode(), kind=kind)

    assert HASHER.verify(password, stored)
    assert not HASHER.verify("y" + password[1:], stored)
    assert HASHER.needs_rehash(stored)


def test_of_a_plain_hash_only_72_bytes_count_as_they_did_there() -> None:
    assert HASHER.verify("x" * 72 + "other", plain(b"x" * 80))
    assert not HASHER.verify("x" * 71, plain(b"x" * 80))


def test_a_hash_of_less_cost_is_to_be_made_anew() -> None:
    assert BcryptPasswordHasher(rounds=5).needs_rehash(HASH)
    assert not HASHER.needs_rehash(HASH)
    assert not HASHER.needs_rehash(PASSLIB)
    assert BcryptPasswordHasher(rounds=13).needs_rehash(PASSLIB)


def corruptions() -> Iterator[str]:
    yield from ("", "x", "$", "plain text", "$2b$", "$2b$04$", HASH[:-1], HASH + "x", HASH + "\n")
    yield from (HASH.replace(a, b, 1) for a, b in (("v=2", "v=1"), ("t=2b", "t=2a")))
    yield from (HASH.replace("r=4", f"r={rounds}") for rounds in ("3", "04", "32", "99", "x", ""))
    yield plain(b"flash").replace("$2b$", "$2x$", 1)
    yield plain(b"flash").replace("$04$", "$4$", 1)
    yield plain(b"flash").replace("$04$", "$03$", 1)
    yield plain(b"flash")[:-1]
    # The last of the salt's 22 characters has four bits that mean nothing and must be zero.
    salt = HASH.split("$")[3]
    yield HASH.replace(salt, salt[:-1] + "/")
    yield HASH.replace("$", "\uff04", 1)


# Named by their numbers: each run salts them anew.
@pytest.mark.parametrize("stored", list(corruptions()), ids=itertools.count())
def test_a_corrupt_hash_verifies_nothing_and_is_to_be_made_anew(
    stored: str, turns: list[int]
) -> None:
    assert not HASHER.verify("correct horse", stored)
    assert turns == [2**4]
    assert HASHER.needs_rehash(stored)


def test_nobodys_hash_verifies_nothing() -> None:
    assert not HASHER.verify("correct horse", None)
    assert not HASHER.verify("", None)


@pytest.mark.parametrize("rounds", [4, 5, 8])
def test_every_refusal_costs_the_same(rounds: int, turns: list[int]) -> None:
    hasher = BcryptPasswordHasher(rounds)
    for stored in (
        None,
        "corrupt",
        HASH,
        hasher.hash("x"),
        plain(b"x"),
        plain(b"x", rounds=rounds),
    ):
        turns.clear()

        assert not hasher.verify("wrong", stored)

        assert sum(turns) == 2**rounds


def test_a_success_costs_one_comparison(turns: list[int]) -> None:
    assert BcryptPasswordHasher(rounds=8).verify("correct horse", HASH)

    assert turns == [2**4]


def test_by_default_it_costs_2_to_the_12() -> None:
    assert "r=12$" in BcryptPasswordHasher().hash("x")
