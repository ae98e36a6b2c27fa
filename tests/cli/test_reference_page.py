"""A person reads the reference page of the demo in a real browser, and tries an operation."""

from collections import Counter
from collections.abc import Callable, Iterator
from colorsys import rgb_to_hls
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.processes.chromium import CHROMIUM, Chromium, Page, chromium
from support.processes.command import Service
from support.processes.picture import Colour

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium: it is not installed")

LIVE = "#operations-Probes-live"
CONTRAST = """
(() => {
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parse = (text) => [...text.matchAll(/[\\d.]+/g)].map(Number);
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      layers.push(parse(getComputedStyle(each).backgroundColor));
    }
    return layers.reverse().reduce(
      (below, [r, g, b, alpha = 1]) =>
        [r, g, b].map((part, index) => part * alpha + below[index] * (1 - alpha)),
      [255, 255, 255]);
  };
  const found = [];
  for (const element of document.querySelectorAll("#reference *")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3)
      .map((node) => node.data.trim()).join("");
    if (!text || !element.checkVisibility({checkOpacity: true})) continue;
    const levels = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(...levels) + 0.05) / (Math.min(...levels) + 0.05);
    if (ratio < LEAST) found.push(`${ratio.toFixed(2)} ${element.className}: ${text.slice(0, 30)}`);
  }
  return found;
})()
""".replace("LEAST", "1.9")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chromium]:
    with chromium(tmp_path) as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark")])
def test_a_person_tries_an_operation(
    demo: Callable[..., Service], browser: Chromium, width: int, scheme: str
) -> None:
    service = demo()
    page = browser.new_page()
    page.show_as(width=width, height=1000, scheme=scheme)

    page.go(f"{service.url}/docs")
    text = page.wait_for_text("For orchestrators and load balancers")
    for shown in ("The five operations", "Add a customer", "OAS 3.1", "Authorize"):
        assert shown in text
    page.evaluate(f"document.querySelector('{LIVE}').scrollIntoView()")
    page.click(f"{LIVE} .opblock-summary-control")
    page.wait_for_text("Execute")
    page.evaluate(f"document.querySelector('{LIVE} .execute').click()")
    page.wait_for_text("Alive.")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert hardly_visible(page) == []
    asks_this_service_only(browser, service)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_colours_that_the_person_prefers(
    demo: Callable[..., Service], browser: Chromium, width: int, scheme: str
) -> None:
    service = demo()
    page = browser.new_page()
    page.show_as(width=width, height=2000, scheme=scheme)

    page.go(f"{service.url}/docs")
    page.wait_for_text("For orchestrators and load balancers")
    rows = page.picture(width=width, height=2000, scale=0.25)

    counts = Counter(colour for row in rows for colour in row)
    (background, often), *_ = counts.most_common(1)
    assert often > counts.total() / 4
    assert (max(background) < 64) if scheme == "dark" else (min(background) > 192)
    # The methods are buttons in colours: green, orange and red.
    hues = Counter(hue(colour) for row in rows for colour in row)
    assert {"red", "orange", "green"} <= {name for name, count in hues.items() if count > 50}, hues


def hue(colour: Colour) -> str:
    """The name of a strong colour; of any other the empty text."""
    tone, lightness, saturation = rgb_to_hls(*(part / 255 for part in colour))
    if saturation < 0.4 or not 0.3 < lightness < 0.8:
        return ""
    names = {15: "red", 50: "orange", 90: "", 175: "green", 260: "blue", 330: "", 360: "red"}
    return next(name for limit, name in names.items() if tone * 360 <= limit)


def hardly_visible(page: Page) -> list[str]:
    """The texts that are hardly lighter or darker than what is behind them.

    This is no WCAG check: white texts of Swagger UI's own buttons have a contrast of 2.0.
    """
    texts: list[str] = page.evaluate(CONTRAST)
    return texts


def asks_this_service_only(browser: Chromium, service: Service) -> None:
    """Fail if the page asked another host, or reported an error."""
    events = [(event["method"], event["params"]) for event in browser.events]
    asked = [each["request"]["url"] for name, each in events if name == "Network.requestWillBeSent"]
    assert asked
    assert {urlsplit(url).netloc for url in asked} <= {urlsplit(service.url).netloc, ""}
    logged = [each["entry"]["text"] for name, each in events if name == "Log.entryAdded"]
    assert logged == []
    assert not [each for name, each in events if name == "Runtime.exceptionThrown"]
