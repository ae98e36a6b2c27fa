"""The password hasher and the password rules together."""

import pytest
from support.doubles.password_hasher import ReversingPasswordHasher
from support.doubles.port_recorder import CallLog, PortRecorder

from cybershop_customer import InvalidInputError, PasswordPolicy
from cybershop_customer.adapters.memory.password_blocklist import MemoryPasswordBlocklist
from cybershop_customer.domain.services.password_rules import PasswordRules
from cybershop_customer.domain.services.passwords import Passwords

OLD, NEW = ReversingPasswordHasher(1), ReversingPasswordHasher(2)
RULES = PasswordRules(PasswordPolicy(), MemoryPasswordBlocklist(["Sunshine1"]))


def test_a_hash_that_is_up_to_date_stays() -> None:
    assert Passwords(NEW, RULES).verify_and_update("secret", NEW.hash("secret")) == (True, None)


def test_a_hash_of_an_older_kind_comes_with_the_new_one() -> None:
    verified = Passwords(NEW, RULES).verify_and_update("secret", OLD.hash("secret"))

    assert verified == (True, NEW.hash("secret"))


@pytest.mark.parametrize("password_hash", [None, OLD.hash("another"), NEW.hash("another")])
def test_a_wrong_password_takes_one_comparison_and_makes_no_hash(
    password_hash: str | None,
) -> None:
    calls = CallLog()
    passwords = Passwords(PortRecorder(NEW, "hasher", calls), RULES)  # type: ignore[arg-type]

    assert passwords.verify_and_update("secret", password_hash) == (False, None)
    assert calls.names == ["hasher.verify"]


def test_a_new_password_must_keep_the_rules_and_not_be_the_customers_own_word() -> None:
    passwords = Passwords(NEW, RULES)

    passwords.require_new("battery staple", own_words=["ann"])
    for refused in ("short", "sunshine1", "ann@shop.example"):
        with pytest.raises(InvalidInputError) as refusal:
            passwords.require_new(refused, own_words=["ann@shop.example"])
        assert [fault.field for fault in refusal.value.faults] == ["password"]
