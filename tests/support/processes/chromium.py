"""Drives a headless Chromium by its DevTools protocol, over two pipes."""

import json
import os
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Timer
from typing import IO, Any, Final

from support.processes.picture import Colour, pixels

CHROMIUM: Final = shutil.which("chromium")
"""Debian's package; None where it is missing."""

_SECONDS: Final = 60.0
# Chromium reads commands from descriptor 3 and writes answers to 4. The copies come first, since
# the pipes may have these very numbers.
_LAUNCHER: Final = """
import os, sys
ends = [os.dup(os.dup(os.dup(int(number)))) for number in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_OPTIONS: Final = (
    "--headless=new",
    "--remote-debugging-pipe",
    # Its sandbox needs rights that a container lacks; it opens pages of the tests only.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
)


class Page:
    """One tab. What a person sees is read, and what a person does is done."""

    def __init__(self, browser: "Chromium", session_id: str) -> None:
        self._browser = browser
        self._session_id = session_id

    def call(self, method: str, **params: object) -> dict[str, Any]:
        return self._browser.call(method, self._session_id, **params)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; of a promise, what it resolves to."""
        answer = self.call(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def show_as(self, *, width: int, height: int, scheme: str) -> None:
        """Show pages in this size, to a person who prefers the colours ``light`` or ``dark``."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        preference = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[preference])

    def picture(self, *, width: int, height: int, scale: float) -> list[list[Colour]]:
        """The pixels of the page's top, made smaller by ``scale``."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": scale}
        return pixels(b64decode(self.call("Page.captureScreenshot", clip=clip)["data"]))

    def go(self, address: str) -> None:
        """Load a page and wait until its scripts have run."""
        self._browser.events.clear()
        self.call("Page.navigate", url=address)
        self._browser.wait_for("Page.loadEventFired")

    def type(self, field: str, text: str) -> None:
        """Replace the text of the field with this id."""
        self.evaluate(f"document.getElementById({field!r}).select()")
        self.call("Input.insertText", text=text)

    def press_enter(self) -> None:
        key = {"key": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, **key)

    def click(self, selector: str) -> None:
        """Click the middle of an element, which must be visible."""
        box = f"document.querySelector({selector!r}).getBoundingClientRect()"
        x, y, width = self.evaluate(
            f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2, width])({box})"
        )
        assert width > 0, "invisible"
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def wait_for_text(self, text: str) -> str:
        """The visible text of the page, once it contains ``text``."""
        return str(
            self.evaluate(
                f"""new Promise((resolve) => {{
                    const look = () => document.body.innerText.includes({json.dumps(text)})
                        ? resolve(document.body.innerText)
                        : requestAnimationFrame(look);
                    look();
                }})"""
            )
        )


class Chromium:
    """A browser that runs. ``events`` are those since the last page was loaded."""

    def __init__(self, commands: IO[bytes], answers: IO[bytes]) -> None:
        self._commands = commands
        self._answers = answers
        self._ids = count(1)
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session_id: str | None = None, **params: object) -> dict[str, Any]:
        """The result of a method of the protocol, which must succeed."""
        number = next(self._ids)
        message: dict[str, object] = {"id": number, "method": method, "params": params}
        if session_id is not None:
            message["sessionId"] = session_id
        self._commands.write(json.dumps(message).encode() + b"\0")
        self._commands.flush()
        while (answer := self._read()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def wait_for(self, event: str) -> None:
        """Wait for an event, unless it came already."""
        while not any(known["method"] == event for known in self.events):
            self.events.append(self._read())

    def new_page(self) -> Page:
        target = self.call("Target.createTarget", url="about:blank")
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self, attached["sessionId"])
        for domain in ("Page", "Log", "Runtime", "Network"):
            page.call(f"{domain}.enable")
        return page

    def _read(self) -> dict[str, Any]:
        message = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            assert byte, "Chromium ended"
            message += byte
        answer: dict[str, Any] = json.loads(message)
        return answer


@contextmanager
def chromium(folder: Path) -> Iterator[Chromium]:
    """Run a browser whose profile is in ``folder``. One that hangs is ended."""
    assert CHROMIUM is not None
    to_browser, from_browser = os.pipe(), os.pipe()
    given = (to_browser[0], from_browser[1])
    command = [sys.executable, "-c", _LAUNCHER, *map(str, given), CHROMIUM, *_OPTIONS]
    with (
        os.fdopen(to_browser[1], "wb") as commands,
        os.fdopen(from_browser[0], "rb") as answers,
        subprocess.Popen(
            [*command, f"--user-data-dir={folder}"],
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=given,
        ) as process,
    ):
        for descriptor in given:
            os.close(descriptor)
        watchdog = Timer(_SECONDS, process.kill)
        watchdog.start()
        browser = Chromium(commands, answers)
        try:
            yield browser
            browser.call("Browser.close")
            process.wait(_SECONDS)
        finally:
            watchdog.cancel()
            process.kill()
