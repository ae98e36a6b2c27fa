"""``POST /api/v1/customer/session/introspect``: the session check as RFC 7662 has it."""

import logging
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import quote, quote_plus, urlencode

import pytest
from support.doubles.failing_port import FailingPort
from support.http.api import Answer, Api
from support.http.customer_api import BASE, PASSWORD, add, log_in, the_problem

from cybershop_customer import OPERATOR, SettingsError, StoreFaultError, StoreUnavailableError
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.http import asking_services
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

INTROSPECT: Final = f"{BASE}/session/introspect"
OLD: Final = "0123456789abcdef0123456789ABCDEF"
NEW: Final = "b+C/9.~_-d0123456789abcdefghijklmnop=="
STOCK: Final = "zyxwvutsrqponmlkjihgfedcba9876543210"
TOKENS: Final = f"orders={OLD}, orders = {NEW},stock={STOCK}"
FORM: Final = "application/x-www-form-urlencoded"
FOREIGN: Final = f"{'a' * 43}.zoe"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, introspection_tokens=TOKENS)


def basic(name: str, secret: str) -> str:
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()


def ask(api: Api, form: str, authorization: str | None = f"Bearer {STOCK}", **more: str) -> Answer:
    """Send ``form`` as it is; ``more`` are headers, with _ for -."""
    headers = {"Content-Type": FORM}
    headers |= {} if authorization is None else {"Authorization": authorization}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    return api.post(INTROSPECT, body=form.encode("latin-1"), headers=headers)


def introspect(api: Api, token: str) -> dict[str, Any]:
    """What the service says about ``token``."""
    answer = ask(api, urlencode({"token": token}))
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    said: dict[str, Any] = answer.json
    return said


class TestWhatItSays:
    def test_a_live_session(self, api: Api, container: Container, clock: ManualClock) -> None:
        add(api, "zoe")
        for role in ("support", "admin"):
            container.services().roles.grant_role("zoe", role, actor=OPERATOR)
        issued = int(clock.now().timestamp())

        said = introspect(api, log_in(api, "zoe"))

        idle = container.settings().session_idle_seconds
        assert said == {
            "active": True,
            "sub": "zoe",
            "scope": "admin support",
            "token_type": "Bearer",
            "iat": issued,
            "exp": issued + idle,
        }

    def test_a_session_without_roles_has_no_scope(self, api: Api) -> None:
        add(api, "zoe")

        assert "scope" not in introspect(api, log_in(api, "zoe"))

    def test_its_use_keeps_a_session_alive(self, api: Api, clock: ManualClock) -> None:
        add(api, "zoe")
        context_id = log_in(api, "zoe")
        for _ in range(3):
            clock.advance(minutes=20)
            assert introspect(api, context_id)["active"]

    def test_no_expiry_is_rounded_up(self, api: Api, clock: ManualClock) -> None:
        add(api, "zoe")
        clock.advance(seconds=0.9)

        said = introspect(api, log_in(api, "zoe"))

        assert said["iat"] <= clock.now().timestamp()
        assert said["exp"] <= (clock.now() + timedelta(minutes=30)).timestamp()

    def test_of_a_session_that_ended_it_says_nothing(
        self, api: Api, admin: str, clock: ManualClock
    ) -> None:
        add(api, "zoe")
        out, old = log_in(api, "zoe"), log_in(api, "zoe")
        api.put(f"{BASE}/logoff", bearer=out)
        assert introspect(api, out) == {"active": False}

        clock.advance(minutes=31)
        assert introspect(api, old) == {"active": False}

        deleted = log_in(api, "zoe")
        api.delete(f"{BASE}/zoe", bearer=log_in(api, "admin", "admin's own"))
        assert introspect(api, deleted) == {"active": False}
        assert admin

    @pytest.mark.parametrize(
        "token", [FOREIGN, "eyJhbGciOi.J9.x", "ä", "\0", " ", "x" * 10_000, f"{FOREIGN} ", OLD]
    )
    def test_of_any_other_text_it_says_nothing(self, api: Api, token: str) -> None:
        assert introspect(api, token) == {"active": False}


