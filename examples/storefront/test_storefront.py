"""The storefront, with the customer service of the test kit and a browser without a window."""

import asyncio
import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from browser import DEVICE, SESSION
from storefront import create_app, main

from cybershop_customer import (
    CheckerUnavailableError,
    ServiceBusyError,
    StoreUnavailableError,
    TooManyAttemptsError,
)
from cybershop_customer.entrypoints.client import AsyncHttpCustomerClient
from cybershop_customer.entrypoints.services import Services

EMAIL = "zoe@shop.example"
PASSWORD = "open sesame"
BROWSER = {"User-Agent": "Firefox on Zoë's phone", "Sec-Fetch-Site": "same-origin"}


class WatchedClient(AsyncHttpCustomerClient):
    """Notes what a login passes on, and fails with ``error`` where a test sets one."""

    error: Exception | None = None

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.logins: list[dict[str, Any]] = []

    async def login(self, **arguments: Any) -> Any:
        if self.error is not None:
            raise self.error
        self.logins.append(arguments)
        return await super().login(**arguments)

    async def add_customer(self, **arguments: Any) -> Any:
        result = await super().add_customer(**arguments)
        if self.error is not None:  # the answer is lost
            raise self.error
        return result

    async def check_session(self, *arguments: Any, **named: Any) -> Any:
        if self.error is not None:
            raise self.error
        return await super().check_session(*arguments, **named)


