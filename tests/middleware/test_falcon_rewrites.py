"""The responder that Falcon runs decides what is public, even if middleware changes the request."""

from collections.abc import Callable
from typing import Any

import falcon
import pytest
from falcon.testing import TestClient

from cybershop_customer import SessionChecker
from cybershop_customer.entrypoints.middleware.falcon import protect, public

Rewrite = Callable[[falcon.Request], None]


class Things:
    """GET is public, POST is not. It counts calls without a session."""

    def __init__(self) -> None:
        self.posts = 0

    @public
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = []

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self.posts += 1


class Orders(Things):
    """No method is public."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self.posts += 1


class AtTheResource:
    """Rewrites a request after Falcon has found the responder."""

    def __init__(self, rewrite: Rewrite) -> None:
        self.rewrite = rewrite

    def process_resource(self, req: Any, resp: Any, resource: object, params: Any) -> None:
        self.rewrite(req)


def to_get(req: falcon.Request) -> None:
    req.method = "GET"


def to_things(req: falcon.Request) -> None:
    req.path = "/things"


@pytest.mark.parametrize(
    ("method", "path", "rewrite"), [("POST", "/things", to_get), ("GET", "/orders", to_things)]
)
def test_a_request_that_is_rewritten_after_routing_is_checked(
    checker: SessionChecker, method: str, path: str, rewrite: Rewrite
) -> None:
    app = falcon.App(middleware=[AtTheResource(rewrite)])
    protect(app, checker)
    things, orders = Things(), Orders()
    app.add_route("/things", things)
    app.add_route("/orders", orders)

    answer = TestClient(app).simulate_request(method, path)

    assert (answer.status_code, things.posts, orders.posts) == (401, 0, 0)
    assert TestClient(app).simulate_get("/things").status_code == 200
