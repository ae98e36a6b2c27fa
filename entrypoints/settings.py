"""The settings: environment variables ``CUSTOMER_*``, read and checked together at start.

``make settings`` writes docs/settings.md from the fields below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass
from datetime import timedelta
from difflib import get_close_matches
from secrets import token_urlsafe
from typing import Any, Final, Self
from urllib.parse import urlsplit

from ..domain.audit import DEFAULT_RETENTION
from ..domain.errors import FieldFault, SettingsError
from ..domain.loopback import is_loopback
from ..domain.policy import AccountPolicy, IdPolicy, PasswordPolicy, SessionPolicy, SourcePolicy
from ..domain.rate_limit import RateLimit
from .http.serving.limits import ServerLimits
from .mail_values import PRINTED, read_link_url, read_locale, read_mail_from, read_smtp_url
from .setting import PREFIX, setting, settings_of
from .setting_readers import (
    one_of,
    read_admin_id,
    read_boolean,
    read_endpoint,
    read_feed_tokens,
    read_host,
    read_introspection_tokens,
    read_path,
    read_port,
    read_range_url,
    read_table_prefix,
    read_trusted_proxies,
    read_words,
    split_words,
    whole_number,
)
from .settings_together import FEED_TIME_LIMIT, MIN_CONNECTIONS, faults_between
from .store_registry import STORES

__all__ = ["DEMO_ADMIN_ID", "DEMO_ADMIN_PASSWORD", "Settings"]

DEMO_ADMIN_ID: Final = "admin"
DEMO_ADMIN_PASSWORD: Final = "demo-admin"  # noqa: S105 (known on purpose, and only on loopback)
_DAY: Final = 24 * 60 * 60
# The hashing lane leaves so many request threads to other requests.
_FREE_THREADS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deployment decides. Each field is the variable ``CUSTOMER_<NAME>``.

    The defaults are production's.

    Args:
        check_admin_password: whether the admin's password must keep the rules of a new one.

    Raises:
        SettingsError: names every variable whose value is wrong, and what it should be.
    """

    host: str = setting(
        read_host,
        "where the service listens; `serve --host` wins over it",
        default="0.0.0.0",  # noqa: S104 (a service in a container listens on every interface)
        demo="127.0.0.1",
    )
    port: int = setting(
        read_port,
        "the port it listens on; `serve --port` wins over it",
        default=30000,
    )
    workers: int = setting(
        whole_number(1, 64),
        "the processes of `serve`; `serve --workers` wins over it. Limits of passwords and of"
        " connections are divided by it ([deployment.md](deployment.md#workers))",
        default=1,
    )
    threads: int = setting(
        whole_number(4, 256),
        "requests that one worker serves at a time",
        default=8,
    )
    hashing_threads: int | None = setting(
        whole_number(1, 254),
        "passwords hashed at a time ([serving.md](serving.md#password-hashing)); without a value,"
        " as many as the process has processors, but at most `CUSTOMER_THREADS` less 2",
        default=None,
    )
    hashing_queue: int | None = setting(
        whole_number(0, 253),
        "requests that may wait to have a password hashed; without a value, as many as fit."
        " `CUSTOMER_HASHING_THREADS` and `CUSTOMER_HASHING_QUEUE` are together at most"
        " `CUSTOMER_THREADS` less 2",
        default=None,
    )
    connections: int = setting(
        whole_number(MIN_CONNECTIONS, 100_000),
        "connections kept open at a time; beyond that, the one that was idle longest is closed"
        " ([serving.md](serving.md))",
        default=1000,
    )
    connections_per_source: int | None = setting(
        whole_number(1, 100_000),
        "connections of one IPv4 address, or of one /64 network of IPv6; without a value, half of"
        " `CUSTOMER_CONNECTIONS`",
        default=None,
    )
    request_seconds: int = setting(
        whole_number(1, 600),
        "how long a request may take to arrive, and an answer to be read",
        default=20,
    )
    keep_alive_seconds: int = setting(
        whole_number(1, _DAY),
        "how long an idle connection is kept open",
        default=120,
    )
    stop_seconds: int = setting(
        whole_number(1, 60 * 60),
        "how long in-flight requests, and then mail that waits, may take after SIGTERM; Kubernetes"
        " kills after 30 seconds",
        default=25,
    )
    trusted_proxies: str | None = setting(
        read_trusted_proxies,
        "proxies whose `Forwarded` or `X-Forwarded-For` names the client: networks such as"
        " `10.0.0.0/8,2001:db8::/32`; the word `unix` stands for a peer without an address"
        " ([serving.md](serving.md#behind-a-proxy))",
        default=None,
    )
    api_docs: bool = setting(
        read_boolean,
        "whether `/openapi.json` describes the HTTP interface, and `/docs` is its reference page"
        " ([http.md](http.md#the-description-of-this-interface))",
        default=False,
        demo=True,
    )
    log_format: str | None = setting(
        one_of("text", "json"),
        "`json`: one object a line; `text`: for people; without a value, `text` on a terminal, else"
        " `json` ([logs.md](logs.md))",
        default=None,
    )
    log_level: str = setting(
        one_of("debug", "info", "warning", "error"),
        "the lowest level that is logged: `debug`, `info`, `warning` or `error`; `debug` adds the"
        " requests of probes",
        default="info",
    )
    traces: bool = setting(
        read_boolean,
        "make spans of requests and of calls of the store, by OpenTelemetry"
        " ([logs.md](logs.md#spans)); needs the extra `otel`",
        default=False,
    )
    storage: str = setting(
        one_of(*STORES),
        " or ".join(f"`{name}`" for name in STORES),
        default="dynamodb",
        demo="memory",
    )
    sqlite_path: str = setting(
        read_path,
        "the file of the store `sqlite`, on a local disk; it is created with mode 0600"
        " ([sqlite.md](sqlite.md))",
        default="customer.db",
        # A service in production must not find the demo's admin, whose password is well known.
        demo="demo.db",
    )
    sqlite_synchronous: str = setting(
        one_of("full", "normal"),
        "`full` waits until the disk has each change; with `normal` a loss of power may undo the"
        " changes of the last seconds",
        default="full",
    )
    sqlite_busy_seconds: int = setting(
        whole_number(1, 60),
        "how long a change waits for other changes of the file; then it is answered with 503",
        default=5,
    )
    dynamodb_endpoint: str | None = setting(
        read_endpoint,
        "another endpoint than AWS's, such as `http://127.0.0.1:8000` of DynamoDB Local; region"
        " and credentials come from the usual AWS variables",
        default=None,
    )
    table_prefix: str = setting(
        read_table_prefix,
        "precedes the table names `customer` and `logger`, so that environments can share an"
        " account",
        default="",
    )
    dynamodb_client: str = setting(
        one_of("direct", "botocore"),
        "what sends the requests of the service: its own small client, or botocore's"
        " ([dynamodb.md](dynamodb.md#the-client))",
        default="direct",
    )
    dynamodb_connect_timeout_seconds: int = setting(
        whole_number(1, 60),
        "how long one attempt waits for a connection",
        default=1,
    )
    dynamodb_read_timeout_seconds: int = setting(
        whole_number(1, 60),
        "how long one attempt waits for a reply; with botocore's client, for each part of it",
        default=2,
    )
    dynamodb_attempts: int = setting(
        whole_number(1, 10),
        "the most attempts of one call",
        default=5,
    )
    dynamodb_time_limit_seconds: int = setting(
        whole_number(2, 300),
        "how long one call may hold its thread: no attempt starts that could end later. All calls"
        " of a use case may take twice that plus one second. With botocore's client, a reply that"
        " arrives byte by byte, or renewing credentials, can take longer. With the feed at most"
        f" `{FEED_TIME_LIMIT}`",
        default=7,
    )
    admin_id: str | None = setting(
        read_admin_id,
        "the admin that the service ensures at start; a customer who is no admin and has this id"
        " loses the password, the sessions, the e-mail address, the names and the addresses",
        default=None,
        demo=DEMO_ADMIN_ID,
    )
    admin_password: str | None = setting(
        str,
        "the admin's password; set both or neither",
        default=None,
        demo=DEMO_ADMIN_PASSWORD,
        secret=True,
    )
    unique_email: bool = setting(
        read_boolean,
        "one e-mail address, one customer; with `false` no one logs in by e-mail",
        default=True,
    )
    email_verification: str = setting(
        one_of("off", "required"),
        "with `required`, a customer who registers proves the e-mail address by a mailed link"
        " before it may be used ([mail.md](mail.md)); needs `CUSTOMER_UNIQUE_EMAIL` and a mail"
        " server",
        default="off",
    )
    id_reuse: bool = setting(
        read_boolean,
        "whether the id of a deleted customer may be given again at once; with `false`, no one gets"
        " it for `CUSTOMER_AUDIT_RETENTION_DAYS`"
        " ([dynamodb.md](dynamodb.md#ids-of-deleted-customers))",
        default=False,
        demo=True,
    )
    password_min_length: int = setting(
        whole_number(1, 128), "the fewest characters of a new password", default=8, demo=5
    )
    password_blocklist: bool = setting(
        read_boolean,
        "refuse passwords that attackers try first: common ones, words about the customer or the"
        " shop, repetitions and sequences",
        default=True,
        demo=False,
    )
    password_context_words: str = setting(
        read_words,
        "the shop's own words, such as its name and those of its products, with commas between"
        " them; a password that is one of them is refused. Your value replaces the default words",
        default=",".join(PasswordPolicy().context_words),
    )
    breached_passwords_url: str | None = setting(
        read_range_url,
        "refuse passwords that are known from data breaches: the URL of a k-anonymity range API,"
        " such as `https://api.pwnedpasswords.com/range`. The service sends it 5 hexadecimal"
        " digits of a SHA-1 hash for each new password",
        default=None,
    )
    breached_passwords_seconds: int = setting(
        whole_number(1, 10),
        "how long one such look-up may take; without an answer in this time the password is"
        " accepted",
        default=2,
    )
    bcrypt_rounds: int = setting(
        whole_number(4, 16),
        "log2 of bcrypt's cost; a stored hash of a lower cost is replaced at the next login",
        default=12,
        demo=4,
    )
    session_idle_seconds: int = setting(
        whole_number(1, 30 * _DAY),
        "a session ends when it was not used for this long",
        default=30 * 60,
    )
    session_max_seconds: int = setting(
        whole_number(1, 30 * _DAY),
        "a session ends at this age, used or not",
        default=12 * 60 * 60,
    )
    session_extend: bool = setting(
        read_boolean,
        "a check writes the new expiry of a session in use; `false` where this process may only"
        " read",
        default=True,
    )
    max_sessions: int = setting(
        whole_number(1, 100),
        "live sessions of one customer; a login beyond that ends the oldest",
        default=16,
    )
    session_feed: bool = setting(
        read_boolean,
        "publish ended sessions and changed roles in the"
        " [session change feed](session-check.md); in memory and in SQLite"
        " this is always done",
        default=False,
    )
    session_feed_shards: int = setting(
        whole_number(1, 64),
        "partitions of the session change feed on DynamoDB that this process reads; each takes 500"
        " changes a second ([more than one](session-check.md#more-than-500-changes-a-second))",
        default=1,
    )
    session_feed_write_shards: int = setting(
        whole_number(1, 64),
        "partitions to which this process spreads the changes; first let every process read them,"
        " by `CUSTOMER_SESSION_FEED_SHARDS`",
        default=1,
    )
    session_feed_token: str | None = setting(
        read_feed_tokens,
        "the bearer token that other services send to follow the feed over HTTP, random and of at"
        " least 32 characters; or several, with commas between them, to"
        " [change it without a gap](session-check.md#change-the-feeds-token); without it the feed"
        " is not served",
        default=None,
        secret=True,
    )
    introspection_tokens: str | None = setting(
        read_introspection_tokens,
        "the services that may [introspect](introspection.md) sessions (RFC 7662): pairs"
        " `name=secret` with commas between them, each secret random and of at least 32"
        " characters; a service may have several, to"
        " [change its secret without a gap](introspection.md#change-a-secret); without it"
        " introspection is not served",
        default=None,
        secret=True,
    )
    login_attempts: int = setting(
        whole_number(1, 100),
        "failed logins that any one window admits for one `customer_id`, address or known device:"
        " three quarters of them in a row, `15` by default, and the others one by one"
        " ([security.md](security.md#limits))",
        default=20,
    )
    login_window_seconds: int = setting(
        whole_number(1, _DAY),
        "the length of that window, wherever it begins",
        default=15 * 60,
    )
    source_failures: int = setting(
        whole_number(0, 1_000_000),
        "failed logins, over all names, that one window admits for one source, in each process;"
        " `0` for no limit ([http.md](http.md#limits-of-one-source))",
        default=100,
    )
    source_failures_window_seconds: int = setting(
        whole_number(1, _DAY),
        "the length of that window",
        default=15 * 60,
    )
    source_registrations: int = setting(
        whole_number(0, 1_000_000),
        "registrations that one window admits for one source, in each process; `0` for no limit",
        default=1000,
        demo=0,
    )
    source_registrations_window_seconds: int = setting(
        whole_number(1, _DAY),
        "the length of that window",
        default=60 * 60,
    )
    source_mails: int = setting(
        whole_number(0, 1_000_000),
        "mails with a link that one window lets one source ask for, in each process; `0` for no"
        " limit",
        default=100,
        demo=0,
    )
    source_mails_window_seconds: int = setting(
        whole_number(1, _DAY),
        "the length of that window",
        default=60 * 60,
    )
    audit_retention_days: int = setting(
        whole_number(1, 3650),
        "how long audit records and the ids of deleted customers are kept; a new value holds for"
        " new records and deletions ([dynamodb.md](dynamodb.md#the-audit-log))",
        default=DEFAULT_RETENTION.days,
    )
    smtp_url: str | None = setting(
        read_smtp_url,
        "the mail server, such as `smtp://user:password@mail.shop.example:587` (STARTTLS) or"
        " `smtps://…:465` (TLS); `%40` stands for an `@` in the user or the password. With `log:`"
        " the service prints the links instead, and must listen on loopback. Without it, no mail is"
        " sent ([mail.md](mail.md))",
        default=None,
        demo=PRINTED,
        secret=True,
    )
    mail_from: str | None = setting(
        read_mail_from,
        "the sender of mail, such as `Cybershop <no-reply@shop.example>`; the messages call the"
        " shop by this name",
        default=None,
    )
    link_url: str | None = setting(
        read_link_url,
        "where the links in mail lead: the front end's address, which `/verify-email#token=…` and"
        " `/reset-password#token=…` follow. In the demo, without a value, the service's own address"
        " and `/demo`",
        default=None,
    )
    mail_locale: str = setting(
        read_locale,
        "the language of mail to customers without a locale, such as `en` or `de-AT`",
        default="en",
    )
    mail_templates: str | None = setting(
        str,
        "a folder with texts of your own ([mail.md](mail.md#your-own-texts))",
        default=None,
    )
    mail_seconds: int = setting(
        whole_number(1, 60),
        "how long one message may take, with a second attempt",
        default=10,
    )
    metrics: bool = setting(
        read_boolean,
        "serve `/metrics` to Prometheus, without credentials ([metrics.md](metrics.md))",
        default=False,
        demo=True,
    )
    metrics_port: int | None = setting(
        whole_number(1, 65535),
        "serve `/metrics` also, or only, on this port of `CUSTOMER_HOST`"
        " ([metrics.md](metrics.md#a-port-of-its-own))",
        default=None,
    )
    check_admin_password: InitVar[bool] = True

    def __post_init__(self, check_admin_password: bool) -> None:
        valid: dict[str, Any] = {"check_admin_password": check_admin_password}
        faults: list[FieldFault] = []
        for entry in SETTINGS.values():
            value: object = getattr(self, entry.name)
            detail = entry.fault(value)
            if detail is None:
                valid[entry.name] = value
            else:
                faults.append(FieldFault(entry.variable, detail))
        if faults:
            self._build(valid, faults)  # This raises.
        faults = faults_between(self, check_admin_password=check_admin_password)
        if faults:
            raise SettingsError(faults)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Production's settings, changed by ``environ``. An empty variable counts as not set.

        Raises:
            SettingsError: names every variable that is wrong, and what it should be.
        """
        return cls._read(environ, {})

    @classmethod
    def demo_from_environ(cls, environ: Mapping[str, str]) -> Self:
        """The demo's settings, changed by ``environ``.

        The demo stores in memory, listens on loopback, allows weak passwords and has an admin. It
        prints the links of mail if it listens on loopback, and sends no mail elsewhere. The
        admin's password is ``DEMO_ADMIN_PASSWORD`` if only this machine can reach the service and
        its store; otherwise it is random. It need not keep the rules, since ``environ`` may make
        them stricter.

        Raises:
            SettingsError: names every variable that is wrong, and what it should be.
        """
        values: dict[str, object] = {name: entry.demo for name, entry in SETTINGS.items()}
        on_loopback = is_loopback(environ.get(PREFIX + "HOST") or "127.0.0.1")
        if not on_loopback:
            # What is printed there may reach others than the person who tries the demo.
            del values["smtp_url"]
        if environ.get(PREFIX + "ADMIN_ID") or environ.get(PREFIX + "ADMIN_PASSWORD"):
            del values["admin_id"], values["admin_password"]
        else:
            values["check_admin_password"] = False
            if not (on_loopback and _stores_here(environ)):
                values["admin_password"] = token_urlsafe(12)
        return cls._read(environ, values)

    @classmethod
    def _read(cls, environ: Mapping[str, str], defaults: Mapping[str, object]) -> Self:
        """``defaults``, changed by ``environ``."""
        valid: dict[str, Any] = dict(defaults)
        faults: list[FieldFault] = []
        for entry in SETTINGS.values():
            text = environ.get(entry.variable)
            if text:
                try:
                    valid[entry.name] = entry.read(text)
                except ValueError as error:
                    faults.append(FieldFault(entry.variable, str(error)))
        return cls._build(valid, faults)

    @classmethod
    def _build(cls, valid: Mapping[str, Any], faults: Sequence[FieldFault]) -> Self:
        """The settings with these ``valid`` values. Raises if any other value has a fault.

        One error names all ``faults``, and also the valid values that contradict each other.
        """
        try:
            settings = cls(**valid)
        except SettingsError as error:
            named = {fault.field for fault in faults}
            others = [fault for fault in error.faults if fault.field not in named]
            raise SettingsError([*faults, *others]) from None
        if faults:
            raise SettingsError(faults)
        return settings

    @property
    def hashing_places(self) -> int:
        """The most requests that may hash a password or wait for it. Two threads stay free."""
        return self.threads - _FREE_THREADS

    @property
    def counts_metrics(self) -> bool:
        """Whether the metrics are served anywhere."""
        return self.metrics or self.metrics_port is not None

    @property
    def server_limits(self) -> ServerLimits:
        """The limits of the HTTP server."""
        return ServerLimits(
            connections=self.connections,
            connections_per_source=self.connections_per_source,
            request_seconds=self.request_seconds,
            keep_alive_seconds=self.keep_alive_seconds,
            stop_seconds=self.stop_seconds,
        )

    @property
    def link_base(self) -> str:
        """Where the links in mail lead: ``link_url``, or the service's own address.

        Only links that are printed may lead there.
        """
        if self.link_url is not None:
            return self.link_url
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/demo"

    @property
    def audit_retention(self) -> timedelta:
        """How long audit records are kept."""
        return timedelta(days=self.audit_retention_days)

    @property
    def password_policy(self) -> PasswordPolicy:
        """The rules of a new password."""
        return PasswordPolicy(
            min_length=self.password_min_length,
            refuse_guessable=self.password_blocklist,
            context_words=split_words(self.password_context_words),
        )

    @property
    def id_policy(self) -> IdPolicy:
        """Whether the id of a deleted customer may be given again."""
        return IdPolicy(reuse=self.id_reuse, retention=self.audit_retention)

    @property
    def account_policy(self) -> AccountPolicy:
        """The rules of what customers do for themselves."""
        return AccountPolicy(email_verification=self.email_verification == "required")

    @property
    def session_policy(self) -> SessionPolicy:
        """The rules of sessions and of login attempts."""
        return SessionPolicy(
            idle=timedelta(seconds=self.session_idle_seconds),
            max_lifetime=timedelta(seconds=self.session_max_seconds),
            extends=self.session_extend,
            max_sessions=self.max_sessions,
            login_attempts=self.login_attempts,
            login_window_seconds=self.login_window_seconds,
        )

    @property
    def source_policy(self) -> SourcePolicy:
        """How often one source may fail to log in, register customers, and ask for mail."""
        return SourcePolicy(
            failures=_rate_limit(self.source_failures, self.source_failures_window_seconds),
            registrations=_rate_limit(
                self.source_registrations, self.source_registrations_window_seconds
            ),
            mails=_rate_limit(self.source_mails, self.source_mails_window_seconds),
        )


SETTINGS: Final = settings_of(Settings)
"""Each setting, by its name."""


_KUBERNETES: Final = ("CUSTOMER_SERVICE_HOST", "CUSTOMER_SERVICE_PORT")
"""What Kubernetes sets for a Service named ``customer``. One is much like CUSTOMER_METRICS_PORT."""


def unknown_settings(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each ``CUSTOMER_*`` variable that looks like a misspelt setting."""
    known = [entry.variable for entry in SETTINGS.values()]
    return [
        f"{name} is not a setting; did you mean {close}?"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known and name not in _KUBERNETES
        for close in get_close_matches(name, known, n=1, cutoff=0.8)
    ]


def check_setting(name: str, text: str) -> None:
    """Raise ValueError, which states the rule, if ``text`` is not valid for ``name``."""
    SETTINGS[name].read(text)


def _rate_limit(limit: int, window_seconds: int) -> RateLimit | None:
    """At most ``limit`` in any window; None, which is no limit, for 0."""
    return RateLimit(limit, timedelta(seconds=window_seconds)) if limit else None


def _stores_here(environ: Mapping[str, str]) -> bool:
    """Whether only this machine reaches the demo's store: memory, a file, DynamoDB on loopback."""
    if environ.get(PREFIX + "STORAGE") in (None, "", "memory", "sqlite"):
        return True
    endpoint = environ.get(PREFIX + "DYNAMODB_ENDPOINT", "")
    return is_loopback(urlsplit(endpoint).hostname or "")