class Browser:
    """Sends requests, keeps cookies, and follows no redirection by itself."""

    def __init__(self, client: AsyncHttpCustomerClient, runner: asyncio.Runner) -> None:
        transport = httpx.ASGITransport(
            create_app(client), raise_app_exceptions=False, client=("203.0.113.7", 50000)
        )
        self._runner = runner
        self.http = httpx.AsyncClient(
            transport=transport, base_url="https://shop.test", headers=encoded(BROWSER)
        )

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self._runner.run(self.http.get(path))

    def post(self, path: str, fields: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Send a form."""
        return self._runner.run(self.http.post(path, data=fields or {"logout": ""}, **more))

    def register(self, **fields: str) -> httpx.Response:
        """Open the form, and send it."""
        form = self.get("/register").text
        return self.post("/register", {"key": key_in(form), **zoe(), **fields})

    def log_in(self, **fields: str) -> httpx.Response:
        """Register, and log in."""
        self.register()
        return self.post("/login", zoe() | fields)


def encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers, as a browser that is not limited to ASCII sends them."""
    return [(name.encode(), text.encode("latin-1")) for name, text in headers.items()]


def zoe() -> dict[str, str]:
    """What Zoë types."""
    return {"email": EMAIL, "password": PASSWORD}


def key_in(page: str) -> str:
    """The key of a form."""
    found = re.search(r'name="key" value="([^"]{20,128})"', page)
    assert found
    return found[1]


@pytest.fixture
def client(customer_url: str) -> WatchedClient:
    """Calls the customer service of the test kit."""
    return WatchedClient(customer_url)


@pytest.fixture
def browser(client: WatchedClient) -> Iterator[Browser]:
    """A browser at 203.0.113.7."""
    with asyncio.Runner() as runner:
        browser = Browser(client, runner)
        yield browser
        runner.run(browser.http.aclose())
        runner.run(client.aclose())


class TestRegistration:
    """The form that adds a customer."""

    def test_it_leads_to_the_login(self, browser: Browser) -> None:
        answer = browser.register()

        assert (answer.status_code, answer.headers["location"]) == (303, "/login?registered=yes")
        assert "You are registered" in browser.get("/login?registered=yes").text

    def test_a_form_that_is_sent_twice_adds_one_customer(
        self, browser: Browser, client: WatchedClient
    ) -> None:
        form = {"key": key_in(browser.get("/register").text), **zoe()}
        client.error = StoreUnavailableError(outcome_known=False)
        lost = browser.post("/register", form)
        client.error = None

        assert lost.status_code == 503
        assert "nothing is done twice" in lost.text
        assert browser.post("/register", form).status_code == 303

    def test_two_forms_have_two_keys(self, browser: Browser) -> None:
        assert len({key_in(browser.get("/register").text) for _ in range(2)}) == 2

    def test_faults_are_shown_with_the_form(self, browser: Browser) -> None:
        answer = browser.register(email="<zoe>", password="x")

        assert answer.status_code == 400
        assert "password must have" in answer.text
        assert 'value="&lt;zoe&gt;"' in answer.text
        assert "<zoe>" not in answer.text

    def test_an_address_that_is_taken(self, browser: Browser) -> None:
        browser.register()

        answer = browser.register(password="another one")

        assert answer.status_code == 409
        assert "log in" in answer.text

    def test_a_form_that_was_used_for_another_customer(self, browser: Browser) -> None:
        key = key_in(browser.get("/register").text)
        browser.post("/register", {"key": key, **zoe()})

        answer = browser.post("/register", {"key": key, **zoe(), "email": "ann@shop.example"})

        assert answer.status_code == 409
        assert "open the form again" in answer.text


class TestSessions:
    """From the login to the logout."""

    def test_a_login_opens_the_account(self, browser: Browser) -> None:
        answer = browser.log_in()

        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        assert f"logged in as {EMAIL}" in browser.get("/account").text

    def test_the_cookie_is_for_this_host_over_tls_and_for_no_script(self, browser: Browser) -> None:
        cookies = browser.log_in().headers.get_list("set-cookie")

        (session,) = [cookie for cookie in cookies if cookie.startswith(f"{SESSION}=")]
        assert session.startswith("__Host-session=")
        flags = {part.strip().lower() for part in session.split(";")[1:]}
        assert flags == {"httponly", "secure", "samesite=lax", "path=/"}

    def test_the_service_learns_where_the_browser_is(
        self, browser: Browser, client: WatchedClient
    ) -> None:
        browser.log_in()

        (login,) = client.logins
        assert login["source"] == "203.0.113.7"
        assert login["user_agent"] == "Firefox on Zo?'s phone"
        assert login["device_token"] is None

    def test_the_next_login_is_on_a_known_device(
        self, browser: Browser, client: WatchedClient
    ) -> None:
        browser.log_in()
        token = browser.http.cookies[DEVICE]

        browser.post("/login", zoe())

        assert client.logins[1]["device_token"] == token

    def test_a_spoilt_cookie_of_the_device_stops_one_login_at_most(self, browser: Browser) -> None:
        browser.register()
        browser.http.cookies.set(DEVICE, "spoilt!", domain="shop.test", path="/")

        statuses = [browser.post("/login", zoe()).status_code for _ in range(2)]

        assert statuses == [400, 303]

    def test_a_wrong_password(self, browser: Browser) -> None:
        answer = browser.log_in(password="a wrong one")

        assert answer.status_code == 403
        assert "do not match" in answer.text
        assert SESSION not in browser.http.cookies

    @pytest.mark.parametrize("cookie", [None, "", "x", "a" * 43 + ".zoe"])
    def test_without_a_live_session_the_login_answers(
        self, browser: Browser, cookie: str | None
    ) -> None:
        if cookie is not None:
            browser.http.cookies.set(SESSION, cookie, domain="shop.test", path="/")

        answer = browser.get("/account")

        assert (answer.status_code, answer.headers["location"]) == (303, "/login")

    def test_a_logout_ends_the_session_at_once(self, browser: Browser) -> None:
        browser.log_in()
        context_id = browser.http.cookies[SESSION]

        answer = browser.post("/logout")

        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert SESSION not in browser.http.cookies
        browser.http.cookies.set(SESSION, context_id, domain="shop.test", path="/")
        assert browser.get("/account").headers["location"] == "/login"
        assert browser.post("/logout").status_code == 303

    def test_a_session_that_the_service_ended_is_over(
        self, browser: Browser, customer_services: Services
    ) -> None:
        browser.log_in()
        customer_services.sessions.logout(browser.http.cookies[SESSION])

        assert browser.get("/account").headers["location"] == "/login"


class TestErrors:
    """Each is a page that says what to do."""

    @pytest.mark.parametrize(
        ("error", "status", "advice"),
        [
            (TooManyAttemptsError(7), 429, "Try again in 7 seconds"),
            (ServiceBusyError(7), 503, "Nothing was changed"),
            (StoreUnavailableError(7), 503, "Nothing was changed"),
            (StoreUnavailableError(7, outcome_known=False), 503, "We do not know"),
            (CheckerUnavailableError(7), 503, "need not log in again"),
        ],
    )
    def test_the_service_refuses_or_does_not_answer(
        self, client: WatchedClient, browser: Browser, error: Exception, status: int, advice: str
    ) -> None:
        client.error = error

        answer = browser.post("/login", zoe())

        assert (answer.status_code, answer.headers["retry-after"]) == (status, "7")
        assert advice in answer.text

    def test_an_outage_logs_no_one_out(self, browser: Browser, client: WatchedClient) -> None:
        browser.log_in()
        client.error = CheckerUnavailableError(1)

        assert browser.get("/account").status_code == 503
        client.error = None
        assert browser.get("/account").status_code == 200

    def test_a_mistake_of_our_own(self, browser: Browser, client: WatchedClient) -> None:
        client.error = ZeroDivisionError("a secret of ours")

        answer = browser.post("/login", zoe())

        assert answer.status_code == 500
        assert "secret" not in answer.text

    @pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
    @pytest.mark.parametrize("path", ["/register", "/login", "/logout"])
    def test_another_site_cannot_send_a_form(self, browser: Browser, path: str, site: str) -> None:
        answer = browser.post(path, zoe(), headers={"Sec-Fetch-Site": site})

        assert answer.status_code == 403
        assert "another site" in answer.text

    @pytest.mark.parametrize(
        ("body", "media_type", "status"),
        [
            (b"{}", "application/json", 415),
            (b"email=a&email=b", "application/x-www-form-urlencoded", 400),
            (b"email=%ff", "application/x-www-form-urlencoded", 400),
            (b"\xff", "application/x-www-form-urlencoded", 400),
            (b"&".join(b"%d=1" % n for n in range(11)), "application/x-www-form-urlencoded", 400),
            (b"email=zoe", "application/x-www-form-urlencoded", 400),
            (b"email=" + b"x" * 16384, "application/x-www-form-urlencoded", 413),
        ],
    )
    def test_what_is_no_form(
        self, browser: Browser, body: bytes, media_type: str, status: int
    ) -> None:
        answer = browser._runner.run(  # noqa: SLF001 # its own
            browser.http.post("/login", content=body, headers={"Content-Type": media_type})
        )

        assert answer.status_code == status
        assert "<h1>This does not work</h1>" in answer.text

    def test_other_paths_and_methods(self, browser: Browser) -> None:
        assert browser.get("/nothing").status_code == 404
        assert browser.get("/logout").status_code == 405
        assert browser.get("/docs").status_code == 404


def test_no_page_and_no_log_has_a_password_or_a_session(
    browser: Browser, client: WatchedClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [browser.register(password="x"), browser.log_in(), browser.get("/account")]
    context_id = browser.http.cookies[SESSION]
    answers.append(browser.post("/login", zoe() | {"password": "a wrong one"}))
    client.error = StoreUnavailableError()
    answers += [browser.post("/login", zoe()), browser.get("/account")]

    assert "StoreUnavailableError, answered with 503" in caplog.text
    for text in [caplog.text, *(answer.text for answer in answers)]:
        for secret in (PASSWORD, "a wrong one", context_id, context_id[:43]):
            assert secret not in text


def test_no_page_is_kept_or_framed(browser: Browser) -> None:
    headers = browser.get("/").headers

    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("port", ["x", "-1", "65536", "1.5", "²"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main({"STOREFRONT_PORT": port}) == 2
    assert "STOREFRONT_PORT" in capsys.readouterr().err


def test_a_url_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main({"STOREFRONT_PORT": "0", "CUSTOMER_URL": "customer"}) == 2
    assert "CUSTOMER_URL" in capsys.readouterr().err
