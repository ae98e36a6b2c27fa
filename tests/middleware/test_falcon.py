"""The Falcon middleware: the code that needs a session."""

from typing import Any

import falcon
import falcon.asgi
import pytest
from falcon.testing import TestClient
from support.doubles.failing_port import FailingPort
from support.http.api import Api
from support.http.customer_api import the_problem
from support.http.transports import over_waitress
from support.protected import falcon_service
from support.protected.falcon_service import through_falcon_client

from cybershop_customer import CheckerUnavailableError, SessionChecker
from cybershop_customer.entrypoints.middleware.falcon import (
    Credentials,
    protect,
    public,
    require,
)


class Thing:
    """Answers GET, and counts its calls."""

    def __init__(self) -> None:
        self.runs = 0

    def on_get(self, req: falcon.Request, resp: falcon.Response, **_: object) -> None:
        self.runs += 1
        resp.media = {"session": req.context.session and req.context.session.customer_id}


@pytest.fixture
def app(checker: SessionChecker) -> falcon.App:
    """A protected application. Each test adds routes."""
    app = falcon.App()
    protect(app, checker)
    return app


@pytest.fixture
def api(app: falcon.App) -> Api:
    return Api(through_falcon_client(app))


def test_an_asgi_application_is_refused_with_advice(checker: SessionChecker) -> None:
    with pytest.raises(TypeError, match=r"middleware\.asgi\.SessionMiddleware"):
        protect(falcon.asgi.App(), checker)


def test_it_works_over_http(checker: SessionChecker, zoe: str, ada: str) -> None:
    with over_waitress(falcon_service.make_app(checker)) as send:
        api = Api(send)

        the_problem(api.get("/mine"), 401, "session-refused")
        assert api.get("/mine", bearer=zoe).json["customer_id"] == "zoe"
        the_problem(api.post("/products", {"a": 1}, bearer=zoe), 403, "role-required")
        assert api.post("/products", {"a": 1}, bearer=ada).json == {"a": 1}
        the_problem(
            api.get("/mine", headers={"Authorization": f"Bearer {zoe}, Bearer {zoe}"}),
            401,
            "session-refused",
        )


