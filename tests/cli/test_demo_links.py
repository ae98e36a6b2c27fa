"""A person tries the demo and follows the links that it prints, in a real browser.

Debian has Chromium as a package. Where it is missing, this test is skipped.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, a_message, log_in
from support.processes.chromium import CHROMIUM, Chromium, Page, chromium
from support.processes.command import Service

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium: it is not installed")

NEW_PASSWORD = "winter is over"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chromium]:
    with chromium(tmp_path) as running:
        yield running


def next_link(service: Service) -> str:
    """The link of the next mail that the demo prints."""
    while not (line := service.next_line()).startswith("Mail to "):
        pass
    return line.rpartition(" ")[2]


def complaints(browser: Chromium) -> list[str]:
    """What the browser logged, less the answers that were no success: a policy that it enforced."""
    entries = [
        event["params"]["entry"] for event in browser.events if event["method"] == "Log.entryAdded"
    ]
    return [entry["text"] for entry in entries if entry["source"] != "network"]


def assert_token_is_nowhere(page: Page, link: str) -> None:
    """The address bar, the history and the page's storage do not have the token."""
    address, token = link.split("#token=")
    assert page.evaluate("location.href") == address
    entries = page.call("Page.getNavigationHistory")["entries"]
    # Chromium also remembers what was typed, for itself.
    assert token not in str([entry["url"] for entry in entries])
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [
        0,
        0,
        "",
    ]


def test_a_person_confirms_an_address_and_sets_a_new_password(
    demo: Callable[..., Service], browser: Chromium
) -> None:
    service = demo(CUSTOMER_EMAIL_VERIFICATION="required", CUSTOMER_PASSWORD_MIN_LENGTH="8")
    page = browser.new_page()
    with service.api() as api:
        assert api.post(BASE, a_message("zoe")).status == 200
        link = next_link(service)
        _confirm(api, page, link)

        page.go(link)
        page.click("button")
        page.wait_for_text("This link does not work any more. Ask for a new one.")
        assert complaints(browser) == []

        assert api.post(f"{BASE}/password-reset", {"email": "zoe@shop.example"}).status == 200
        link = next_link(service)
        _reset(page, link)
        assert complaints(browser) == []
        log_in(api, "zoe", NEW_PASSWORD)


def _confirm(api: Api, page: Page, link: str) -> None:
    by_address = {"email": "zoe@shop.example", "password": "correct horse"}
    page.go(link)
    page.wait_for_text("Confirm the address")
    assert_token_is_nowhere(page, link)
    # To open the page proves nothing: programs open links too.
    assert api.put(f"{BASE}/login", by_address).status == 401

    page.click("button")

    text = page.wait_for_text("The e-mail address of your account zoe is confirmed.")
    assert "Confirm the address" not in text
    assert api.put(f"{BASE}/login", by_address).status == 200


def _reset(page: Page, link: str) -> None:
    page.go(link.partition("#")[0])
    page.wait_for_text("This address has no token.")
    # The tab shows this page already, so the link changes only the fragment.
    page.go(link)
    page.wait_for_text("Set the password")
    assert page.evaluate("document.getElementById('account').value") == "zoe"
    assert_token_is_nowhere(page, link)

    page.type("password", NEW_PASSWORD)
    page.type("again", "another")
    page.click("button")
    page.wait_for_text("The two passwords are not the same.")
    assert page.evaluate("document.activeElement.id") == "again"

    for field in ("password", "again"):
        page.type(field, "short")
    page.press_enter()
    page.wait_for_text("The password must have at least 8 characters.")
    assert page.evaluate("document.activeElement.ariaInvalid") == "true"

    for field in ("password", "again"):
        page.type(field, NEW_PASSWORD)
    page.press_enter()
    page.wait_for_text("The password of your account zoe is changed. Log in with it.")
    assert_token_is_nowhere(page, link)
