"""A person reads the reference page of the demo in a real browser, and tries an operation."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.processes.chromium import CHROMIUM, Chromium, chromium
from support.processes.command import Service

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium: it is not installed")

LIVE = "#operations-Probes-live"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chromium]:
    with chromium(tmp_path) as running:
        yield running


@pytest.mark.slow
def test_a_person_tries_an_operation(demo: Callable[..., Service], browser: Chromium) -> None:
    service = demo()
    page = browser.new_page()

    page.go(f"{service.url}/docs")
    text = page.wait_for_text("For orchestrators and load balancers")
    for shown in ("The five operations", "Add a customer", "OAS 3.1", "Authorize"):
        assert shown in text
    page.evaluate(f"document.querySelector('{LIVE}').scrollIntoView()")
    page.click(f"{LIVE} .opblock-summary-control")
    page.wait_for_text("Execute")
    page.evaluate(f"document.querySelector('{LIVE} .execute').click()")
    page.wait_for_text("Alive.")

    events = [(event["method"], event["params"]) for event in browser.events]
    asked = [each["request"]["url"] for name, each in events if name == "Network.requestWillBeSent"]
    assert {urlsplit(url).netloc for url in asked} <= {urlsplit(service.url).netloc, ""}
    logged = [each["entry"]["text"] for name, each in events if name == "Log.entryAdded"]
    assert logged == []
    assert not [each for name, each in events if name == "Runtime.exceptionThrown"]
