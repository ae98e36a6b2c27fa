"""Texts that cannot end a line, such as that of a header."""

import re
from typing import Final

# Control characters, line breaks of Unicode, and lone surrogates.
_BREAKING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def one_line(text: str) -> str:
    """``text`` with spaces in place of what could end a line."""
    return _BREAKING.sub(" ", text)
