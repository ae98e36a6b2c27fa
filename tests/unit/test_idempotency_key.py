"""The rules of an ``Idempotency-Key``, and what is derived from it."""

from uuid import RFC_4122, UUID, uuid4

import pytest

from cybershop_customer.domain.idempotency_key import IdempotencyKey, idempotency_key_fault

SECRET = "4f6d2f9a-7c1e-4d0b-9a53-0c3f8a1e5b77"
KEY = IdempotencyKey(SECRET)
FIELDS = {"email": "zoe@shop.example", "fname": "Zoë", "lname": ""}


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        "fe8ed12898ec4f47bf253e4f7b3e7e9d",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "a" * 20,
        "a" * 128,
        "~:+/=._-" * 3,
    ],
)
def test_a_random_text_of_the_usual_forms_is_a_key(value: str) -> None:
    assert idempotency_key_fault(value) is None


@pytest.mark.parametrize(
    "value", ["", "a" * 19, "a" * 129, 'a"' * 20, "a\\" * 20, "a " * 20, "a\n" * 20, "é" * 20]
)
def test_anything_else_is_none(value: str) -> None:
    assert str(idempotency_key_fault(value)).startswith("must have 20 to 128 characters")


def test_another_type_is_none() -> None:
    assert idempotency_key_fault(7) == "must be a string"


def test_the_id_is_a_uuid_that_only_the_key_tells() -> None:
    # Pinned: another version of the service must derive the same id from a key.
    assert KEY.customer_id == "630d21de-484e-819d-9154-c0e023ee2226"
    assert IdempotencyKey(SECRET).customer_id == KEY.customer_id
    ids = {IdempotencyKey(str(uuid4())).customer_id for _ in range(50)}
    assert len(ids) == 50
    for made in map(UUID, ids):
        assert (made.version, made.variant) == (8, RFC_4122)


def test_the_fingerprint_tells_any_other_field() -> None:
    assert KEY.fingerprint(FIELDS) == "gzInLkYf1tfkp3nt6hTcZg"
    others = [{**FIELDS, name: f"{value}x"} for name, value in FIELDS.items()]
    # The content of one field cannot pass for another one.
    others.append({"email": "zoe@shop.example", "fname": "", "lname": "Zoë"})
    others.append({"email": 'zoe@shop.example", "fname": "Zoë', "fname": "", "lname": ""})
    assert KEY.fingerprint(FIELDS) not in [KEY.fingerprint(other) for other in others]
    assert KEY.fingerprint(dict(reversed(FIELDS.items()))) == KEY.fingerprint(FIELDS)


def test_the_same_fields_under_another_key_have_another_fingerprint() -> None:
    """So no one can find a name in a store by trying."""
    assert IdempotencyKey(SECRET.upper()).fingerprint(FIELDS) != KEY.fingerprint(FIELDS)


def test_no_two_derived_values_share_anything_and_the_key_is_not_shown() -> None:
    derived = [KEY.key_hash, KEY.fingerprint({}), KEY.customer_id]

    assert len({*derived}) == 3
    assert SECRET not in "".join(derived)
    assert SECRET not in repr(KEY)