class TestWhatNeedsASession:
    def test_a_resource_needs_a_session(self, app: falcon.App, api: Api, zoe: str) -> None:
        thing = Thing()
        app.add_route("/thing/{name}", thing)

        the_problem(api.get("/thing/x"), 401, "session-refused")
        assert thing.runs == 0
        assert api.get("/thing/x", bearer=zoe).json == {"session": "zoe"}

    def test_a_sink_needs_a_session(self, app: falcon.App, api: Api, zoe: str) -> None:
        thing = Thing()
        app.add_sink(thing.on_get, "/sink")

        the_problem(api.get("/sink/x"), 401, "session-refused")
        assert thing.runs == 0
        assert api.get("/sink/x", bearer=zoe).json == {"session": "zoe"}

    def test_a_static_route_needs_a_session(
        self, app: falcon.App, api: Api, zoe: str, tmp_path: Any
    ) -> None:
        (tmp_path / "list.txt").write_text("of prices")
        app.add_static_route("/files", tmp_path)

        the_problem(api.get("/files/list.txt"), 401, "session-refused")
        assert api.get("/files/list.txt", bearer=zoe).body == b"of prices"

    def test_a_resource_that_is_false_needs_a_session(
        self, app: falcon.App, api: Api, zoe: str
    ) -> None:
        """Falcon calls no process_resource for a resource that is false."""

        class Empty(Thing):
            def __len__(self) -> int:
                return 0

        app.add_route("/empty", Empty())

        the_problem(api.get("/empty"), 401, "session-refused")
        assert api.get("/empty", bearer=zoe).json == {"session": "zoe"}

    def test_a_subclass_of_a_public_resource_needs_a_session(
        self, app: falcon.App, api: Api
    ) -> None:
        @public
        class Open(Thing): ...

        class Closed(Open): ...

        app.add_route("/open", Open())
        app.add_route("/closed", Closed())

        assert api.get("/open").json == {"session": None}
        the_problem(api.get("/closed"), 401, "session-refused")

    def test_a_subclass_of_a_public_sink_needs_a_session(self, app: falcon.App, api: Api) -> None:
        @public
        class Open:
            def __call__(self, req: falcon.Request, resp: falcon.Response) -> None:
                resp.media = {"session": None}

        class Closed(Open): ...

        app.add_sink(Open(), "/open")
        app.add_sink(Closed(), "/closed")

        assert api.get("/open").json == {"session": None}
        the_problem(api.get("/closed"), 401, "session-refused")

    def test_other_responders_of_the_resource_need_a_session(
        self, app: falcon.App, api: Api, ada: str
    ) -> None:
        class Products:
            @public
            def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
                resp.media = []

            @falcon.before(require("admin"))
            def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
                resp.media = req.context.session.customer_id

        app.add_route("/products", Products())

        assert api.get("/products").json == []
        the_problem(api.post("/products", {}), 401, "session-refused")
        assert api.post("/products", {}, bearer=ada).json == "ada"

    def test_a_suffixed_responder_has_its_own_mark(self, app: falcon.App, api: Api) -> None:
        class Things(Thing):
            @public
            def on_get_list(self, req: falcon.Request, resp: falcon.Response) -> None:
                resp.media = []

        app.add_route("/things", Things(), suffix="list")
        app.add_route("/things/{name}", Things())

        assert api.get("/things").status == 200
        assert api.get("/things/x").status == 401

    def test_a_rewritten_path_is_checked_as_the_new_path(self, checker: SessionChecker) -> None:
        """This includes later middleware, if the new path leads to a resource."""

        class Rewrite:
            def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
                req.path = "/thing"

        app = falcon.App()
        protect(app, checker)
        app.add_middleware(Rewrite())
        app.add_route("/health", falcon_service.Health())
        app.add_route("/thing", Thing())

        assert TestClient(app).simulate_get("/health").status_code == 401

    def test_head_needs_a_session_if_the_service_answers_it(
        self, app: falcon.App, api: Api
    ) -> None:
        class Headed(Thing):
            on_head = Thing.on_get

        app.add_route("/headed", Headed())
        app.add_route("/thing", Thing())

        head = api.request("HEAD", "/headed")
        assert (head.status, head.body) == (401, b"")
        assert int(head.headers["content-length"]) > 200
        assert api.request("HEAD", "/thing").status == 405


class TestWhatFalconAnswers:
    """Falcon answers these without a session, because no code of the service runs."""

    def test_no_such_path(self, api: Api) -> None:
        assert api.get("/nowhere").status == 404

    def test_no_such_method(self, app: falcon.App, api: Api) -> None:
        app.add_route("/thing", Thing())

        assert api.post("/thing", {}).status == 405

    def test_options(self, app: falcon.App, api: Api) -> None:
        app.add_route("/thing", Thing())

        answer = api.request("OPTIONS", "/thing")

        assert (answer.status, answer.headers["allow"]) == (200, "GET")

    def test_options_that_the_service_answers_need_a_session(
        self, app: falcon.App, api: Api
    ) -> None:
        class Own(Thing):
            def on_options(self, req: falcon.Request, resp: falcon.Response) -> None:
                resp.media = "own"

        app.add_route("/own", Own())

        the_problem(api.request("OPTIONS", "/own"), 401, "session-refused")

    @pytest.mark.parametrize("order", ["before", "enabled", "after"])
    def test_a_preflight(self, checker: SessionChecker, order: str) -> None:
        cors = falcon.CORSMiddleware(allow_origins="https://shop.test")
        app = falcon.App(
            middleware=[cors] if order == "before" else [], cors_enable=order == "enabled"
        )
        protect(app, checker)
        if order == "after":
            app.add_middleware(cors)
        app.add_route("/mine", falcon_service.Mine())
        api = Api(through_falcon_client(app))
        origin = {"Origin": "https://shop.test"}

        preflight = api.request(
            "OPTIONS", "/mine", headers={**origin, "Access-Control-Request-Method": "GET"}
        )
        refused = api.get("/mine", headers=origin)

        assert preflight.status == 200
        assert preflight.headers["access-control-allow-methods"] == "GET"
        the_problem(refused, 401, "session-refused")
        assert "access-control-allow-origin" in refused.headers


