"""The rules between settings: valid values that contradict each other, or need another one."""

from typing import TYPE_CHECKING, Final

from ..domain.errors import FieldFault
from ..domain.feed_token import split_feed_tokens
from ..domain.introspection_tokens import split_introspection_tokens
from ..domain.loopback import is_loopback
from ..domain.services.feed_cursor import OVERLAP
from ..domain.services.password_rules import PasswordRules
from ..ports.password_blocklist import PasswordBlocklist
from .mail_values import PRINTED

if TYPE_CHECKING:
    from .settings import Settings

FEED_TIME_LIMIT: Final = int(OVERLAP.total_seconds()) // 2
"""The most seconds that a call of DynamoDB may take while the feed is on.

Each round of the feed reads ``OVERLAP`` again. Half of that is for clocks that differ.
"""


MIN_CONNECTIONS: Final = 10
"""The fewest connections that a process may be limited to."""


def faults_between(settings: "Settings", *, check_admin_password: bool) -> list[FieldFault]:
    """What is wrong with ``settings``, each of which is valid by itself.

    ``check_admin_password`` says whether the admin's password must keep the rules of a new one.
    """
    return [
        *_worker_faults(settings),
        *_limit_faults(settings),
        *_secret_faults(settings),
        *_mail_faults(settings),
        *_admin_faults(settings, judged=check_admin_password),
    ]


def _worker_faults(settings: "Settings") -> list[FieldFault]:
    """What several workers cannot share, or cannot divide."""
    workers = settings.workers
    if workers == 1:
        return []
    faults: list[FieldFault] = []
    if settings.storage == "memory":
        detail = (
            "must be 1, since CUSTOMER_STORAGE is memory: each worker would have customers of its"
            " own. Store in sqlite or dynamodb, or in the demo with --keep"
        )
        faults.append(FieldFault("CUSTOMER_WORKERS", detail))
    if settings.connections // workers < MIN_CONNECTIONS:
        detail = f"must be at least {MIN_CONNECTIONS} for each of the {workers} workers"
        faults.append(FieldFault("CUSTOMER_CONNECTIONS", detail))
    return faults


def _limit_faults(settings: "Settings") -> list[FieldFault]:
    """The limits that contradict each other."""
    faults: list[FieldFault] = []
    if settings.session_idle_seconds > settings.session_max_seconds:
        detail = "must not be more than CUSTOMER_SESSION_MAX_SECONDS"
        faults.append(FieldFault("CUSTOMER_SESSION_IDLE_SECONDS", detail))
    if (settings.connections_per_source or 0) > settings.connections:
        detail = "must not be more than CUSTOMER_CONNECTIONS"
        faults.append(FieldFault("CUSTOMER_CONNECTIONS_PER_SOURCE", detail))
    if settings.metrics_port == settings.port:
        detail = "must be another port than CUSTOMER_PORT, where CUSTOMER_METRICS=true serves them"
        faults.append(FieldFault("CUSTOMER_METRICS_PORT", detail))
    hashing_fault = _hashing_fault(settings)
    if hashing_fault is not None:
        faults.append(hashing_fault)
    if settings.session_feed_token is not None and not settings.session_feed:
        detail = "must be true, since CUSTOMER_SESSION_FEED_TOKEN is set"
        faults.append(FieldFault("CUSTOMER_SESSION_FEED", detail))
    if settings.session_feed_write_shards > settings.session_feed_shards:
        detail = (
            f"must not be more than CUSTOMER_SESSION_FEED_SHARDS, which is"
            f" {settings.session_feed_shards}. Raise that first, in every process"
        )
        faults.append(FieldFault("CUSTOMER_SESSION_FEED_WRITE_SHARDS", detail))
    one_attempt = settings.dynamodb_connect_timeout_seconds + settings.dynamodb_read_timeout_seconds
    if settings.dynamodb_time_limit_seconds < one_attempt:
        detail = "must not be less than the two timeouts of one attempt together"
        faults.append(FieldFault("CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS", detail))
    if settings.session_feed and settings.dynamodb_time_limit_seconds > FEED_TIME_LIMIT:
        detail = f"must not be more than {FEED_TIME_LIMIT}, since CUSTOMER_SESSION_FEED is true"
        faults.append(FieldFault("CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS", detail))
    return faults


