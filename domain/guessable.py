"""What makes a password easy to guess: words about its owner, repetitions and sequences.

OWASP ASVS 5.0, 6.1.2 and 6.2.11; NIST SP 800-63B-4, 3.1.1.2. The letter case never matters.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final
from unicodedata import category, normalize

MAX_WORD: Final = 254
"""The most characters of a word: those of the longest e-mail address. Normalising a text may take
time that grows with the square of its length, so a longer one is no word."""

_WORD_LENGTH: Final = 3
"""From so many characters on, what is left of an id without its digits is a word of its own."""


def without_ends(text: str) -> str:
    """``text`` from its first letter to its last. Marks, such as accents, belong to letters."""
    first = _first_letter(text)
    if first is None:
        return ""
    last = _first_letter(text[::-1])
    return text[first : len(text) - (last or 0)]


def is_variant(password: str, words: Iterable[str]) -> bool:
    """Whether ``password`` is one of ``words``, with at most digits and punctuation around it.

    Digits and punctuation at the ends of a word may differ too: ``zoe1`` has the variant ``zoe22``.
    A password that contains a word between or beside other letters is no variant of it.
    """
    password = _fold(password)
    core = without_ends(password)
    short = (word for word in words if len(word) <= MAX_WORD)
    return any(
        _is_variant(password, core, form) for word in short for form in _forms(_fold(word)) if form
    )


def repeats_a_piece(password: str) -> bool:
    """Whether ``password`` is one piece of at most half its length, again and again.

    The last piece may be cut off: ``abcabcab``.
    """
    text = password.casefold()
    return any(text[size:] == text[:-size] for size in range(1, len(text) // 2 + 1))


def is_sequence(password: str) -> bool:
    """Whether each character follows the one before it, or each precedes it.

    The order is that of Unicode's code points; 0 also follows 9.
    """
    text = password.casefold()
    steps = set(map(_step, pairwise(text)))
    return steps in ({1}, {-1})


def _is_variant(password: str, core: str, word: str) -> bool:
    """Whether ``password`` is a variant of ``word``. ``core`` is ``password`` without its ends."""
    if core != without_ends(word):
        return False
    if core:
        # Such an id: a-1. Not every password of an "a" and digits is a variant of it.
        return len(core) >= _WORD_LENGTH or word in password
    # Neither has a letter. A password of digits may contain a short id by chance.
    return word in password and 2 * len(word) >= len(password)


def _forms(word: str) -> tuple[str, str]:
    """``word``, and ``word`` without the spaces, hyphens and the like within it."""
    return word, "".join(filter(str.isalnum, word))


def _fold(text: str) -> str:
    return normalize("NFKC", text).casefold()


def _first_letter(text: str) -> int | None:
    """The index of the first letter or mark, or None if there is none."""
    return next((i for i, character in enumerate(text) if category(character)[0] in "LM"), None)


def _step(pair: tuple[str, str]) -> int:
    """How many code points the second character comes after the first one."""
    if pair == ("9", "0"):
        return 1
    if pair == ("0", "9"):
        return -1
    return ord(pair[1]) - ord(pair[0])
