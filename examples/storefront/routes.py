"""What customers do: register, log in, see their account, log out."""

from contextlib import suppress
from typing import Annotated, Final

from browser import (
    context_id_of,
    device_token_of,
    forget_device,
    forget_session,
    keep_session,
    source_of,
    user_agent_of,
)
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from form import Form, read_form
from pages import account_page, login_page, registration_page
from refusals import refusal_page

from cybershop_customer import InvalidInputError, SessionRefusedError
from cybershop_customer.entrypoints.client import AsyncHttpCustomerClient

SEE_OTHER: Final = 303
"""The status of a redirection after a form, so that a reload does not send the form again."""

SentForm = Annotated[Form, Depends(read_form)]
BrowserSession = Annotated[str | None, Depends(context_id_of)]


def registration_routes(client: AsyncHttpCustomerClient) -> APIRouter:
    """The form to register. It has a key, so one form adds one customer."""
    router = APIRouter()

    @router.get("/register")
    async def show_form() -> Response:
        return registration_page()

    @router.post("/register")
    async def register(request: Request, form: SentForm) -> Response:
        email, key = _field(form, "email"), _field(form, "key")
        try:
            await client.add_customer(
                email=email,
                password=_field(form, "password"),
                source=source_of(request),
                idempotency_key=key,
            )
        except InvalidInputError as error:
            return registration_page(email, key, map(str, error.faults))
        return RedirectResponse("/login?registered=yes", SEE_OTHER)

    return router


def session_routes(client: AsyncHttpCustomerClient) -> APIRouter:
    """The login, the page that it opens, and the logout."""
    router = APIRouter()

    async def live_session(context_id: BrowserSession) -> str:
        """The ``context_id``, checked. The login page answers anyone else."""
        await client.check_session(context_id)
        return context_id or ""

    @router.get("/login")
    async def show_form(registered: str = "") -> Response:
        return login_page(is_new=registered == "yes")

    @router.post("/login")
    async def login(request: Request, form: SentForm) -> Response:
        try:
            opened = await client.login(
                email=_field(form, "email"),
                password=_field(form, "password"),
                device_token=device_token_of(request),
                source=source_of(request),
                user_agent=user_agent_of(request),
            )
        except InvalidInputError as error:
            refusal = refusal_page(error)
            forget_device(refusal)  # the cookie may be the mistake, and a customer cannot see it
            return refusal
        response = RedirectResponse("/account", SEE_OTHER)
        keep_session(response, opened.context_id, opened.device_token)
        return response

    @router.get("/account")
    async def account(context_id: Annotated[str, Depends(live_session)]) -> Response:
        bearer = client.as_bearer(context_id)
        profile = await bearer.get_account()
        sessions = await bearer.list_own_sessions()
        return account_page(profile.email or profile.customer_id, len(sessions))

    @router.post("/logout")
    async def logout(_form: SentForm, context_id: BrowserSession) -> Response:
        with suppress(SessionRefusedError):  # it has ended already
            await client.logout(context_id)
        response = RedirectResponse("/", SEE_OTHER)
        forget_session(response)
        return response

    return router


def _field(form: Form, name: str) -> str:
    if name not in form:
        raise HTTPException(400, f"The field {name} is missing. Open the form again.")
    return form[name]
