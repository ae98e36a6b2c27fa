"""The protected service in Falcon."""

import falcon
import falcon.testing
from support.http.api import Answer, Request, Send
from support.protected.view import seen_by_view

from cybershop_customer import SessionChecker
from cybershop_customer.entrypoints.middleware.falcon import protect, public, require, session_of


class Mine:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        session = session_of(req)
        resp.media = seen_by_view(session)


class Products:
    @falcon.before(require("admin"))
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.data = req.bounded_stream.read()


@public
class Health:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"session": req.context.session}


@public
def below(req: falcon.Request, resp: falcon.Response) -> None:
    resp.media = {"session": req.context.session}


def make_app(checker: SessionChecker) -> falcon.App:
    app = falcon.App()
    protect(app, checker)
    app.add_route("/mine", Mine())
    app.add_route("/products", Products())
    app.add_route("/health", Health())
    app.add_sink(below, "/open/")
    return app


def through_falcon_client(app: falcon.App) -> Send:
    client = falcon.testing.TestClient(app)

    def send(request: Request) -> Answer:
        headers = list(request.headers)
        found = client.simulate_request(
            request.method, request.target, headers=headers, body=request.body or None
        )
        lower = {name.lower(): value for name, value in found.headers.items()}
        return Answer(found.status_code, lower, found.content)

    return send


def service(checker: SessionChecker) -> Send:
    return through_falcon_client(make_app(checker))
