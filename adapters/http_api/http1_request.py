"""Writes a request of HTTP/1.1 (RFC 9112)."""

import re
from collections.abc import Mapping
from typing import Final

# A field value has no control character but the tab (RFC 9110, 5.5). Each name is ours.
_VALUE: Final = re.compile(r"[\t -~\x80-\xff]*")
_TARGET: Final = re.compile(r"[!-~]+")


def encode_request(
    method: str, target: str, *, headers: Mapping[str, str], body: bytes | None
) -> bytes:
    """The bytes of a request.

    Raises:
        ValueError: the target or a header has a character that could begin another line. The error
            repeats nothing of it.
    """
    if not _TARGET.fullmatch(target) or not all(map(_VALUE.fullmatch, headers.values())):
        raise ValueError("the target or a header has a forbidden character")
    lines = [f"{method} {target} HTTP/1.1", *map(": ".join, headers.items())]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join((*lines, "", "")).encode("latin-1")
    return head if body is None else head + body
