"""Password hashes of other systems: verified, bounded in their cost, and replaced at a login."""

import logging
import sys
import time
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from support.doubles.password_hasher import ReversingPasswordHasher
from werkzeug.security import generate_password_hash

from cybershop_customer.adapters.bcrypt.password_hasher import PREFIX, BcryptPasswordHasher
from cybershop_customer.adapters.foreign_hashes import argon2
from cybershop_customer.adapters.foreign_hashes.foreign_hash import (
    MAX_ITERATIONS,
    MAX_LENGTH,
    MAX_MEMORY,
    MAX_MEMORY_PASSES,
    ForeignHash,
)
from cybershop_customer.adapters.foreign_hashes.password_hash_formats import (
    KnownPasswordHashFormats,
)
from cybershop_customer.adapters.foreign_hashes.password_hasher import ForeignPasswordHasher

PASSWORD = "correct horse"
OWN = BcryptPasswordHasher(rounds=4)
HASHER = ForeignPasswordHasher(OWN, own_prefix=PREFIX)
FORMATS = KnownPasswordHashFormats(OWN)
OWN_HASH = OWN.hash(PASSWORD)
BCRYPT = "$2b$04$MssZHbDcHOYzgUe7SEuXiOc2HPpT8urMBdgBug7XvzgqFwXBOuZMC"
PASSLIB = [
    "$pbkdf2$1000$GCPEmNP6X8uZ09rbe..91w$aNesWQghBTTUTHy5x1Me1RZSvUA",
    "$pbkdf2-sha256$1000$t/b./3.vdU7JeS9l7D0nZA$5FSgUJcCeEVlsLlokTJ5rclXfG3XuYmylhDJqo0oNTk",
    (
        "$pbkdf2-sha512$1000$VKoVYsz5n3OO0bo3ZkyplQ$T85HGkVm1m6oBgG9cBzOS8E/EnwcdqQ25R7q."
        "fv7xBKKml0uR0a39ROpcLlkuoMPS7n0fapX.ZPYdn/pBp8fow"
    ),
    "$scrypt$ln=8,r=8,p=1$751z7j2H8J5TKgWAEKK0Vg$mTlD+3XTzCBAeGPgyCduFeVz/LgedI0KT/2+vbzA7gY",
]
"""Made by libpass 1.9.4, the kept fork of passlib."""
WEAK = [
    "{SSHA}dYIbktQXM5dpspgeJEMEEG9FUlpGCOG8",
    "{SSHA256}jfxECcQyhrbwzKiuCcryNn/Y8GUn/btjaUPdsCqL7w/Ses85x9jbOw==",
    (
        "{SSHA512}bO+rW4SXrjX172deQ4dAP9ujB5/92DiE5W7I82oSzibgSonyMteHHBPYVXgnR3e5dtB8Efu"
        "1vgKQuaObo/eMchtjrDUGICTk"
    ),
    "sha256$abcdefgh$d897043995e35ed9dbb0d7fd6f8eeeed727b7ab09d1352cb9909cfa6a7a706c5",
    "pbkdf2_sha1$1$c2FsdA$" + "A" * 27 + "=",
]
"""LDAP's forms, made by libpass; the HMAC of Werkzeug 2.2; PBKDF2 with one iteration."""
ARGON2 = "$argon2id$v=19$m={m},t={t},p={p}$zrl3zjlnbA3h/N/bW2vNuQ$" + "A" * 43


def of_django(name: str, **costs: int) -> str:
    if not settings.configured:
        settings.configure()
    made: Any = type("Cheap", (getattr(hashers, name),), costs)()
    text: str = made.encode(PASSWORD, made.salt())
    return text


@pytest.fixture(
    scope="module",
    params=[
        *PASSLIB,
        *WEAK[:-1],
        "django PBKDF2PasswordHasher",
        "django PBKDF2SHA1PasswordHasher",
        "django ScryptPasswordHasher",
        "django Argon2PasswordHasher",
        "django BCryptPasswordHasher",
        "django BCryptSHA256PasswordHasher",
        "werkzeug scrypt:256:8:1",
        "werkzeug pbkdf2:sha256:1000",
        "werkzeug pbkdf2:sha512:1000",
    ],
)
def stored(request: pytest.FixtureRequest) -> str:
    """A hash of ``PASSWORD``, in each form."""
    kind, _, what = request.param.partition(" ")
    if kind == "werkzeug":
        return generate_password_hash(PASSWORD, what)
    if kind == "django":
        costs = {"iterations": 1000, "work_factor": 256, "rounds": 4}
        if what.startswith("Argon2"):
            costs = {"time_cost": 1, "memory_cost": 64, "parallelism": 2}
        return of_django(what, **costs)
    return str(request.param)


