"""The pages of the demo, to which the links in its mail lead.

They are also the example of what a front end does with such a link: ``docs/account.md``. A
deployment has a front end of its own, so only the demo serves them.
"""

from importlib.resources import files
from pathlib import PurePosixPath
from typing import Final

import falcon

_PACKAGE: Final = __name__.rpartition(".")[0]
_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
_HEADERS: Final = {
    # Scripts and styles come from files of this service only, and no page may frame these.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
_FILES: Final = {
    "/demo/verify-email": "verify-email.html",
    "/demo/verify-email.js": "verify-email.js",
    "/demo/reset-password": "reset-password.html",
    "/demo/reset-password.js": "reset-password.js",
    "/demo/link.js": "link.js",
    "/demo/pages.css": "pages.css",
}


class DemoFile:
    """One file of the demo's pages, which ``GET`` reads."""

    def __init__(self, name: str) -> None:
        self._content = files(_PACKAGE).joinpath("demo", name).read_bytes()
        self._media_type = _MEDIA_TYPES[PurePosixPath(name).suffix]

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Read the file."""
        resp.content_type = self._media_type
        resp.set_headers(_HEADERS)
        resp.data = self._content


def demo_files() -> dict[str, DemoFile]:
    """The files of the pages, by path."""
    return {path: DemoFile(name) for path, name in _FILES.items()}
