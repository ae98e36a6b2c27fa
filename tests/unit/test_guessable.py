"""What makes a password easy to guess."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybershop_customer.domain import guessable
from cybershop_customer.domain.guessable import is_sequence, is_variant, repeats_a_piece

LETTERS = st.text("abcdefghijklmnopqrstuvwxyzäßж", min_size=1, max_size=20)
OTHERS = st.text("0123456789!?-_ .€", max_size=8)


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("ann-1234", "ann-1234"),
        ("ANN-12345", "ann-1234"),
        ("!ann-1234", "ann-1234"),
        ("ann1999!", "ann-1234"),
        ("Allen1984", "Allen"),
        ("1984allen", "Allen"),
        ("al123456", "Al"),
        ("Cybershop!", "cybershop"),
        ("cybershop2026", "Cybershop"),
        ("~(customer)~", "customer"),
        ("JOSE\u0301 1984", "José"),
        ("strasse1", "STRAßE"),
        ("maryann1", "Mary Ann"),
        ("Mary Ann 1", "Mary Ann"),
        ("李小龍2026", "李小龍"),
        ("a-1-2026", "a-1"),
        ("202612341", "20261234"),
        ("#1234567", "1234567"),
    ],
)
def test_a_word_with_digits_and_punctuation_around_it_is_a_variant(
    password: str, word: str
) -> None:
    assert is_variant(password, [word])
    assert is_variant(password, ["another", word])


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("open sesame of boss", "boss"),
        ("correct horse battery staple", "horse"),
        ("allenallen", "Allen"),
        ("allens car", "Allen"),
        ("my cybershop", "cybershop"),
        ("c1y2bershop", "cybershop"),
        ("alabaster", "Al"),
        ("a8472910", "a-1"),
        ("83741926", "7"),
        ("83741926", ""),
        ("!!??!!??", "."),
        ("!!??!!??", "李"),
        ("jose1984", "José"),
    ],
)
def test_any_other_password_is_none(password: str, word: str) -> None:
    assert not is_variant(password, [word])


def test_without_words_there_is_no_variant() -> None:
    assert not is_variant("password", [])


@given(LETTERS, OTHERS, OTHERS)
def test_every_word_between_digits_and_punctuation_is_a_variant(
    word: str, before: str, after: str
) -> None:
    assert is_variant(before + word + after, [word])
    assert is_variant((before + word + after).upper(), [word])


@given(LETTERS, LETTERS, OTHERS)
def test_a_word_with_a_letter_beside_it_is_none(word: str, more: str, between: str) -> None:
    # "ss" is "ß" folded, so compare words that folding cannot make equal.
    assert not is_variant(f"{word}{between}q{more}", [word])


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaa", "12341234", "abcabcab", "AbcaBC", "no no no no ", "李小龍李小龍李小", "🦊🦊"],
)
def test_a_piece_of_up_to_half_the_length_is_repeated(password: str) -> None:
    assert repeats_a_piece(password)


@pytest.mark.parametrize(
    "password", ["", "a", "ab", "aab", "abcdabc", "aaaaaaab", "baaaaaaa", "12341235"]
)
def test_a_longer_piece_is_not(password: str) -> None:
    assert not repeats_a_piece(password)


@pytest.mark.parametrize(
    "password",
    [
        "abcdefgh",
        "ABCDefgh",
        "hgfedcba",
        "12345678",
        "87654321",
        "67890123",
        "3210987654",
        "абвгдежз",
    ],
)
def test_a_sequence_goes_up_or_down_by_one(password: str) -> None:
    assert is_sequence(password)


@pytest.mark.parametrize(
    "password",
    ["", "a", "aaaaaaaa", "abcdabcd", "acegikmo", "abcdefgi", "xyzabcde", "12343210", "90909090"],
)
def test_any_other_order_is_none(password: str) -> None:
    assert not is_sequence(password)


def test_a_text_that_is_too_long_to_be_a_word_is_not_normalised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Normalising 32,000 combining marks takes a second, in which no other thread runs."""
    normalised: list[str] = []

    def normalize(form: str, text: str) -> str:
        normalised.append(text)
        return unicodedata.normalize(form, text)

    monkeypatch.setattr(guessable, "normalize", normalize)

    assert not guessable.is_variant("correct horse", ["\u0301\u0323" * 16_000, "zoe"])
    assert guessable.is_variant("zoe1", ["\u0301\u0323" * 16_000, "zoe"])
    assert max(map(len, normalised)) <= guessable.MAX_WORD