def test_each_form_is_verified_and_replaced(stored: str) -> None:
    assert FORMATS.fault(stored, allow_weak=True) is None
    assert HASHER.verify(PASSWORD, stored)
    for other in ("", PASSWORD + "x", "\x00", "李小龍"):
        assert not HASHER.verify(other, stored)
    assert HASHER.needs_rehash(stored)
    assert not HASHER.needs_rehash(HASHER.hash(PASSWORD))


@pytest.mark.parametrize("scheme", ["argon2i", "argon2id"])
def test_argon2_of_other_programs(scheme: str) -> None:
    from argon2 import PasswordHasher, Type

    kind = Type.I if scheme == "argon2i" else Type.ID
    made = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1, type=kind).hash(PASSWORD)

    assert made.startswith(f"${scheme}$")
    assert FORMATS.fault(made) is None
    assert HASHER.verify(PASSWORD, made)
    assert not HASHER.verify("wrong", made)


@pytest.mark.parametrize("kind", ["2a", "2b", "2y"])
def test_bcrypt_of_other_programs(kind: str) -> None:
    import bcrypt

    made = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("2b", kind, 1)

    assert FORMATS.fault(made) is None
    assert HASHER.verify(PASSWORD, made)
    assert not HASHER.verify("wrong", made)


@pytest.mark.parametrize("block", [1, 3, 4096, 5000, 9999])
def test_scrypt_of_any_block_that_is_taken_can_be_verified(block: int) -> None:
    stored = f"scrypt:2:{block}:1$salt$" + "ab" * 32

    assert FORMATS.fault(stored) is None
    assert not HASHER.verify(PASSWORD, stored)


def test_no_password_has_a_hash_that_its_library_refuses() -> None:
    """An earlier version may have imported one. Its login is refused like any other."""

    def refusing(_password: str) -> bool:
        raise ValueError("Invalid parameter combination")

    assert not ForeignHash(refusing).verify(PASSWORD)


@pytest.mark.parametrize("weak", WEAK)
def test_a_weak_hash_is_taken_only_by_permission(weak: str) -> None:
    assert str(FORMATS.fault(weak)).startswith("is weak")
    assert FORMATS.fault(weak, allow_weak=True) is None


