"""Reading a body under any WSGI server: a body is never mistaken for an empty one."""

import json
from io import BytesIO
from typing import Any, Final

import falcon
import pytest

from cybershop_customer import SessionChecker
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.body import ShortBodyError, read_body
from cybershop_customer.entrypoints.http.problem import MessageError
from cybershop_customer.entrypoints.middleware.falcon import from_message, protect
from cybershop_customer.entrypoints.testkit.session_checker import MemorySessionChecker

LIMIT: Final = 10


class Input(BytesIO):
    """Gives one byte at a time, as some servers do, and raises ``cut`` at the end."""

    def __init__(self, body: bytes, cut: Exception | None = None) -> None:
        super().__init__(body)
        self._cut = cut

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0, "a read without a limit may wait for ever"
        part = super().read(1)
        if not part and self._cut is not None:
            raise self._cut
        return part


class Unreadable:
    """An input that must not be read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("read")


def environ(body: Any, **more: Any) -> dict[str, Any]:
    names = {"TE": "HTTP_TRANSFER_ENCODING", "terminated": "wsgi.input_terminated"}
    given = {names.get(name, name): value for name, value in more.items()}
    return {"wsgi.input": body, **given}


@pytest.mark.parametrize(
    "more",
    [
        {"CONTENT_LENGTH": "5"},
        {"CONTENT_LENGTH": "5", "terminated": True},
        {"TE": "chunked", "terminated": True},
        {"TE": "chunked", "CONTENT_LENGTH": "2", "terminated": True},
        {"terminated": True, "SERVER_PROTOCOL": "HTTP/2"},
    ],
)
def test_the_whole_body_is_read(more: dict[str, Any]) -> None:
    assert read_body(environ(Input(b"hello"), **more), LIMIT) == b"hello"


def test_a_body_ends_where_its_length_says() -> None:
    body = Input(b"hello, next request")

    assert read_body(environ(body, CONTENT_LENGTH="5"), LIMIT) == b"hello"
    assert BytesIO.read(body) == b", next request"


@pytest.mark.parametrize(
    "more", [{}, {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "0"}, {"HTTP_TRANSFER_ENCODING": ""}]
)
def test_a_request_without_a_body_reads_nothing(more: dict[str, Any]) -> None:
    assert read_body(environ(Unreadable(), **more), LIMIT) == b""


@pytest.mark.parametrize("more", [{}, {"CONTENT_LENGTH": "2"}, {"terminated": False}])
@pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "identity"])
def test_a_body_whose_end_is_unknown_is_refused_and_not_read(
    coding: str, more: dict[str, Any]
) -> None:
    with pytest.raises(MessageError) as refused:
        read_body(environ(Unreadable(), TE=coding, **more), LIMIT)

    assert (refused.value.type.name, refused.value.type.status) == ("length-required", 411)
    assert "Content-Length" in refused.value.detail


def test_a_body_whose_length_is_too_large_is_refused_and_not_read() -> None:
    with pytest.raises(MessageError) as refused:
        read_body(environ(Unreadable(), CONTENT_LENGTH="11"), LIMIT)

    assert refused.value.type.name == "message-too-large"


def test_a_body_of_unknown_length_is_read_up_to_the_limit() -> None:
    assert read_body(environ(Input(b"x" * 10), TE="chunked", terminated=True), LIMIT) == b"x" * 10
    endless = Input(b"x" * 1000)
    with pytest.raises(MessageError) as refused:
        read_body(environ(endless, TE="chunked", terminated=True), LIMIT)

    assert refused.value.type.name == "message-too-large"
    assert endless.tell() == 11


@pytest.mark.parametrize(
    "length", ["+5", "-5", "5, 5", "0x5", "five", "5.0", " 5", "\u0665", "9" * 99]
)
def test_a_malformed_length_is_refused_and_the_body_is_not_read(length: str) -> None:
    with pytest.raises(MessageError) as refused:
        read_body(environ(Unreadable(), CONTENT_LENGTH=length), LIMIT)

    assert refused.value.type.name == "malformed-message"


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (Input(b"hell"), {"CONTENT_LENGTH": "5"}),
        (Input(b""), {"CONTENT_LENGTH": "5", "terminated": True}),
        (Input(b"hell", OSError("closed")), {"CONTENT_LENGTH": "5"}),
        (Input(b"hell", OSError("closed")), {"TE": "chunked", "terminated": True}),
        (Input(b"", ValueError("no chunk")), {"TE": "chunked", "terminated": True}),
        # gunicorn raises its own error for a malformed chunk.
        (Input(b"hell", Exception("chunk")), {"TE": "chunked", "terminated": True}),
        (Input(b""), {"TE": "chunked", "terminated": True}),
    ],
)
def test_an_incomplete_body_is_refused(body: Input, more: dict[str, Any]) -> None:
    with pytest.raises(ShortBodyError) as refused:
        read_body(environ(body, **more), LIMIT)

    assert refused.value.type.name == "malformed-message"
    assert refused.value.received == body.tell()


class TestTheService:
    """The application, called as a WSGI server calls it."""

    def call(self, app: Any, method: str, path: str, bearer: str, **more: Any) -> tuple[int, Any]:
        started: list[str] = []
        given = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": f"/api/v1/customer{path}",
            "QUERY_STRING": "",
            "SERVER_NAME": "shop.test",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/json",
            "HTTP_AUTHORIZATION": f"Bearer {bearer}",
            "wsgi.url_scheme": "http",
            "wsgi.errors": None,
            **more,
        }
        body = b"".join(app(given, lambda status, headers, *_: started.append(status)))
        return int(started[0].split()[0]), json.loads(body)

    @pytest.fixture
    def services(self) -> Any:
        services = memory_container().services()
        services.customers.add_customer(
            customer_id="zoe", email="zoe@shop.example", password="old horse"
        )
        services.roles.ensure_admin("boss", "boss's own")
        return services

    @pytest.fixture
    def admin(self, services: Any) -> str:
        context_id: str = services.sessions.login(
            customer_id="boss", password="boss's own"
        ).context_id
        return context_id

    @pytest.mark.parametrize("terminated", [True, False])
    def test_a_chunked_update_changes_the_password_or_is_refused(
        self, services: Any, admin: str, terminated: bool
    ) -> None:
        chunked = environ(Input(b'{"password": "new horse"}'), TE="chunked", terminated=terminated)
        status, _ = self.call(create_app(services), "PUT", "/zoe", admin, **chunked)

        assert status == (200 if terminated else 411)
        password = "new horse" if terminated else "old horse"
        assert services.sessions.login(customer_id="zoe", password=password)

    @pytest.mark.parametrize("terminated", [True, False])
    def test_a_chunked_deletion_that_names_another_customer_is_refused(
        self, services: Any, admin: str, terminated: bool
    ) -> None:
        chunked = environ(Input(b'{"customer_id": "ann"}'), TE="chunked", terminated=terminated)
        status, problem = self.call(create_app(services), "DELETE", "/zoe", admin, **chunked)

        assert status == (400 if terminated else 411), problem
        assert services.sessions.login(customer_id="zoe", password="old horse")


class TestTheFalconMiddleware:
    """``from_message`` reads the body in the same way, and leaves it to the responder."""

    @pytest.fixture
    def app(self, checker: SessionChecker) -> Any:
        class Products:
            def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
                session = req.context.session.customer_id
                resp.media = {"by": session, "message": req.get_media(None)}

        app = falcon.App()
        protect(app, checker, credentials=from_message)
        app.add_route("/api/v1/customer/products", Products())
        return app

    @pytest.fixture
    def checker(self) -> MemorySessionChecker:
        return MemorySessionChecker()

    call = TestTheService.call

    @pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
    def test_the_credentials_in_a_chunked_message_are_read(
        self, app: Any, checker: MemorySessionChecker, start: bytes
    ) -> None:
        message = {"context_id": checker.open_session("zoe"), "name": "an apple"}
        body = Input(start + json.dumps(message).encode())
        chunked = environ(body, TE="chunked", terminated=True)

        status, found = self.call(app, "PUT", "/products", "", **{**chunked, **no_bearer})

        assert (status, found) == (200, {"by": "zoe", "message": message})

    def test_a_chunked_message_with_the_id_of_another_customer_is_refused(
        self, app: Any, checker: MemorySessionChecker
    ) -> None:
        zoe = checker.open_session("zoe")
        chunked = environ(Input(b'{"customer_id": "ann"}'), TE="chunked", terminated=True)

        assert self.call(app, "PUT", "/products", zoe, **chunked)[0] == 401

    @pytest.mark.parametrize(
        ("more", "status"),
        [
            ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
            ({"CONTENT_LENGTH": "50"}, 400),
            ({"CONTENT_LENGTH": "3", "CONTENT_TYPE": "application/json; charset=utf-16"}, 415),
            ({"CONTENT_LENGTH": "3", "HTTP_CONTENT_ENCODING": "gzip"}, 415),
            ({"CONTENT_LENGTH": "3"}, 200),
        ],
    )
    def test_an_unreadable_body_is_refused(
        self, app: Any, checker: MemorySessionChecker, more: dict[str, str], status: int
    ) -> None:
        zoe = checker.open_session("zoe")

        found = self.call(app, "PUT", "/products", zoe, **environ(Input(b"{ }"), **more))

        assert found[0] == status, found

    def test_a_body_that_earlier_middleware_read_is_kept(
        self, checker: MemorySessionChecker
    ) -> None:
        class Reader:
            def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
                req.get_media()

        app = falcon.App(middleware=[Reader()])
        protect(app, checker, credentials=from_message)
        app.add_route("/api/v1/customer/products", Echo())
        zoe = checker.open_session("zoe")
        body = json.dumps({"context_id": zoe}).encode()
        more = {"CONTENT_LENGTH": str(len(body)), **no_bearer}

        found = self.call(app, "PUT", "/products", "", **environ(BytesIO(body), **more))

        assert found == (200, {"by": "zoe"})


class Echo:
    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"by": req.context.session.customer_id}


no_bearer: Final = {"HTTP_AUTHORIZATION": None}
