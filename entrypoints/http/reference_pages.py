"""The description of the interface at ``/openapi.json``, and its reference page at ``/docs``.

The page is Swagger UI. Its files come from the package offapi, and this service serves them, so
the page works without the internet.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import falcon

from ...adapters.extras import require_package, requires_extra
from .media_type import JSON

_PACKAGE: Final = __name__.rpartition(".")[0]
_MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
}
_HEADERS: Final = {
    # Scripts come from files of this service only, and no page may frame this one. Swagger UI has
    # some styles in its elements, and pictures in its style sheet.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
        " connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_OWN: Final = {"/docs": "docs.html", "/docs/page.css": "page.css", "/docs/page.js": "page.js"}
_SWAGGER_UI: Final = {
    "/docs/swagger-ui.css": "swagger_style.css",
    "/docs/swagger-ui-bundle.js": "swagger_bundle.js",
}


_REVALIDATE: Final = "no-cache"
"""A browser keeps the file, and asks each time whether it is still the same (RFC 9111, 5.2.2.4)."""


class ReferenceFile:
    """A file that ``GET`` answers, or 304 to a browser that has it (RFC 9110, 13.1.2)."""

    def __init__(self, content: bytes, media_type: str, headers: Mapping[str, str]) -> None:
        self._content = content
        self._media_type = media_type
        digest = urlsafe_b64encode(sha256(content).digest()[:12]).decode()
        self._headers = {**headers, "ETag": f'"{digest}"', "Cache-Control": _REVALIDATE}

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Read the file."""
        resp.set_headers(self._headers)
        if _has(req, self._headers["ETag"]):
            resp.status = HTTPStatus.NOT_MODIFIED
            return
        resp.content_type = self._media_type
        resp.data = self._content


def reference_files(description: Mapping[str, Any]) -> dict[str, ReferenceFile]:
    """The document ``description`` and the files of the page, by path.

    Raises:
        MissingExtraError: the package with Swagger UI is not installed.
    """
    with requires_extra("service"):
        require_package("offapi")
    own = files(_PACKAGE) / "reference"
    found = {path: (own / name).read_bytes() for path, name in _OWN.items()}
    found |= {path: (_swagger_ui() / name).read_bytes() for path, name in _SWAGGER_UI.items()}
    document = json.dumps(description, ensure_ascii=False).encode()
    return {
        "/openapi.json": ReferenceFile(document, JSON, {}),
        **{path: ReferenceFile(content, _type(path), _HEADERS) for path, content in found.items()},
    }


def _has(req: falcon.Request, tag: str) -> bool:
    """Whether the browser has the file with this tag. A tag that a proxy made weak counts too."""
    tags = (req.get_header("If-None-Match") or "").split(",")
    return any(each.strip().removeprefix("W/") in (tag, "*") for each in tags)


def _swagger_ui() -> Path:
    """The folder of the package. An import of it would load other pages too, 9 MB of text."""
    spec = find_spec("offapi")
    assert spec is not None  # noqa: S101 (reference_files looked for it)
    assert spec.origin is not None  # noqa: S101 (it is a package with files)
    return Path(spec.origin).parent


def _type(path: str) -> str:
    return _MEDIA_TYPES["html" if path == "/docs" else path.rpartition(".")[2]]
