"""Gives each request an id, by which the caller's log and the service's log can be matched."""

import re
from typing import Final
from uuid import uuid4

# An id in the form of a context_id is refused, because the log may contain no secret.
_REQUEST_ID: Final = re.compile(r"(?![A-Za-z0-9_-]{43}\.)[A-Za-z0-9._-]{1,64}", re.ASCII)


def request_id(given: str | None) -> str:
    """The caller's ``X-Request-ID`` if it is well-formed, or a new one."""
    return given if given is not None and _REQUEST_ID.fullmatch(given) else str(uuid4())
