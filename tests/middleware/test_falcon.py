"""What is Falcon's own: which code needs a session, and which does not."""

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
    """Answers GET; counts how often it was run."""

    def __init__(self) -> None:
        self.runs = 0

    def on_get(self, req: falcon.Request, resp: falcon.Response, **_: object) -> None:
        self.runs += 1
        resp.media = {"session": req.context.session and req.context.session.customer_id}


@pytest.fixture
def app(checker: SessionChecker) -> falcon.App:
    """Protected; a test adds routes."""
    app = falcon.App()
    protect(app, checker)
    return app


@pytest.fixture
def api(app: falcon.App) -> Api:
    return Api(through_falcon_client(app))


def test_an_asgi_application_is_refused_with_the_way_to_go(checker: SessionChecker) -> None:
    with pytest.raises(TypeError, match=r"middleware\.asgi\.SessionMiddleware"):
        protect(falcon.asgi.App(), checker)


def test_over_http_it_is_the_same(checker: SessionChecker, zoe: str, ada: str) -> None:
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
    def test_a_resource_does(self, app: falcon.App, api: Api, zoe: str) -> None:
        thing = Thing()
        app.add_route("/thing/{name}", thing)

        the_problem(api.get("/thing/x"), 401, "session-refused")
        assert thing.runs == 0
        assert api.get("/thing/x", bearer=zoe).json == {"session": "zoe"}

    def test_a_sink_does(self, app: falcon.App, api: Api, zoe: str) -> None:
        thing = Thing()
        app.add_sink(thing.on_get, "/sink")

        the_problem(api.get("/sink/x"), 401, "session-refused")
        assert thing.runs == 0
        assert api.get("/sink/x", bearer=zoe).json == {"session": "zoe"}

    def test_a_static_route_does(self, app: falcon.App, api: Api, zoe: str, tmp_path: Any) -> None:
        (tmp_path / "list.txt").write_text("of prices")
        app.add_static_route("/files", tmp_path)

        the_problem(api.get("/files/list.txt"), 401, "session-refused")
        assert api.get("/files/list.txt", bearer=zoe).body == b"of prices"

    def test_a_resource_that_takes_itself_for_nothing_does(
        self, app: falcon.App, api: Api, zoe: str
    ) -> None:
        """Falcon calls no process_resource for a resource that is false."""

        class Empty(Thing):
            def __len__(self) -> int:
                return 0

        app.add_route("/empty", Empty())

        the_problem(api.get("/empty"), 401, "session-refused")
        assert api.get("/empty", bearer=zoe).json == {"session": "zoe"}

    def test_a_class_does_that_inherits_from_a_public_one(self, app: falcon.App, api: Api) -> None:
        @public
        class Open(Thing): ...

        class Closed(Open): ...

        app.add_route("/open", Open())
        app.add_route("/closed", Closed())

        assert api.get("/open").json == {"session": None}
        the_problem(api.get("/closed"), 401, "session-refused")

    def test_a_sink_of_a_class_does_that_inherits_from_a_public_one(
        self, app: falcon.App, api: Api
    ) -> None:
        @public
        class Open:
            def __call__(self, req: falcon.Request, resp: falcon.Response) -> None:
                resp.media = {"session": None}

        class Closed(Open): ...

        app.add_sink(Open(), "/open")
        app.add_sink(Closed(), "/closed")

        assert api.get("/open").json == {"session": None}
        the_problem(api.get("/closed"), 401, "session-refused")

    def test_what_stands_beside_a_public_responder_does(
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

    def test_a_suffixed_responder_is_judged_by_itself(self, app: falcon.App, api: Api) -> None:
        class Things(Thing):
            @public
            def on_get_list(self, req: falcon.Request, resp: falcon.Response) -> None:
                resp.media = []

        app.add_route("/things", Things(), suffix="list")
        app.add_route("/things/{name}", Things())

        assert api.get("/things").status == 200
        assert api.get("/things/x").status == 401

    def test_a_rewritten_path_is_judged_by_where_it_leads(self, checker: SessionChecker) -> None:
        """Even by middleware that was added later, as long as it leads to a resource."""

        class Rewrite:
            def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
                req.path = "/thing"

        app = falcon.App()
        protect(app, checker)
        app.add_middleware(Rewrite())
        app.add_route("/health", falcon_service.Health())
        app.add_route("/thing", Thing())

        assert TestClient(app).simulate_get("/health").status_code == 401

    def test_head_does_where_the_service_answers_it(self, app: falcon.App, api: Api) -> None:
        class Headed(Thing):
            on_head = Thing.on_get

        app.add_route("/headed", Headed())
        app.add_route("/thing", Thing())

        head = api.request("HEAD", "/headed")
        assert (head.status, head.body) == (401, b"")
        assert int(head.headers["content-length"]) > 200
        assert api.request("HEAD", "/thing").status == 405


class TestWhatFalconAnswers:
    """Without a session: no code of the service runs."""

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
    def test_a_whole_class_can_demand_a_role(
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
    def test_a_role_without_a_session_is_a_fault_of_the_program(
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


def test_the_services_own_request_id_wins(checker: SessionChecker) -> None:
    class Naming:
        def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
            resp.set_header("X-Request-ID", "the-services.own")

    app = falcon.App(middleware=[Naming()])
    protect(app, checker)
    app.add_route("/mine", falcon_service.Mine())
    api = Api(through_falcon_client(app))

    answer = api.get("/mine", headers={"X-Request-ID": "the-callers"})

    assert the_problem(answer, 401, "session-refused")["request_id"] == "the-services.own"


def test_credentials_can_be_read_anywhere(checker: SessionChecker, zoe: str) -> None:
    def from_cookie(req: falcon.Request) -> Credentials:
        return Credentials(req.cookies.get("session"))

    app = falcon.App()
    protect(app, checker, credentials=from_cookie)
    app.add_route("/mine", falcon_service.Mine())
    api = Api(through_falcon_client(app))

    assert api.get("/mine", headers={"Cookie": f"session={zoe}"}).json["customer_id"] == "zoe"
    assert api.get("/mine", bearer=zoe).status == 401


def test_credentials_do_not_show(zoe: str) -> None:
    assert zoe not in repr(Credentials(zoe, "zoe"))


def test_it_protects_what_was_routed_before(checker: SessionChecker) -> None:
    app = falcon.App()
    app.add_route("/mine", falcon_service.Mine())
    protect(app, checker)

    assert TestClient(app).simulate_get("/mine").status_code == 401


def test_a_refusal_leaves_nothing_of_an_answer_that_was_begun(
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


def test_while_sessions_cannot_be_checked_what_falcon_answers_is_answered() -> None:
    app = falcon.App()
    protect(app, FailingPort(CheckerUnavailableError()))

    assert TestClient(app).simulate_get("/nowhere").status_code == 404
