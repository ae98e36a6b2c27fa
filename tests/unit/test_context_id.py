"""The context_id, the secret that opens a session."""

from hashlib import sha256
from typing import Any

import pytest

from cybershop_customer import ContextId, RefusalReason, SessionRefusedError
from cybershop_customer.adapters.system.random_source import SystemRandomSource
from cybershop_customer.domain.session import SECRET_BYTES, base64url, presented_digest

RANDOM = bytes(range(32))
SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8.ann"


def reason(text: Any) -> RefusalReason:
    with pytest.raises(SessionRefusedError) as refusal:
        ContextId.parse(text)
    return refusal.value.reason


def test_it_is_the_random_bytes_then_the_customer() -> None:
    assert ContextId.new("ann", RANDOM) == ContextId("ann", SECRET)


def test_it_has_256_random_bits() -> None:
    assert SECRET_BYTES * 8 == 256


@pytest.mark.parametrize("customer_id", ["ann", "a", "-._~", "A.b.c", "Z" * 128])
def test_what_is_issued_can_be_read_again(customer_id: str) -> None:
    issued = ContextId.new(customer_id, SystemRandomSource().token_bytes(SECRET_BYTES))

    assert ContextId.parse(issued.secret) == issued
    assert ContextId.parse(issued.secret).customer_id == customer_id


@pytest.mark.parametrize("text", [None, ""])
def test_nothing_is_missing(text: str | None) -> None:
    assert reason(text) is RefusalReason.MISSING


@pytest.mark.parametrize(
    "text",
    [
        "ann",
        SECRET[1:],
        "A" + SECRET,
        SECRET.replace(".", ""),
        SECRET.removesuffix("ann"),
        SECRET + " ",
        SECRET + "\n",
        " " + SECRET,
        SECRET + "/b",
        SECRET.replace("A", "+", 1),
        SECRET.replace("A", "=", 1),
        SECRET.replace("A", "Ä", 1),
        SECRET.replace("ann", "a" * 129),
        SECRET.replace("ann", "ä"),
        f"Bearer {SECRET}",
        "\ud800",
        SECRET.encode(),
        7,
        0,
        False,
        [],
        {"context_id": SECRET},
    ],
)
def test_what_has_another_form_is_malformed(text: Any) -> None:
    assert reason(text) is RefusalReason.MALFORMED


def test_the_session_id_is_the_first_half_of_the_sha_256() -> None:
    context_id = ContextId.parse(SECRET)

    assert context_id.session_id == base64url(sha256(SECRET.encode()).digest()[:16])
    assert len(context_id.session_id) == 22


def test_the_customer_is_part_of_what_is_hashed() -> None:
    ann, bob = ContextId.new("ann", RANDOM), ContextId.new("bob", RANDOM)

    assert ann.session_id != bob.session_id


def test_it_never_shows_its_secret_by_accident() -> None:
    context_id = ContextId.parse(SECRET)

    for shown in (repr(context_id), str(context_id), f"{context_id}", repr([context_id])):
        assert SECRET[:43] not in shown
    assert str(context_id) == f"…{context_id.session_id}"


def test_an_error_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(SessionRefusedError) as refusal:
        ContextId.parse(SECRET + "/")

    assert SECRET[:10] not in str(refusal.value) + repr(refusal.value)


def test_a_parsed_text_has_the_digest_that_is_read_without_parsing() -> None:
    assert presented_digest(SECRET) == ContextId.parse(SECRET).digest


@pytest.mark.parametrize("text", [None, 1, b"x", "x" * 173, "\xe4", "\ud800"])
def test_what_can_be_no_context_id_has_no_digest(text: object) -> None:
    assert presented_digest(text) is None
