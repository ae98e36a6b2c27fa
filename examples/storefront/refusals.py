"""The page for each error of the customer service: what happened, and what the customer can do."""

from fastapi.responses import HTMLResponse
from pages import error_page

from cybershop_customer import (
    CheckerUnavailableError,
    CustomerServiceError,
    EmailTakenError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    LoginRefusedError,
    ServiceBusyError,
    StoreUnavailableError,
    TooManyAttemptsError,
)


def refusal_page(error: CustomerServiceError) -> HTMLResponse:
    """The page that a customer sees instead of ``error``."""
    match error:
        case InvalidInputError():
            advice = f"Go back and correct it: {error}."
            page = error_page(400, "This form has a mistake", advice)
        case LoginRefusedError():
            advice = "Address and password do not match. Go back and try again."
            page = error_page(403, "You are not logged in", advice)
        case EmailTakenError():
            advice = "Someone has registered with this address. If it was you, log in."
            page = error_page(409, "You are not registered", advice)
        case IdempotencyKeyReusedError():
            advice = (
                "This form was sent before, with another address or password. If you sent it, log"
                " in with those. Otherwise open the form again."
            )
            page = error_page(409, "You are not registered again", advice)
        case TooManyAttemptsError():
            advice = f"There were too many attempts. Try again in {error.retry_after} seconds."
            page = error_page(429, "Please wait", advice, retry_after=error.retry_after)
        case StoreUnavailableError(outcome_known=False):
            advice = (
                "We do not know whether it worked. Go back and send the same form again: nothing"
                " is done twice."
            )
            page = error_page(503, "No answer", advice, retry_after=error.retry_after)
        case ServiceBusyError() | StoreUnavailableError() | CheckerUnavailableError():
            advice = "Nothing was changed. Try again in a moment; you need not log in again."
            page = error_page(503, "Currently unavailable", advice, retry_after=error.retry_after)
        case _:
            advice = "This is our mistake, and we are told of it. Try again later."
            page = error_page(500, "Something went wrong", advice)
    return page
