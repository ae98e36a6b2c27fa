"""What a browser brings along: its session, its device, its address and its name."""

from typing import Final

from fastapi import Request, Response

SESSION: Final = "__Host-session"
"""The ``context_id``. A browser accepts a name with ``__Host-`` only over TLS, for this host alone
and for every path (RFC 6265bis, 4.1.3.2)."""
DEVICE: Final = "__Host-device"
"""The ``device_token``, by which the next login on this device is known."""
_YEAR: Final = 365 * 24 * 60 * 60
_LONGEST_NAME: Final = 256


def context_id_of(request: Request) -> str | None:
    """The session that the browser has, whether it is live or not."""
    return request.cookies.get(SESSION) or None


def device_token_of(request: Request) -> str | None:
    """What the last login on this device was answered with."""
    return request.cookies.get(DEVICE) or None


def source_of(request: Request) -> str | None:
    """The network address of the browser, by which the customer service counts attempts."""
    return request.client.host if request.client else None


def user_agent_of(request: Request) -> str | None:
    """The browser's name for itself, for the customer's list of sessions."""
    name = request.headers.get("User-Agent", "")[:_LONGEST_NAME]
    return "".join(it if it.isascii() and it.isprintable() else "?" for it in name) or None


def keep_session(response: Response, context_id: str, device_token: str) -> None:
    """Give the browser its session until it is closed, and its device for a year.

    No script can read the cookies (``HttpOnly``), and no other site can send a form with them
    (``SameSite``). ``Lax`` and not ``Strict``: a customer who follows a link of a mail stays logged
    in.
    """
    _set(response, SESSION, context_id, None)
    if device_token:
        _set(response, DEVICE, device_token, _YEAR)


def forget_session(response: Response) -> None:
    """Take the session from the browser."""
    _set(response, SESSION, "", 0)


def forget_device(response: Response) -> None:
    """Take the token of the device from the browser."""
    _set(response, DEVICE, "", 0)


def _set(response: Response, name: str, value: str, max_age: int | None) -> None:
    response.set_cookie(
        name, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="lax"
    )