def _hashing_fault(settings: "Settings") -> FieldFault | None:
    """What is wrong if the hashing lane would leave no request thread to other requests."""
    workers = settings.workers
    threads = max(1, (settings.hashing_threads or 1) // workers)
    if threads + (settings.hashing_queue or 0) // workers <= settings.hashing_places:
        return None
    names = ("CUSTOMER_HASHING_THREADS", "CUSTOMER_HASHING_QUEUE")
    field, other = names if settings.hashing_threads is not None else names[::-1]
    most = f"at most {settings.hashing_places}, which is CUSTOMER_THREADS less 2"
    if workers > 1:
        most += ", in each worker"
    return FieldFault(field, f"and {other} must together be {most}")


def _secret_faults(settings: "Settings") -> list[FieldFault]:
    """Secrets that open two things, so that who gets one of them gets both."""
    feed = split_feed_tokens(settings.session_feed_token or ())
    pairs = split_introspection_tokens(settings.introspection_tokens or ())
    if {pair.secret for pair in pairs}.isdisjoint(feed):
        return []
    detail = "must have other secrets than CUSTOMER_SESSION_FEED_TOKEN"
    return [FieldFault("CUSTOMER_INTROSPECTION_TOKENS", detail)]


def _mail_faults(settings: "Settings") -> list[FieldFault]:
    """The settings that mail needs, and that are missing."""
    faults: list[FieldFault] = []
    if settings.email_verification == "required":
        because = "since CUSTOMER_EMAIL_VERIFICATION is required"
        if not settings.unique_email:
            faults.append(FieldFault("CUSTOMER_UNIQUE_EMAIL", f"must be true, {because}"))
        if settings.smtp_url is None:
            faults.append(FieldFault("CUSTOMER_SMTP_URL", f"must be set, {because}"))
    if settings.smtp_url == PRINTED:
        if not is_loopback(settings.host):
            detail = (
                f"must name a mail server: {PRINTED} prints the links of customers, so it is"
                " allowed only where CUSTOMER_HOST is loopback"
            )
            faults.append(FieldFault("CUSTOMER_SMTP_URL", detail))
    elif settings.smtp_url is not None:
        detail = "must be set, since CUSTOMER_SMTP_URL is"
        needed = {"CUSTOMER_MAIL_FROM": settings.mail_from, "CUSTOMER_LINK_URL": settings.link_url}
        faults += [FieldFault(name, detail) for name, value in needed.items() if value is None]
    return faults


def _admin_faults(settings: "Settings", *, judged: bool) -> list[FieldFault]:
    """The faults of the admin's id and password as a pair.

    ``judged`` says whether the password must keep the rules of a new one.
    """
    faults: list[FieldFault] = []
    if settings.admin_id is None and settings.admin_password is None:
        return faults
    if settings.admin_id is None:
        detail = "must be set too, since CUSTOMER_ADMIN_PASSWORD is"
        faults.append(FieldFault("CUSTOMER_ADMIN_ID", detail))
    fault: str | None = None
    if settings.admin_password is None:
        fault = "must be set too, since CUSTOMER_ADMIN_ID is"
    elif judged:
        rules = PasswordRules(settings.password_policy, _NoBlocklist())
        fault = rules.new_password_fault(settings.admin_password, own_words=(settings.admin_id,))
    if fault is not None:
        faults.append(FieldFault("CUSTOMER_ADMIN_PASSWORD", fault))
    return faults


class _NoBlocklist(PasswordBlocklist):
    """Contains no password. Blocklists are adapters; ``read_settings`` uses the deployment's."""

    def contains(self, password: str) -> bool:  # noqa: ARG002
        return False
