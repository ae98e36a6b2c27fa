"""Makes the WSGI application: its routes, middleware and error handlers."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from ...adapters.extras import requires_extra

with requires_extra("service"):
    import falcon

from ...domain.errors import (
    CustomerServiceError,
    FieldFault,
    SettingsError,
    StoreFaultError,
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
from .export_resource import OwnExportResource
from .gate_path import GATE, GatePathGuard
from .health_resource import LiveResource, ReadyResource
from .host_guard import LoopbackHostGuard
from .http_error import problem_from_http_error
from .introspection_resource import IntrospectionResource
from .log_resource import LogResource
from .own_sessions_resource import OwnSessionResource, OwnSessionsResource
from .password_reset_resource import PasswordResetCompletionResource, PasswordResetResource
from .reference_pages import reference_files
from .refusal_log import RefusalLog
from .request_log import LOGGER, RequestLog, assign_request_id
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

__all__ = ["create_app"]

BASE: Final = "/api/v1/customer"


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
    request_log = RequestLog(ClientSource(_parse_proxies(trusted_proxies)), RefusalLog())
    router = HeadRouter()
    app = falcon.App(router=router)
    _watch(app, router, request_log, metrics, tracer)
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
) -> None:
    """Let each request have a span, a line of the log, and be counted."""
    if tracer is not None:
        from .request_spans import RequestSpans  # noqa: PLC0415 (the extra otel)

        # It comes first, so that the line of the request has the trace.
        app.add_middleware(RequestSpans(tracer))
    app.add_middleware(request_log)
    if metrics is not None:
        from .request_metrics import RequestMetrics  # noqa: PLC0415 (loads prometheus-client)

        app.add_middleware(RequestMetrics(metrics, router))


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
    conditional = req.get_header("If-Match") is not None
    answer = problem.problem_from_service_error(error, conditional=conditional)
    if answer.type is problem.INTERNAL_ERROR:
        extra = {"request_id": req.context.request_id}
        if isinstance(error, StoreFaultError):
            # An operator fixes this in the store; a trace of this code does not help.
            LOGGER.error("the request failed: %s", error, extra=extra)
        else:
            LOGGER.error("the request failed", exc_info=error, extra=extra)
    if isinstance(error, TooManyAttemptsError):
        resp.context.budget = error.budget
    _respond(req, resp, answer)


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
    LOGGER.error("the request failed", exc_info=error, extra={"request_id": req.context.request_id})
    _respond(req, resp, problem.internal_error())


def _respond(req: falcon.Request, resp: falcon.Response, answer: problem.Problem) -> None:
    resp.context.problem = answer.type.name
    resp.status = answer.type.status
    resp.content_type = problem.MEDIA_TYPE
    resp.set_headers(dict(answer.headers))
    resp.data = answer.encoded(req.context.request_id)
