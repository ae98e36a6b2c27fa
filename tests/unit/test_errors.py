"""The tree of errors."""

import copy
import inspect
import pickle
import re

import pytest

from cybershop_customer import (
    CustomerExistsError,
    CustomerNotFoundError,
    CustomerServiceError,
    EmailTakenError,
    FieldFault,
    ForbiddenError,
    InvalidInputError,
    LoginRefusedError,
    RefusalReason,
    SelfRemovalError,
    ServiceUnavailableError,
    SessionRefusedError,
    SettingsError,
    StoreUnavailableError,
    TooManyAttemptsError,
    VersionConflictError,
)
from cybershop_customer.domain import errors

CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, Exception)
}


def test_the_docstring_draws_every_class() -> None:
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")

    assert sorted(["CustomerServiceError", *drawn]) == sorted(CLASSES)
    assert len(set(drawn)) == len(drawn)


def test_all_are_children_of_their_base_as_drawn() -> None:
    bases = {
        "CustomerServiceError": Exception,
        "SelfRemovalError": ForbiddenError,
        "ServiceUnavailableError": StoreUnavailableError,
        "WrongPasswordError": LoginRefusedError,
    }
    for name, value in CLASSES.items():
        assert value.__base__ is bases.get(name, CustomerServiceError)


def test_each_has_a_line_of_its_own_that_says_when() -> None:
    for value in CLASSES.values():
        assert value.__doc__
        assert value.__doc__.splitlines()[0].endswith((".", ","))


def test_errors_carry_what_a_caller_needs() -> None:
    assert CustomerNotFoundError("ann").customer_id == "ann"
    assert CustomerExistsError("ann").customer_id == "ann"
    assert VersionConflictError("ann").customer_id == "ann"
    assert TooManyAttemptsError(17).retry_after == 17
    assert TooManyAttemptsError(17, budget="failures").budget == "failures"
    assert SessionRefusedError(RefusalReason.EXPIRED).reason is RefusalReason.EXPIRED
    assert StoreUnavailableError().retry_after == 1
    assert StoreUnavailableError(retry_after=3).retry_after == 3


each_error = pytest.mark.parametrize(
    ("error", "text"),
    [
        (CustomerNotFoundError("ann"), "there is no customer 'ann'"),
        (CustomerExistsError("ann"), "the customer_id 'ann' is taken"),
        (
            SelfRemovalError("admin"),
            "an admin cannot delete or demote themselves; ask another admin",
        ),
        (EmailTakenError(), "the e-mail address belongs to another customer"),
        (
            VersionConflictError("ann"),
            "customer 'ann' was changed by someone else; read it again",
        ),
        (TooManyAttemptsError(17), "too many attempts; try again in 17 seconds"),
        (SessionRefusedError(RefusalReason.EXPIRED), "the context_id is expired"),
        (
            ServiceUnavailableError(),
            "the customer service gives no usable answer; nothing was changed",
        ),
        (
            ServiceUnavailableError(outcome_known=False),
            "the customer service gives no usable answer; whether the change happened is unknown",
        ),
        (StoreUnavailableError(), "the store is unavailable; nothing was changed"),
        (
            StoreUnavailableError(outcome_known=False),
            "the store is unavailable; whether the change happened is unknown",
        ),
        (InvalidInputError([FieldFault("a", "is b"), FieldFault("c", "is d")]), "a is b; c is d"),
        (SettingsError([FieldFault("A", "is b"), FieldFault("C", "is d")]), "A is b\nC is d"),
    ],
    ids=lambda value: type(value).__name__,
)


@each_error
def test_errors_survive_pickling(error: CustomerServiceError, text: str) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is type(error)
        assert str(again) == text
        assert vars(again) == vars(error)


@each_error
def test_errors_say_what_is_wrong(error: CustomerServiceError, text: str) -> None:
    assert str(error) == text


def test_faults_may_come_from_any_iterable() -> None:
    error = InvalidInputError(FieldFault(name, "is wrong") for name in "ab")

    assert [fault.field for fault in error.faults] == ["a", "b"]
    assert str(error) == "a is wrong; b is wrong"


def test_one_except_catches_them_all() -> None:
    with pytest.raises(CustomerServiceError):
        raise EmailTakenError
