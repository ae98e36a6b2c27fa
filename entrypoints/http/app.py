"""Makes the WSGI application: its routes, middleware and error handlers."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final
from wsgiref.types import StartResponse, WSGIEnvironment

from ...adapters.extras import requires_extra

with requires_extra("service"):
    import falcon

from ...domain.errors import (
    CustomerServiceError,
    FieldFault,
    SettingsError,
    TooManyAttemptsError,
)
from ..demo_samples import LOGIN_EXAMPLE
from ..services import Services
from . import problem
from .account_resource import AccountResource, OwnEmailResource, OwnPasswordResource
from .api_description import describe_api
from .authorize_resource import AuthorizeResource
from .client_source import ClientSource
from .customer_resource import CustomerResource
from .demo_pages import demo_files
from .email_verification_resource import (
    EmailVerificationCompletionResource,
    EmailVerificationResource,
)
from .error_problems import problem_of_service_error, problem_of_unexpected_error
from .export_resource import OwnExportResource
from .gate_path import GATE, GatePathGuard
from .health_resource import LiveResource, ReadyResource
from .host_guard import LoopbackHostGuard
from .http_error import problem_from_http_error
from .introspection_resource import IntrospectionResource
from .log_resource import LogResource
from .own_sessions_resource import OwnSessionResource, OwnSessionsResource
from .password_reset_resource import PasswordResetCompletionResource, PasswordResetResource
from .quick_check import QuickCheck
from .reference_pages import reference_files
from .refusal_log import RefusalLog
from .request_log import RequestLog, assign_request_id
from .router import HeadRouter
from .session_feed_resource import SessionFeedResource
from .session_resource import (
    CustomerSessionsResource,
    LoginResource,
    LogoffResource,
    SessionResource,
)
from .throttle_resource import ThrottleResource
from .trusted_proxies import TrustedProxies

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from ...adapters.metrics.exposition import Exposition
    from ...adapters.metrics.service_metrics import ServiceMetrics
    from .request_metrics import RequestMetrics

__all__ = ["create_app"]

BASE: Final = "/api/v1/customer"


class _App(falcon.App[falcon.Request, falcon.Response]):
    """Falcon's application, with the quick way of the session check."""

    quick_check: QuickCheck | None = None
    """None where each request has a span, or has to name a loopback host."""

    def __call__(self, env: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        quick_check = self.quick_check
        if quick_check is not None and quick_check.is_usual(env):
            return quick_check.answer(env, start_response)
        return super().__call__(env, start_response)


def create_app(
    services: Services,
    *,
    feed_token: str | Collection[str] | None = None,
    introspection_tokens: str | Collection[str] | None = None,
    loopback_only: bool = False,
    trusted_proxies: str | None = None,
    demo_pages: bool = False,
    api_docs: bool = False,
    metrics: "ServiceMetrics | None" = None,
    metrics_page: "Exposition | None" = None,
    tracer: "Tracer | None" = None,
) -> "falcon.App[falcon.Request, falcon.Response]":
    """The WSGI application of ``services``. It reads no environment and starts no thread.

    Args:
        services: the use cases that the routes call.
        feed_token: the secret of the followers of the session change feed; or several, as one
            text with commas between them or as a collection, each of which opens the feed. None
            switches the feed off.
        introspection_tokens: the pairs ``name=secret`` of the services that may introspect
            sessions, in the form of ``CUSTOMER_INTROSPECTION_TOKENS`` or as a collection. None
            switches introspection off.
        loopback_only: whether to refuse requests whose header Host names another machine.
        trusted_proxies: the proxies whose headers name the client, in the form of
            ``CUSTOMER_TRUSTED_PROXIES``. None trusts no one: the client is the connection's peer.
        demo_pages: whether to serve the pages, below ``/demo``, to which the links in the demo's
            mail lead.
        api_docs: whether to serve the description of the interface at ``/openapi.json``, and its
            reference page at ``/docs``.
        metrics: where requests are counted; None counts nothing.
        metrics_page: what ``/metrics`` serves; None serves no such page.
        tracer: OpenTelemetry's, which makes a span of each request. None makes no spans.

    Raises:
        MissingExtraError: ``api_docs`` needs a package that is not installed.
        SettingsError: ``feed_token``, ``introspection_tokens`` or ``trusted_proxies`` is wrong.
    """
    client_source, refusal_log = ClientSource(_parse_proxies(trusted_proxies)), RefusalLog()
    request_log = RequestLog(client_source, refusal_log)
    router = HeadRouter()
    app = _App(router=router)
    request_metrics = _watch(app, router, request_log, metrics, tracer)
    if tracer is None and not loopback_only:
        app.quick_check = QuickCheck(
            services.session_check,
            client_source=client_source,
            request_log=request_log,
            refusal_log=refusal_log,
            count=None if request_metrics is None else request_metrics.count,
        )
    app.add_middleware(GatePathGuard())
    if loopback_only:
        app.add_middleware(LoopbackHostGuard())
    app.req_options.strip_url_path_trailing_slash = True

    app.add_error_handler(Exception, _on_unexpected_error)
    app.add_error_handler(falcon.HTTPError, _on_http_error)
    app.add_error_handler(problem.MessageError, _on_message_error)
    app.add_error_handler(CustomerServiceError, _on_service_error)

    customers = CustomerResource(services)
    app.add_route(BASE, customers)
    app.add_route(f"{BASE}/login", LoginResource(services))
    app.add_route(f"{BASE}/logoff", LogoffResource(services))
    app.add_route(f"{BASE}/session", SessionResource(services))
    for path in (GATE, f"{GATE}/{{path:path}}"):
        app.add_route(path, AuthorizeResource(services))
    app.add_route(f"{BASE}/session/feed", SessionFeedResource(services.session_feed, feed_token))
    introspection = IntrospectionResource(services.session_check, introspection_tokens)
    app.add_route(f"{BASE}/session/introspect", introspection)
    _add_own_routes(app, services)
    app.add_route(f"{BASE}/{{customer_id}}", customers, suffix="one")
    app.add_route(f"{BASE}/{{customer_id}}/sessions", CustomerSessionsResource(services))
    app.add_route(f"{BASE}/{{customer_id}}/log", LogResource(services))
    app.add_route(f"{BASE}/{{customer_id}}/throttle", ThrottleResource(services))
    if demo_pages:
        for path, file in demo_files().items():
            app.add_route(path, file)
    if metrics_page is not None:
        from .metrics_resource import MetricsResource  # noqa: PLC0415 (loads prometheus-client)

        app.add_route("/metrics", MetricsResource(metrics_page))
    for path in ("/livez", f"{BASE}/health"):
        app.add_route(path, LiveResource())
    app.add_route(f"{BASE}/readiness", ReadyResource(services.probe))
    app.add_route("/readyz", ReadyResource(services.probe))
    if api_docs:
        example = LOGIN_EXAMPLE if demo_pages else None
        description = describe_api(router.responders, login_example=example)
        for path, reference in reference_files(description).items():
            app.add_route(path, reference)
    # Compile now. Otherwise the first request compiles under a lock, which a fork could copy.
    router.find("/")
    return app


def _watch(
    app: "falcon.App[falcon.Request, falcon.Response]",
    router: HeadRouter,
    request_log: RequestLog,
    metrics: "ServiceMetrics | None",
    tracer: "Tracer | None",
) -> "RequestMetrics | None":
    """Let each request have a span, a line of the log, and be counted. Returns what counts them."""
    if tracer is not None:
        from .request_spans import RequestSpans  # noqa: PLC0415 (the extra otel)

        # It comes first, so that the line of the request has the trace.
        app.add_middleware(RequestSpans(tracer))
    app.add_middleware(request_log)
    if metrics is None:
        return None
    from .request_metrics import RequestMetrics  # noqa: PLC0415 (loads prometheus-client)

    request_metrics = RequestMetrics(metrics, router)
    app.add_middleware(request_metrics)
    return request_metrics


def _add_own_routes(app: "falcon.App[falcon.Request, falcon.Response]", services: Services) -> None:
    """The routes of what customers do for themselves."""
    own = f"{BASE}/me"
    app.add_route(own, AccountResource(services))
    app.add_route(f"{own}/password", OwnPasswordResource(services))
    app.add_route(f"{own}/email", OwnEmailResource(services))
    app.add_route(f"{own}/export", OwnExportResource(services))
    app.add_route(f"{own}/sessions", OwnSessionsResource(services))
    app.add_route(f"{own}/sessions/{{session_id}}", OwnSessionResource(services))
    reset = f"{BASE}/password-reset"
    app.add_route(reset, PasswordResetResource(services))
    app.add_route(f"{reset}/complete", PasswordResetCompletionResource(services))
    proof = f"{BASE}/email-verification"
    app.add_route(proof, EmailVerificationResource(services))
    app.add_route(f"{proof}/complete", EmailVerificationCompletionResource(services))


def _parse_proxies(text: str | None) -> TrustedProxies:
    try:
        return TrustedProxies() if text is None else TrustedProxies.parse(text)
    except ValueError as error:
        raise SettingsError([FieldFault("trusted_proxies", str(error))]) from None


def _on_service_error(
    req: falcon.Request, resp: falcon.Response, error: CustomerServiceError, _params: object
) -> None:
    if isinstance(error, TooManyAttemptsError):
        resp.context.budget = error.budget
    conditional = req.get_header("If-Match") is not None
    request_id = req.context.request_id
    _respond(req, resp, problem_of_service_error(error, request_id, conditional=conditional))


def _on_message_error(
    req: falcon.Request, resp: falcon.Response, error: problem.MessageError, _params: object
) -> None:
    _respond(req, resp, problem.problem_from_message_error(error))


def _on_http_error(
    req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, _params: object
) -> None:
    # Falcon refuses the method WEBSOCKET before it calls the middleware.
    assign_request_id(req, resp)
    _respond(req, resp, problem_from_http_error(error))


def _on_unexpected_error(
    req: falcon.Request, resp: falcon.Response, error: Exception, _params: object
) -> None:
    _respond(req, resp, problem_of_unexpected_error(error, req.context.request_id))


def _respond(req: falcon.Request, resp: falcon.Response, answer: problem.Problem) -> None:
    resp.context.problem = answer.type.name
    resp.status = answer.type.status
    resp.content_type = problem.MEDIA_TYPE
    resp.set_headers(dict(answer.headers))
    resp.data = answer.encoded(req.context.request_id)
