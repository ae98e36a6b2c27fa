"""The pages, in plain HTML. Each text that comes from elsewhere is escaped."""

from collections.abc import Iterable
from html import escape
from typing import Final
from uuid import uuid4

from fastapi.responses import HTMLResponse

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def front_page() -> HTMLResponse:
    """What everyone sees."""
    return _page(
        "Storefront",
        '<p><a href="/register">Register</a>, <a href="/login">log in</a>, or see'
        ' <a href="/account">your account</a>.</p>',
    )


def registration_page(email: str = "", key: str = "", faults: Iterable[str] = ()) -> HTMLResponse:
    """The form to register. ``key`` makes sure that the form adds one customer if it is sent twice.

    A form with ``faults`` is shown again with the status 400. The password is typed again.
    """
    fields = (
        f'<input type="hidden" name="key" value="{escape(key or str(uuid4()))}">'
        f"{_email_field(email)}{_password_field('new-password')}"
    )
    return _form_page("Register", "/register", fields, faults)


def login_page(*, is_new: bool = False) -> HTMLResponse:
    """The form to log in."""
    note = "<p>You are registered. Log in now.</p>" if is_new else ""
    fields = _email_field("") + _password_field("current-password")
    return _form_page("Log in", "/login", fields, note=note)


def account_page(email: str, sessions: int) -> HTMLResponse:
    """The page of a customer who is logged in."""
    return _page(
        "Your account",
        f"<p>You are logged in as {escape(email)}. You have {sessions} open session(s).</p>"
        '<form method="post" action="/logout"><button name="logout">Log out</button></form>',
    )


def error_page(
    status: int, title: str, advice: str, *, retry_after: int | None = None
) -> HTMLResponse:
    """What went wrong, and what to do."""
    page = _page(title, f'<p>{escape(advice)}</p><p><a href="/">Back to the shop</a></p>', status)
    if retry_after is not None:
        page.headers["Retry-After"] = str(retry_after)
    return page


def _form_page(
    title: str, action: str, fields: str, faults: Iterable[str] = (), *, note: str = ""
) -> HTMLResponse:
    listed = "".join(f"<li>{escape(fault)}</li>" for fault in faults)
    shown = f"<p>Correct this, and send the form again:</p><ul>{listed}</ul>" if listed else note
    form = f'<form method="post" action="{action}">{fields}<button>{title}</button></form>'
    return _page(title, shown + form, 400 if listed else 200)


def _email_field(email: str) -> str:
    return (
        '<p><label>E-mail address <input type="email" name="email" autocomplete="username"'
        f' required value="{escape(email)}"></label></p>'
    )


def _password_field(purpose: str) -> str:
    return (
        '<p><label>Password <input type="password" name="password"'
        f' autocomplete="{purpose}" required></label></p>'
    )


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(title)}</title><h1>{escape(title)}</h1>{body}</html>"
    )
    return HTMLResponse(html, status, _HEADERS)
