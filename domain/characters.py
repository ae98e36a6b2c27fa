"""Which characters of Unicode a text may contain, and which of them are invisible."""

import re
from typing import Final

# Cc: control characters; Cs: lone surrogates, which UTF-8 cannot carry; Zl, Zp: line breaks.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

# Characters that can make a text look like another text, or that have no agreed meaning. Unicode
# guarantees that these sets never change, so they do not depend on the version of Python.
_DECEPTIVE: Final = re.compile(
    "["
    "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates of direction
    "\u206a-\u206f"  # deprecated format characters
    "\u2065\ufff0-\ufff8"  # not assigned, and not displayed
    "\ufff9-\ufffb"  # interlinear annotations
    "\ufeff"  # the byte order mark
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags; between them are variation selectors
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use
    "\ufdd0-\ufdef"  # noncharacters
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(15))
    + "]"
)

# The flags of England, Scotland, Wales and other regions are a black flag and tags (UTS #51).
_FLAG: Final = re.compile(
    "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f",
)

_INVISIBLE: Final = (
    r"\s"
    # Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties.txt). This includes joiners and
    # direction marks, which many scripts and emoji need beside visible characters.
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    # Other blank characters: interlinear annotations, the object replacement character, blanks of
    # Braille, Egyptian and Khitan, a musical notehead, and the joiners of hieroglyphs.
    "\ufff9-\ufffc\u2800\U00013430-\U0001343f\U00013441\U00013442\U00016fe4\U0001d159"
)
_ONLY_INVISIBLE: Final = re.compile(f"[{_INVISIBLE}]+")
_ANY_INVISIBLE: Final = re.compile(f"[{_INVISIBLE}]")


def character_fault(text: str) -> str | None:
    """The rule that a character of ``text`` breaks, or None if every character is allowed."""
    if _CONTROL.search(text):
        return "must not contain control characters, line breaks or lone surrogates"
    if found := _DECEPTIVE.search(_FLAG.sub("", text)):
        return (
            f"must not contain the character U+{ord(found[0]):04X},"
            " which can make it look like another text"
        )
    return None


def is_blank(text: str) -> bool:
    """Whether ``text`` is not empty and has only spaces and invisible characters."""
    return _ONLY_INVISIBLE.fullmatch(text) is not None


def has_invisible(text: str) -> bool:
    """Whether ``text`` contains a space or an invisible character."""
    return _ANY_INVISIBLE.search(text) is not None
