"""Requires that a body is uncompressed JSON in UTF-8, as its headers declare it."""

from collections.abc import Iterator
from typing import Final

from .problem import UNSUPPORTED_MEDIA_TYPE, MessageError

_JSON: Final = "application/json"
# The names that IANA has registered, and the labels of the WHATWG Encoding Standard.
_UTF_8: Final = frozenset(
    {"utf-8", "utf8", "csutf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8"}
    | {"x-unicode20utf8"}
)
_MAX_QUOTED: Final = 64


def require_json(content_type: str | None) -> None:
    """Raise MessageError unless the header Content-Type says JSON in UTF-8.

    JSON has no parameters (RFC 8259, 11). So all parameters are ignored, except a ``charset``
    other than UTF-8, which is refused.
    """
    if not content_type:
        raise _refusal("The message has no Content-Type.", f"Send 'Content-Type: {_JSON}'.")
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != _JSON:
        raise _refusal(
            f"The message's type is {_quoted(media_type.strip())}.",
            f"Send 'Content-Type: {_JSON}'.",
        )
    for charset in _charsets(parameters):
        if charset.lower() not in _UTF_8:
            raise _refusal(
                f"The message's charset is {_quoted(charset)}.",
                f"Send the message in UTF-8, with 'Content-Type: {_JSON}'.",
            )


def require_uncompressed(content_encoding: str | None) -> None:
    """Raise MessageError if the header Content-Encoding names a coding other than ``identity``."""
    codings = [coding.strip().lower() for coding in (content_encoding or "").split(",")]
    if any(coding not in ("", "identity") for coding in codings):
        raise MessageError(
            UNSUPPORTED_MEDIA_TYPE,
            f"The message's Content-Encoding is {_quoted(content_encoding or '')}."
            " Send the message uncompressed, without that header.",
            {"Accept-Encoding": "identity"},  # RFC 9110, 12.5.3
        )


def _quoted(text: str) -> str:
    """``text`` of the caller in quotes, shortened, in printable ASCII."""
    return ascii(text[:_MAX_QUOTED])


def _charsets(parameters: str) -> Iterator[str]:
    for parameter in parameters.split(";"):
        name, equals, value = parameter.partition("=")
        if equals and name.strip().lower() == "charset":
            yield value.strip().strip('"')


def _refusal(fault: str, advice: str) -> MessageError:
    return MessageError(UNSUPPORTED_MEDIA_TYPE, f"{fault} {advice}")
