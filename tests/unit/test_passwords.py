"""The password hasher and the password rules together."""

import pytest
from support.doubles.password_hasher import ReversingPasswordHasher
from support.doubles.port_recorder import CallLog, PortRecorder

from cybershop_customer import InvalidInputError, PasswordHasher, PasswordPolicy
from cybershop_customer.adapters.memory.breached_passwords import MemoryBreachedPasswords
from cybershop_customer.adapters.memory.hashing_lane import MemoryHashingLane
from cybershop_customer.adapters.memory.password_blocklist import MemoryPasswordBlocklist
from cybershop_customer.domain.services.password_rules import PasswordRules
from cybershop_customer.domain.services.passwords import Passwords

OLD, NEW = ReversingPasswordHasher(1), ReversingPasswordHasher(2)
RULES = PasswordRules(PasswordPolicy(), MemoryPasswordBlocklist(["Sunshine1"]))


def passwords_with(hasher: PasswordHasher) -> Passwords:
    breached = MemoryBreachedPasswords(["known to thieves"])
    return Passwords(hasher, RULES, MemoryHashingLane(), breached)


def verify_and_update(hasher: PasswordHasher, password_hash: str | None) -> tuple[bool, str | None]:
    with passwords_with(hasher).hashing() as hashing:
        return hashing.verify_and_update("secret", password_hash)


def test_a_hash_that_is_up_to_date_stays() -> None:
    assert verify_and_update(NEW, NEW.hash("secret")) == (True, None)


def test_a_hash_of_an_older_kind_comes_with_the_new_one() -> None:
    assert verify_and_update(NEW, OLD.hash("secret")) == (True, NEW.hash("secret"))


@pytest.mark.parametrize("password_hash", [None, OLD.hash("another"), NEW.hash("another")])
def test_a_wrong_password_takes_one_comparison_and_makes_no_hash(
    password_hash: str | None,
) -> None:
    calls = CallLog()
    hasher = PortRecorder(NEW, "hasher", calls)

    assert verify_and_update(hasher, password_hash) == (False, None)  # type: ignore[arg-type]
    assert calls.names == ["hasher.verify"]


def test_a_new_password_must_keep_the_rules_and_not_be_the_customers_own_word() -> None:
    passwords = passwords_with(NEW)

    passwords.require_new("battery staple", own_words=["ann"])
    for refused in ("short", "sunshine1", "ann@shop.example"):
        with pytest.raises(InvalidInputError) as refusal:
            passwords.require_new(refused, own_words=["ann@shop.example"])
        assert [fault.field for fault in refusal.value.faults] == ["password"]


def test_a_breached_password_is_refused_and_not_repeated() -> None:
    passwords = passwords_with(NEW)

    passwords.require_unbreached("battery staple")
    with pytest.raises(InvalidInputError) as refusal:
        passwords.require_unbreached("known to thieves")
    assert str(refusal.value) == "password is known from a data breach; choose another"
