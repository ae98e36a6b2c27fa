"""Runs the customer service and the storefront, and shows how a customer uses them.

    python demo.py [--customer-port 30000] [--storefront-port 30002]

Both are real processes on this machine; without a port each takes a free one. Exits with 0 if
every answer was as expected. Whatever happens, both are stopped at the end.
"""

import argparse
import re
import signal
import sys
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import urlencode, urlsplit

from processes import TIMEOUT, Process, UnexpectedError

from cybershop_customer import CustomerServiceError
from cybershop_customer.entrypoints.client import HttpCustomerClient

ADMIN: Final = {"customer_id": "admin", "password": "demo-admin"}
"""Whom ``cybershop-customer serve --demo`` lets in."""
EMAIL: Final = "zoe@shop.test"
PASSWORD: Final = "open sesame"  # noqa: S105 # of a customer in memory
USER_AGENT: Final = "A browser without a window"
SOURCE: Final = "203.0.113.7"
"""The browser's address. The demonstration stands for a proxy in front of the storefront."""


class Browser:
    """Keeps cookies. It treats the storefront as a browser treats a site with TLS."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self.cookies: dict[str, str] = {}

    def send(
        self, what: str, expected: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[str, list[str]]:
        """Open a page or send a form. Prints what came of it, and returns page and cookies.

        Raises:
            UnexpectedError: the status, with the target of a redirection, is not ``expected``.
        """
        method = "GET" if form is None else "POST"
        headers = {
            "Cookie": "; ".join(f"{name}={text}" for name, text in self.cookies.items()),
            "User-Agent": USER_AGENT,
            "X-Forwarded-For": SOURCE,
        }
        if form is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Sec-Fetch-Site": "same-origin",
            }
        connection = HTTPConnection(self._host, timeout=TIMEOUT)
        try:
            connection.request(method, path, urlencode(form or {}), headers)
            response = connection.getresponse()
            page = response.read().decode()
        except (OSError, HTTPException, ValueError) as error:
            raise UnexpectedError(f"{what}: no answer from the storefront: {error}") from error
        finally:
            connection.close()
        came = " ".join(filter(None, (str(response.status), response.headers["Location"])))
        print(f"{what:<44} {method:<4} {path:<10} {came}")
        if came != expected:
            raise UnexpectedError(f"{what}: expected {expected}, not {came}")
        cookies = response.headers.get_all("Set-Cookie", [])
        for cookie in cookies:
            self._keep(cookie)
        return page, cookies

    def _keep(self, cookie: str) -> None:
        for name, kept in SimpleCookie(cookie).items():
            if kept["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = kept.value


def show(customer: str, storefront: str) -> list[str]:
    """Send one request after the other. Returns the secrets, which no log may have.

    Raises:
        UnexpectedError: one was not answered as expected.
    """
    browser, zoe = Browser(storefront), {"email": EMAIL, "password": PASSWORD}

    browser.send("A visitor is sent to the login", "303 /login", "/account")
    form, _ = browser.send("Zoë opens the form to register", "200", "/register")
    new = zoe | {"key": _key_in(form)}
    browser.send("... registers", "303 /login?registered=yes", "/register", new)
    browser.send("... and again, by a second click", "303 /login?registered=yes", "/register", new)
    wrong = zoe | {"password": "another one"}
    browser.send("... mistypes the password", "403", "/login", wrong)
    _, cookies = browser.send("... logs in", "303 /account", "/login", zoe)
    _require("__Host-session=…; HttpOnly; Path=/; SameSite=lax; Secure" in map(_shown, cookies))
    page, _ = browser.send("... sees her account", "200", "/account")
    _require(f"logged in as {EMAIL}" in page)

    before = dict(browser.cookies)
    _show_to_admin(customer, before["__Host-session"])
    browser.send("Zoë logs out", "303 /", "/logout", {"logout": ""})
    browser.cookies |= before
    browser.send("... and her old cookie opens nothing", "303 /login", "/account")
    return [PASSWORD, "another one", *before.values()]


def _show_to_admin(customer: str, context_id: str) -> None:
    """The admin sees where the customer logged in: at the browser, not at the storefront."""
    try:
        with HttpCustomerClient(customer) as client:
            zoe = client.check_session(context_id).customer_id
            admin = client.login(**ADMIN)
            (session,) = client.as_bearer(admin.context_id).list_sessions(zoe)
            client.logout(admin.context_id)
    except CustomerServiceError as error:
        raise UnexpectedError(f"The admin: {error}") from error
    print(f"The admin sees one session of hers: {session.source}, {session.user_agent}")
    _require((session.source, session.user_agent) == (SOURCE, USER_AGENT))


def _key_in(form: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', form)
    if found is None:
        raise UnexpectedError("the form to register has no key")
    return found[1]


def _shown(cookie: str) -> str:
    """The cookie without its value."""
    return re.sub(r"=[^;]*", "=…", cookie, count=1)


def _require(holds: object) -> None:
    if not holds:
        raise UnexpectedError("the last answer was not as expected")


def main(arguments: list[str]) -> int:
    """Start both, show it, stop both. 0 if all was as expected."""
    parser = argparse.ArgumentParser(description="How a customer uses the storefront")
    parser.add_argument("--customer-port", default="0", help="0, the default: a free one")
    parser.add_argument("--storefront-port", default="0", help="likewise")
    ports = parser.parse_args(arguments)
    # So that both are stopped also when this is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with ExitStack() as stack:
            command = ["-m", "cybershop_customer", "serve", "--demo", "--port", ports.customer_port]
            # The service believes what the storefront says about the browser's address.
            trust = {"CUSTOMER_TRUSTED_PROXIES": "127.0.0.1/32"}
            service = Process.start(stack, "customer", command, **trust)
            customer = service.url()
            settings = {
                "STOREFRONT_PORT": ports.storefront_port,
                "STOREFRONT_TRUSTED_PROXIES": "127.0.0.1",
                "CUSTOMER_URL": customer,
            }
            front = Process.start(stack, "storefront", ["storefront.py"], **settings)
            secrets = show(customer, front.url())
            logs = service.written() + front.written()
            _require(not [secret for secret in secrets if secret in logs])
    except UnexpectedError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print("All as expected; both services are stopped, and no log has a secret.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