@pytest.mark.parametrize(
    "hostile",
    [
        "$2b$17$" + "a" * 21 + "u" + "b" * 31,
        "bcrypt$$2b$31$" + "a" * 21 + "u" + "b" * 31,
        "$bcrypt-sha256$v=2,t=2b,r=17$" + "a" * 21 + "u$" + "b" * 31,
        ARGON2.format(m=MAX_MEMORY // 1024 + 1, t=1, p=1),
        ARGON2.format(m=MAX_MEMORY // 1024, t=MAX_MEMORY_PASSES // MAX_MEMORY + 1, p=1),
        ARGON2.format(m=8, t=4294967295, p=1),
        # Each lane of each pass starts four threads.
        ARGON2.format(m=512, t=2048, p=64),
        ARGON2.format(m=8, t=1025, p=1),
        ARGON2.format(m=4294967295, t=1, p=1),
        "argon2" + ARGON2.format(m=9999999999, t=1, p=1),
        "$scrypt$ln=99,r=8,p=1$c2FsdA$" + "A" * 43,
        "$scrypt$ln=18,r=8,p=1$c2FsdA$" + "A" * 43,
        "$scrypt$ln=14,r=8,p=9999$c2FsdA$" + "A" * 43,
        "scrypt:9999999999:8:1$salt$" + "00" * 64,
        "scrypt$9999999999$salt$8$1$" + "A" * 86 + "==",
        f"pbkdf2_sha256${MAX_ITERATIONS + 1}$salt$" + "A" * 43 + "=",
        "$pbkdf2-sha512$999999999$c2FsdA$" + "A" * 86,
        "pbkdf2:sha1:999999999$salt$" + "00" * 20,
    ],
)
def test_a_hostile_cost_is_refused_at_once(hostile: str) -> None:
    began = time.process_time()

    assert str(FORMATS.fault(hostile, allow_weak=True)).startswith("must ")
    # Should one be stored nevertheless, no login spends its cost.
    if not hostile.startswith(("$2b", "$bcrypt", "bcrypt")):
        assert not HASHER.verify(PASSWORD, hostile)

    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "broken",
    [
        ARGON2.format(m=8, t=0, p=1),
        ARGON2.format(m=8, t=1, p=2),
        ARGON2.format(m=8, t=1, p=0),
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$" + "A" * 43,
        "$argon2id$v=19$m=64,t=1,p=1$zrl3zjlnbA3h/N/bW2vNuQ$AAAA",
        "$argon2id$v=19$m=64,t=1,p=1$zrl3zjlnbA3h/N/bW2vNuQ$" + "A" * 45,
        "$scrypt$ln=0,r=8,p=1$c2FsdA$" + "A" * 43,
        "$scrypt$ln=8,r=0,p=1$c2FsdA$" + "A" * 43,
        "$scrypt$ln=8,r=8,p=0$c2FsdA$" + "A" * 43,
        "$scrypt$ln=8,r=8,p=1$c2FsdA$AAAA",
        "scrypt:257:8:1$salt$" + "00" * 64,
        # OpenSSL refuses so many turns of so small a block.
        "scrypt:65536:1:1$salt$" + "ab" * 32,
        "$scrypt$ln=16,r=1,p=1$c2FsdHNhbHQ$" + "A" * 43,
        "pbkdf2_sha256$0$salt$" + "A" * 43 + "=",
        "pbkdf2_sha256$1000$salt$AAAA",
        "pbkdf2:sha256:1000$salt$" + "00" * 33,
        "sha1$salt$" + "0" * 41,
        "sha1$salt$" + "0" * 42,
        "{SSHA}" + "A" * 27 + "=",
        "{SSHA}AAAA",
        "{SSHA}A",
    ],
)
def test_a_malformed_hash_is_refused(broken: str) -> None:
    assert FORMATS.fault(broken, allow_weak=True) == "is malformed"
    assert not HASHER.verify(PASSWORD, broken)


@pytest.mark.parametrize(
    "unknown",
    [
        "",
        PASSWORD,
        "!",
        "$1$salt$" + "a" * 22,
        "$2x$04$" + "a" * 21 + "u" + "b" * 31,
        "$argon2d$v=19$m=64,t=1,p=1$zrl3zjlnbA3h/N/bW2vNuQ$" + "A" * 43,
        "md5$salt$" + "0" * 32,
        BCRYPT + "\n",
        PASSLIB[0] + "\n",
        "\u0661" * 60,
        "pbkdf2_sha256$1000$" + "s" * MAX_LENGTH + "$" + "A" * 43 + "=",
    ],
)
def test_another_form_is_refused_and_not_shown(unknown: str) -> None:
    fault = str(FORMATS.fault(unknown, allow_weak=True))

    assert fault.startswith("is no hash that can be verified")
    assert not unknown or unknown not in fault
    assert not HASHER.verify(PASSWORD, unknown)


def test_the_hashes_of_this_service_are_taken() -> None:
    assert FORMATS.fault(OWN_HASH) is None
    assert HASHER.verify(PASSWORD, OWN_HASH)
    assert not HASHER.verify("wrong", OWN_HASH)


@pytest.mark.parametrize(
    "known",
    [OWN_HASH, BCRYPT, *PASSLIB, WEAK[-1], ARGON2.format(m=8, t=1, p=1)],
    ids=["own", "bcrypt", "pbkdf2", "pbkdf2-256", "pbkdf2-512", "scrypt", "django", "argon2"],
)
def test_a_digit_of_another_script_is_no_digit(known: str) -> None:
    digits = [at for at, character in enumerate(known) if character.isdigit()]
    strange = [known[:at] + "\u0661" + known[at + 1 :] for at in digits]

    assert FORMATS.fault(known, allow_weak=True) is None
    assert digits
    assert None not in {FORMATS.fault(each, allow_weak=True) for each in strange}


@pytest.mark.parametrize(
    ("stored", "decoys"), [(None, 1), (WEAK[0], 1), (PASSLIB[0], 1), ("unknown", 1), (BCRYPT, 0)]
)
def test_a_refusal_takes_the_time_of_the_own_cost(stored: str | None, decoys: int) -> None:
    verified: list[str | None] = []

    class Counting(ReversingPasswordHasher):
        def verify(self, password: str, password_hash: str | None) -> bool:
            verified.append(password_hash)
            return False

    assert not ForeignPasswordHasher(Counting(), own_prefix="1:").verify("wrong", stored)

    assert verified.count(None) == decoys
    assert len(verified) == 1


def test_argon2_needs_its_extra(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stored = ARGON2.format(m=64, t=1, p=1)
    argon2._require_argon2.cache_clear()
    monkeypatch.setitem(sys.modules, "argon2", None)
    monkeypatch.setattr(
        "cybershop_customer.adapters.extras.find_spec", lambda name: None if name else name
    )

    assert "cybershop-customer[foreign-hashes]" in str(FORMATS.fault(stored))
    with caplog.at_level(logging.ERROR):
        assert not HASHER.verify(PASSWORD, stored)
    assert "a customer cannot log in: argon2 is not installed" in caplog.text
    assert "zrl3" not in caplog.text
