"""The header ``Idempotency-Key`` (IETF draft draft-ietf-httpapi-idempotency-key-header)."""

import re
from typing import Final

import falcon

from ...domain.fields import Faults
from ...domain.idempotency_key import IDEMPOTENCY_KEY, idempotency_key_fault
from .operation import Parameter

_PARAMETERS: Final = r'(?:; *[a-z*][a-z0-9_.*-]*(?:=(?:"[^"\\]*"|[^"\\\s;,]+))?)*'
_STRING: Final = re.compile(rf'"([^"\\]*)"{_PARAMETERS}')
"""A string (RFC 8941, 3.3.3). A key has no character that needs an escape. The draft defines no
parameters, so they are ignored."""


IDEMPOTENCY_KEY_HEADER: Final = Parameter(
    "Idempotency-Key",
    "A new random text for each customer, in double quotes or without. For 24 hours the same"
    " request with the same key gets the first answer again. A secret.",
    {"type": "string", "pattern": f'^(?:"{IDEMPOTENCY_KEY.pattern}"|{IDEMPOTENCY_KEY.pattern})$'},
    "header",
)


def parse_idempotency_key(req: falcon.Request, faults: Faults) -> str | None:
    """The key in the header, or None without the header. A fault is noted in ``faults``.

    The draft has the key in double quotes. Many clients send it without them, as they do with
    other services, and mean the same key.
    """
    header = req.get_header("Idempotency-Key")
    if header is None:
        return None
    text = header.strip(" \t")
    string = _STRING.fullmatch(text)
    key = text if string is None else string[1]
    return key if faults.note("Idempotency-Key", idempotency_key_fault(key)) else None
