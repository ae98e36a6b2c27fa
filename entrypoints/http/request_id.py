"""The name of a request, by which its caller and the log speak of the same one."""

import re
from typing import Final
from uuid import uuid4

# Not what looks like a context_id, since the log holds none.
_REQUEST_ID: Final = re.compile(r"(?![A-Za-z0-9_-]{43}\.)[A-Za-z0-9._-]{1,64}", re.ASCII)


def request_id(given: str | None) -> str:
    """The caller's ``X-Request-ID`` if it is well-formed, or a new one."""
    return given if given is not None and _REQUEST_ID.fullmatch(given) else str(uuid4())