class TestTheAskingService:
    @pytest.mark.parametrize(
        "authorization",
        [
            f"Bearer {OLD}",
            f"bearer  {NEW} ",
            basic("orders", OLD),
            basic("orders", NEW),
            # RFC 6749, 2.3.1, encodes the name and the secret as in a form.
            basic(quote_plus("orders"), quote_plus(NEW)),
            basic("stock", quote(STOCK)).replace("Basic", "BASIC"),
        ],
    )
    def test_each_secret_lets_its_service_ask(self, api: Api, authorization: str) -> None:
        assert ask(api, f"token={FOREIGN}", authorization).json == {"active": False}

    @pytest.mark.parametrize(
        "authorization",
        [
            None,
            "",
            "Bearer",
            f"Bearer {OLD[:-1]}",
            f"Bearer {OLD},{NEW}",
            f"Bearer orders={OLD}",
            "Bearer " + "\xe4" * 40,
            f"Digest {OLD}",
            "Basic",
            f"Basic {OLD}",
            "Basic \xe4",
            basic("orders", STOCK),
            basic("stock", OLD),
            basic("", OLD),
            basic("orders", ""),
            basic("nobody", OLD),
            basic(OLD, ""),
            basic("ORDERS", OLD),
            basic("orders", OLD + "\0"),
        ],
    )
    def test_no_other_credentials_do(self, api: Api, authorization: str | None) -> None:
        answer = ask(api, f"token={FOREIGN}", authorization)

        problem = the_problem(answer, 401, "introspection-refused")
        assert problem["error"] == "invalid_client"
        challenges = answer.headers["www-authenticate"]
        assert challenges.startswith('Basic realm="customer", Bearer realm="customer"')
        sent_bearer = (authorization or "").startswith("Bearer ")
        assert ('error="invalid_token"' in challenges) == sent_bearer
        assert OLD not in answer.body.decode()

    def test_neither_a_session_nor_an_admin_is_a_service(self, api: Api, admin: str) -> None:
        the_problem(ask(api, f"token={admin}", f"Bearer {admin}"), 401, "introspection-refused")

    @pytest.mark.parametrize("path", ["", "/session", "/session/feed", "/me"])
    def test_its_secret_opens_nothing_else(self, api: Api, path: str) -> None:
        assert api.get(f"{BASE}{path}", bearer=OLD).status in (401, 404, 405)

    def test_the_credentials_come_before_the_form(self, api: Api) -> None:
        answer = ask(api, "token=%", None, Content_Type="text/plain")

        the_problem(answer, 401, "introspection-refused")

    def test_every_secret_is_compared(
        self, container: Container, serve: Callable[[], Api], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """So the duration does not say which secret it was."""
        compared: list[bytes] = []

        def compare(sent: bytes, secret: bytes) -> bool:
            compared.append(secret)
            return compare_digest(sent, secret)

        monkeypatch.setattr(asking_services, "compare_digest", compare)

        for authorization in (f"Bearer {OLD}", basic("nobody", OLD)):
            compared.clear()
            ask(serve(), f"token={FOREIGN}", authorization)
            assert compared == [OLD.encode(), NEW.encode(), STOCK.encode()]


class TestTheForm:
    @pytest.mark.parametrize(
        "form",
        [
            "token={0}&token_type_hint=access_token",
            "token_type_hint=no+such+type&token={0}",
            "&token={0}&&other=%C3%A4&empty=&",
            "%74oken={0}",
            "token={0}&token_type_hint",
        ],
    )
    def test_the_token_is_found(self, api: Api, form: str) -> None:
        add(api, "zoe")
        encoded = quote_plus(log_in(api, "zoe")).replace("-", "%2d")

        assert ask(api, form.format(encoded)).json["active"]

    @pytest.mark.parametrize("charset", ["", "; charset=UTF-8", ';Charset="utf-8"', "; x=y"])
    def test_the_charset_is_utf_8(self, api: Api, charset: str) -> None:
        answer = ask(api, f"token={FOREIGN}", Content_Type=FORM.upper() + charset)

        assert answer.json == {"active": False}

    @pytest.mark.parametrize(
        "form",
        [
            "",
            "token=",
            "token",
            "Token=x",
            "token_type_hint=access_token",
            "token=x&token=x",
            "token=x&%74oken=y",
            "token=&token=x",
            "token=x&token_type_hint=a&token_type_hint=a",
            "token=x&secret=1&secret=2",
            "token=%",
            "token=%4",
            "token=%zz",
            "token=%ff",
            "to%ffken=x",
            "token=\xe4",
            "&".join(f"p{number}=1" for number in range(101)),
        ],
    )
    def test_any_other_form_is_malformed(self, api: Api, form: str) -> None:
        problem = the_problem(ask(api, form), 400, "malformed-message")

        assert problem["error"] == "invalid_request"
        assert "secret" not in problem["detail"]

    def test_the_token_must_not_stand_in_the_url(self, api: Api) -> None:
        for form in (b"", b"token=x"):
            answer = api.post(
                f"{INTROSPECT}?token={FOREIGN}",
                body=form,
                bearer=STOCK,
                headers={"Content-Type": FORM},
            )
            problem = the_problem(answer, 400, "malformed-message")
            assert "URL" in problem["detail"]
            assert FOREIGN not in str(problem)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Content_Type": "application/json"},
            {"Content_Type": "multipart/form-data; boundary=x"},
            {"Content_Type": f"{FORM}; charset=latin-1"},
            {"Content_Type": f"{FORM}; charset=utf-16"},
            {"Content_Encoding": "gzip"},
        ],
    )
    def test_another_type_or_coding_is_refused(self, api: Api, headers: dict[str, str]) -> None:
        answer = ask(api, f"token={FOREIGN}", **headers)

        problem = the_problem(answer, 415, "unsupported-media-type")
        assert problem["error"] == "invalid_request"
        if "Content_Type" in headers:
            assert answer.headers["accept"] == FORM

    def test_a_form_may_have_64_kb(self, api: Api) -> None:
        form = f"token={FOREIGN}&x="
        form += "x" * (64 * 1024 - len(form))
        assert ask(api, form).json == {"active": False}

        the_problem(ask(api, form + "x"), 413, "message-too-large")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_it_takes_only_post(api: Api, method: str) -> None:
    answer = api.request(method, f"{INTROSPECT}?token={FOREIGN}", bearer=STOCK)

    assert answer.status == 405
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("error", [StoreUnavailableError(7), StoreFaultError("no rights")])
def test_a_store_that_fails(
    container: Container, serve: Callable[[], Api], error: StoreUnavailableError | StoreFaultError
) -> None:
    """A session is not called inactive because it cannot be checked."""
    container.session_repository.override(FailingPort(error))

    answer = ask(serve(), f"token={FOREIGN}")

    if isinstance(error, StoreUnavailableError):
        the_problem(answer, 503, "store-unavailable")
        assert answer.headers["retry-after"] == "7"
    else:
        the_problem(answer, 500, "internal-error")