class TestRequire:
    def test_a_resource_class_can_demand_a_role(
        self, app: falcon.App, api: Api, zoe: str, ada: str
    ) -> None:
        @falcon.before(require("admin"))
        class Admins(Thing):
            def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
                resp.media = "deleted"

        app.add_route("/admins", Admins())

        for request in (api.get, api.delete):
            the_problem(request("/admins"), 401, "session-refused")
            the_problem(request("/admins", bearer=zoe), 403, "role-required")
            assert request("/admins", bearer=ada).status == 200

    @pytest.mark.parametrize("protected", [True, False])
    def test_a_role_without_a_session_is_an_error_in_the_program(
        self,
        checker: SessionChecker,
        ada: str,
        capsys: pytest.CaptureFixture[str],
        *,
        protected: bool,
    ) -> None:
        @public
        @falcon.before(require("admin"))
        class Thing(falcon_service.Mine): ...

        app = falcon.App()
        if protected:
            protect(app, checker)
        app.add_route("/thing", Thing())

        answer = TestClient(app).simulate_get("/thing", headers={"Authorization": f"Bearer {ada}"})

        assert answer.status_code == 500
        assert "no session here" in capsys.readouterr().err


def test_a_request_id_of_the_service_is_kept(checker: SessionChecker) -> None:
    class Naming:
        def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
            resp.set_header("X-Request-ID", "the-services.own")

    app = falcon.App(middleware=[Naming()])
    protect(app, checker)
    app.add_route("/mine", falcon_service.Mine())
    api = Api(through_falcon_client(app))

    answer = api.get("/mine", headers={"X-Request-ID": "the-callers"})

    assert the_problem(answer, 401, "session-refused")["request_id"] == "the-services.own"


def test_a_function_can_read_the_credentials_from_a_cookie(
    checker: SessionChecker, zoe: str
) -> None:
    def from_cookie(req: falcon.Request) -> Credentials:
        return Credentials(req.cookies.get("session"))

    app = falcon.App()
    protect(app, checker, credentials=from_cookie)
    app.add_route("/mine", falcon_service.Mine())
    api = Api(through_falcon_client(app))

    assert api.get("/mine", headers={"Cookie": f"session={zoe}"}).json["customer_id"] == "zoe"
    assert api.get("/mine", bearer=zoe).status == 401


def test_the_text_of_credentials_has_no_secret(zoe: str) -> None:
    assert zoe not in repr(Credentials(zoe, "zoe"))


def test_it_protects_routes_that_were_added_before(checker: SessionChecker) -> None:
    app = falcon.App()
    app.add_route("/mine", falcon_service.Mine())
    protect(app, checker)

    assert TestClient(app).simulate_get("/mine").status_code == 401


def test_a_refusal_replaces_the_headers_and_body_set_before(
    app: falcon.App, api: Api, zoe: str
) -> None:
    class Begun:
        def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
            resp.media = {"cost price": 1}
            resp.content_type = "text/html"
            req.context.session.require("admin")

    app.add_route("/begun", Begun())

    answer = api.get("/begun", bearer=zoe)

    the_problem(answer, 403, "role-required")
    assert b"cost" not in answer.body


def test_during_an_outage_falcon_still_answers_by_itself() -> None:
    app = falcon.App()
    protect(app, FailingPort(CheckerUnavailableError()))

    assert TestClient(app).simulate_get("/nowhere").status_code == 404
