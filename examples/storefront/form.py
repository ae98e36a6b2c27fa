"""Reads the form that a browser sends, and refuses one that another site made it send."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

Form = Mapping[str, str]

_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
_MAX_BYTES: Final = 16 * 1024
_MAX_FIELDS: Final = 10


async def read_form(request: Request) -> Form:
    """The fields of the form.

    Raises:
        HTTPException: another site sent it (403), it is too large (413), or it is no form (400,
            415).
    """
    # Every current browser sends this header, and no script can change it. Without this check,
    # another site could log a customer in as someone else: SameSite does not protect a login.
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise HTTPException(403, "The form came from another site. Open it on this one.")
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise HTTPException(415, "This takes the forms of this site only.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise HTTPException(413, "The form is too large. Write less.")
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise HTTPException(400, "The form cannot be read. Send it again.") from None
    form = dict(fields)
    if len(form) != len(fields):
        raise HTTPException(400, "A field is there twice. Open the form again.")
    return form
