"""A person registers at the storefront and logs in, in a real browser.

Debian has Chromium as a package. Where it is missing, this test is skipped.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from support.processes.chromium import CHROMIUM, Chromium, Page, chromium
from support.processes.command import Service
from support.processes.example import Example

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium: it is not installed")

EMAIL, PASSWORD = "zoe@shop.test", "open sesame"


@contextmanager
def storefront(customer_url: str) -> Iterator[str]:
    """The URL of the storefront, in front of this customer service."""
    with subprocess.Popen(
        [sys.executable, "storefront.py"],
        cwd=Example("storefront").folder,
        env={**os.environ, "STOREFRONT_PORT": "0", "CUSTOMER_URL": customer_url},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip().rpartition(" ")[2]
        finally:
            process.terminate()


def press(browser: Chromium, page: Page) -> None:
    """Press the button of the page, and wait for the next page."""
    browser.events.clear()
    page.click("button")
    browser.wait_for("Page.loadEventFired")


def fill_in(browser: Chromium, page: Page) -> None:
    """Type address and password, and send the form."""
    for field, text in (("email", EMAIL), ("password", PASSWORD)):
        page.evaluate(f"document.querySelector('[name={field}]').focus()")
        page.call("Input.insertText", text=text)
    press(browser, page)


def test_a_person_registers_logs_in_and_logs_out(tmp_path: Path) -> None:
    with ExitStack() as stack:
        service = Service.start(stack, "--demo", "--port", "0")
        site = stack.enter_context(storefront(service.url))
        browser = stack.enter_context(chromium(tmp_path))
        page = browser.new_page()

        page.go(f"{site}/account")
        assert page.evaluate("location.pathname") == "/login"
        page.go(f"{site}/register")
        fill_in(browser, page)
        page.wait_for_text("You are registered.")
        fill_in(browser, page)
        page.wait_for_text(f"logged in as {EMAIL}")
        assert page.evaluate("document.cookie") == ""
        cookies = page.call("Network.getCookies")["cookies"]
        assert {cookie["name"]: (cookie["httpOnly"], cookie["secure"]) for cookie in cookies} == {
            "__Host-session": (True, True),
            "__Host-device": (True, True),
        }

        press(browser, page)
        page.wait_for_text("Register, log in")
        page.go(f"{site}/account")
        assert page.evaluate("location.pathname") == "/login"
