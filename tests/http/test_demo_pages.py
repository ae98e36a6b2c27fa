"""The demo serves the pages to which the links in its mail lead; no deployment does."""

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from support.http.api import Api
from support.http.customer_api import the_problem
from support.http.transports import in_process

from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.service_application import make_application

PAGES = ["/demo/verify-email", "/demo/reset-password"]
FILES = [*PAGES, *(f"{page}.js" for page in PAGES), "/demo/link.js", "/demo/pages.css"]


@pytest.fixture
def api() -> Iterator[Api]:
    """The demo's application."""
    with in_process(create_app(memory_container().services(), demo_pages=True)) as send:
        yield Api(send)


def test_every_file_of_the_folder_is_served(api: Api) -> None:
    folder = files("cybershop_customer.entrypoints.http") / "demo"
    served = {api.get(path).body for path in FILES}

    assert served == {file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("path", FILES)
def test_a_browser_loads_nothing_from_elsewhere_and_tells_no_one_the_address(
    api: Api, path: str
) -> None:
    answer = api.get(path)

    assert answer.status == 200
    policy = answer.headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe|https?:|\*", answer.headers["content-security-policy"])
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_script_or_style_within(api: Api, page: str) -> None:
    text = api.get(f"{page}/").body.decode()

    assert f'<script type="module" src="{page}.js"></script>' in text
    assert re.findall(r"<style|style=| on\w+=|https?:", text) == []
    assert re.findall(r'(?:src|href)="(?!/demo/|data:,)', text) == []


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/demo/reset-password", "text/html"),
        ("/demo/link.js", "text/javascript"),
        ("/demo/pages.css", "text/css"),
    ],
)
def test_head_and_other_methods_are_answered_as_on_other_routes(
    api: Api, path: str, media_type: str
) -> None:
    head = api.request("HEAD", path)

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-type"] == f"{media_type}; charset=utf-8"
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        refused = api.request(method, path, {"token": "x"})
        the_problem(refused, 405, "method-not-allowed")
        assert refused.headers["allow"] == "GET, HEAD, OPTIONS"
    assert api.request("OPTIONS", path).status == 200


@pytest.mark.parametrize("path", ["/demo", "/demo/", "/demo/link.css", "/demo/../app.py"])
def test_there_is_nothing_else_below_demo(api: Api, path: str) -> None:
    the_problem(api.get(path), 404, "not-found")


@pytest.mark.parametrize("demo", [False, True])
def test_only_the_demo_has_them(demo: bool) -> None:
    application = make_application({"CUSTOMER_STORAGE": "memory"}, demo=demo)
    try:
        with in_process(application) as send:
            statuses = {Api(send).get(path, headers={"Host": "localhost"}).status for path in FILES}
    finally:
        application.stop()

    assert statuses == {200 if demo else 404}
