"""Calls of what customers do for themselves, and the links that they get by mail."""

from support.http.api import Answer, Api
from support.http.customer_api import BASE, PASSWORD, the_problem

from cybershop_customer import NotificationKind
from cybershop_customer.adapters.memory.notifier import MemoryNotifier

ME = f"{BASE}/me"
RESET = f"{BASE}/password-reset"
VERIFICATION = f"{BASE}/email-verification"
NEW_PASSWORD = "another horse"


def change_password(api: Api, bearer: str, password: str = PASSWORD, **more: str) -> Answer:
    """Ask for ``NEW_PASSWORD`` in place of ``password``."""
    message = {"password": password, "new_password": NEW_PASSWORD, **more}
    return api.put(f"{ME}/password", message, bearer=bearer)


def requires_login(answer: Answer) -> bool:
    """Whether ``answer`` says that a login of the last five minutes is needed (RFC 9470, 3)."""
    if answer.status == 200:
        return False
    problem = the_problem(answer, 403, "login-required")
    assert problem["within_seconds"] == 300
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="customer", error="insufficient_user_authentication", max_age="300"'
    )
    return True


def last_token(mail: MemoryNotifier, address: str, kind: NotificationKind) -> str:
    """The token of the newest mail of this kind to ``address``."""
    sent = mail.last(address, kind)
    assert sent is not None, "no such mail"
    assert sent.token is not None
    return sent.token.secret


def kinds(mail: MemoryNotifier, address: str) -> list[str]:
    """The kinds of the mails to ``address``, the oldest first."""
    return [sent.kind.value for sent in mail.notifications if sent.address == address]
