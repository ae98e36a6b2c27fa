"""Requires that a body is uncompressed, in UTF-8, and JSON or a form, as its headers say."""

from collections.abc import Iterator, Sequence
from typing import Final

from .problem import UNSUPPORTED_MEDIA_TYPE, MessageError

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
"""RFC 7396."""
FORM: Final = "application/x-www-form-urlencoded"
_MESSAGES: Final = (JSON,)
_FORMS: Final = (FORM,)
_PATCHES: Final = (MERGE_PATCH, JSON)
ACCEPT_PATCH: Final = ", ".join(_PATCHES)
"""The types of a message that changes parts (RFC 5789, 3.1). Both have the meaning of a patch."""

# The names that IANA has registered, and the labels of the WHATWG Encoding Standard.
_UTF_8: Final = frozenset(
    {"utf-8", "utf8", "csutf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8"}
    | {"x-unicode20utf8"}
)
_MAX_QUOTED: Final = 64


def require_json(content_type: str | None, *, merge_patch: bool = False) -> None:
    """Raise MessageError unless the header Content-Type says JSON in UTF-8.

    JSON has no parameters (RFC 8259, 11). So all parameters are ignored, except a ``charset``
    other than UTF-8, which is refused. With ``merge_patch`` the message may also be a JSON merge
    patch. The refusal names the types that are accepted in a header too: Accept-Patch for a patch
    (RFC 5789, 2.2), otherwise Accept (RFC 9110, 15.5.16).
    """
    _require_type(content_type, _PATCHES if merge_patch else _MESSAGES)


def require_form(content_type: str | None) -> None:
    """Raise MessageError unless the header Content-Type says a form in UTF-8.

    The type has no parameters (WHATWG URL Standard, 5), but clients send a ``charset``. Parameters
    are treated as by ``require_json``.
    """
    _require_type(content_type, _FORMS)


def _require_type(content_type: str | None, accepted: Sequence[str]) -> None:
    """Raise MessageError unless the header Content-Type says one of these types in UTF-8."""
    if not content_type:
        raise _refusal("The message has no Content-Type.", accepted)
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() not in accepted:
        raise _refusal(f"The message's type is {_quoted(media_type.strip())}.", accepted)
    for charset in _charsets(parameters):
        if charset.lower() not in _UTF_8:
            fault = f"The message's charset is {_quoted(charset)}."
            raise _refusal(fault, accepted, ", and the message in UTF-8")


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


def _refusal(fault: str, accepted: Sequence[str], further: str = "") -> MessageError:
    header = "Accept-Patch" if MERGE_PATCH in accepted else "Accept"
    types = " or ".join(f"'Content-Type: {name}'" for name in accepted)
    detail = f"{fault} Send {types}{further}."
    return MessageError(UNSUPPORTED_MEDIA_TYPE, detail, {header: ", ".join(accepted)})