class TestOff:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, introspection_tokens=None)

    @pytest.mark.parametrize("authorization", [None, f"Bearer {OLD}", basic("orders", OLD)])
    def test_the_problem_says_how_to_switch_it_on(
        self, api: Api, authorization: str | None
    ) -> None:
        answer = ask(api, f"token={FOREIGN}", authorization)

        problem = the_problem(answer, 404, "introspection-off")
        assert "CUSTOMER_INTROSPECTION_TOKENS" in problem["detail"]


class TestTheLog:
    @pytest.fixture(autouse=True)
    def _level(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "cybershop_customer.http")

    def test_names_the_asking_service_and_the_customer(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        add(api, "zoe")
        context_id = log_in(api, "zoe")
        caplog.clear()

        for authorization, form in (
            (f"Bearer {NEW}", f"token={context_id}"),
            (basic("stock", STOCK), f"token={FOREIGN}"),
            (f"Bearer {OLD}", ""),
            (basic("orders", STOCK), f"token={context_id}"),
        ):
            ask(api, form, authorization)

        lines = [vars(line) for line in caplog.records if line.getMessage() == "request"]
        assert [(line["asking_service"], line["customer_id"]) for line in lines] == [
            ("orders", "zoe"),
            ("stock", None),
            ("orders", None),
            (None, None),
        ]
        written = "".join(str(vars(record)) for record in caplog.records)
        for secret in (OLD, NEW, STOCK, context_id, FOREIGN):
            assert secret not in written

    def test_warns_once_of_wrong_credentials(
        self, api: Api, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(3):
            ask(api, f"token={FOREIGN}", f"Bearer {OLD[:-1]}x")

        (warning,) = [line for line in caplog.records if line.levelno == logging.WARNING]
        assert "missing or wrong credentials of an asking service" in warning.getMessage()


@pytest.mark.parametrize("tokens", ["", "orders", f"orders:{OLD}", [], [f"orders={OLD}", "x"]])
def test_malformed_pairs_in_the_settings_are_refused(container: Container, tokens: Any) -> None:
    with pytest.raises(SettingsError, match="introspection_tokens"):
        create_app(container.services(), introspection_tokens=tokens)


def test_a_password_change_ends_it(api: Api, admin: str) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")
    api.put(f"{BASE}/zoe", {"password": f"{PASSWORD} 2"}, bearer=admin)

    assert introspect(api, context_id) == {"active": False}
