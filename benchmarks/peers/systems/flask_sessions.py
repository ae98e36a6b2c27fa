"""What Flask-Login and Flask-Security share: a session in Flask's signed cookie.

Both libraries need Flask's request context, so a check makes one, as Flask does for each request.
"""

from collections.abc import Callable, Mapping

from flask import Flask
from flask_login import current_user
from system import CUSTOMERS, Answer, Prepared
from werkzeug.test import EnvironBuilder

_ADDRESS = "127.0.0.1"
_BROWSER = "benchmark"


def prepare(
    app: Flask,
    *,
    log_in: Callable[[str], object],
    log_out: Callable[[], object],
    answer: Callable[[], Answer],
) -> Prepared:
    """Log all customers in.

    Args:
        app: the application, with its login manager.
        log_in: logs the customer with this id in, within a request.
        log_out: logs the customer of the request out.
        answer: whose session the request has, and the roles, if there is a current user.
    """

    @app.get("/login/<customer_id>")
    def login(customer_id: str) -> str:
        log_in(customer_id)
        return customer_id

    @app.get("/logout")
    def logout() -> str:
        log_out()
        return ""

    browser = {"REMOTE_ADDR": _ADDRESS, "HTTP_USER_AGENT": _BROWSER}
    environ: Mapping[str, object] = EnvironBuilder("/logout", environ_base=browser).get_environ()
    name = app.config["SESSION_COOKIE_NAME"]

    def open_session(customer_id: str) -> str:
        client = app.test_client()
        response = client.get(f"/login/{customer_id}", environ_base=browser)
        assert response.text == customer_id
        cookie = client.get_cookie(name)
        assert cookie is not None
        return cookie.value

    def check(token: str) -> Answer | None:
        with app.request_context({**environ, "HTTP_COOKIE": f"{name}={token}"}):
            return answer() if current_user.is_authenticated else None

    def end_session(token: str) -> None:
        client = app.test_client()
        client.set_cookie(name, token)
        client.get("/logout", environ_base=browser)
        assert client.get_cookie(name) is None or client.get_cookie(name).value != token

    tokens = {customer_id: open_session(customer_id) for customer_id in CUSTOMERS}
    return Prepared(tokens=tokens, check=check, logout=end_session)


def request_context_alone(_folder: object) -> Prepared:
    """No session at all: what Flask's request context takes of the checks above."""
    app = Flask(__name__)
    environ = EnvironBuilder("/").get_environ()

    def check(token: str) -> Answer | None:
        with app.request_context({**environ}):
            return (token, CUSTOMERS[token]) if token in CUSTOMERS else None

    return Prepared({customer_id: customer_id for customer_id in CUSTOMERS}, check, lambda _: None)
