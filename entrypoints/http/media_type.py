"""Says whether a body is JSON that can be read: its type, its charset and its coding."""

from collections.abc import Iterator
from typing import Final

from .problem import UNSUPPORTED_MEDIA_TYPE, MessageError

_JSON: Final = "application/json"
# The name and the alias that IANA has registered, and the labels of the WHATWG Encoding Standard.
_UTF_8: Final = frozenset(
    {"utf-8", "utf8", "csutf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8"}
    | {"x-unicode20utf8"}
)
_MAX_SHOWN: Final = 64


def require_json(content_type: str | None) -> None:
    """Raise MessageError unless the header Content-Type says JSON in UTF-8.

    JSON has no parameters (RFC 8259, 11), so they are ignored; only a ``charset`` that is not
    UTF-8 is refused.
    """
    if not content_type:
        raise _refusal("The message has no Content-Type.", f"Send 'Content-Type: {_JSON}'.")
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != _JSON:
        raise _refusal(
            f"The message's type is {shown(media_type.strip())}.", f"Send 'Content-Type: {_JSON}'."
        )
    for charset in _charsets(parameters):
        if charset.lower() not in _UTF_8:
            raise _refusal(
                f"The message's charset is {shown(charset)}.",
                f"Send the message in UTF-8, with 'Content-Type: {_JSON}'.",
            )


def require_uncompressed(content_encoding: str | None) -> None:
    """Raise MessageError unless the header Content-Encoding names no coding but ``identity``."""
    codings = [coding.strip().lower() for coding in (content_encoding or "").split(",")]
    if any(coding not in ("", "identity") for coding in codings):
        raise MessageError(
            UNSUPPORTED_MEDIA_TYPE,
            f"The message's Content-Encoding is {shown(content_encoding or '')}."
            " Send the message uncompressed, without that header.",
            {"Accept-Encoding": "identity"},  # RFC 9110, 12.5.3
        )


def shown(text: str) -> str:
    """What a stranger sent, quoted, cut short and in printable ASCII."""
    return ascii(text[:_MAX_SHOWN])


def _charsets(parameters: str) -> Iterator[str]:
    for parameter in parameters.split(";"):
        name, equals, value = parameter.partition("=")
        if equals and name.strip().lower() == "charset":
            yield value.strip().strip('"')


def _refusal(fault: str, advice: str) -> MessageError:
    return MessageError(UNSUPPORTED_MEDIA_TYPE, f"{fault} {advice}")
