"""The settings: environment variables ``CUSTOMER_*``, read and checked together at start.

docs/settings.md is made from the fields below: ``make settings``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass
from datetime import timedelta
from difflib import get_close_matches
from secrets import token_urlsafe
from typing import Any, Final, Self
from urllib.parse import urlsplit

from ..domain.errors import FieldFault, SettingsError
from ..domain.loopback import is_loopback
from ..domain.policy import IdPolicy, PasswordPolicy, SessionPolicy
from ..domain.services.password_rules import PasswordRules
from ..domain.services.session_feed_service import OVERLAP
from ..ports.password_blocklist import PasswordBlocklist
from .http.serving.limits import ServerLimits
from .setting import PREFIX, setting, settings_of
from .setting_readers import (
    one_of,
    read_admin_id,
    read_boolean,
    read_endpoint,
    read_feed_tokens,
    read_host,
    read_port,
    read_table_prefix,
    whole_number,
)

__all__ = ["DEMO_ADMIN_ID", "DEMO_ADMIN_PASSWORD", "Settings"]

DEMO_ADMIN_ID: Final = "admin"
DEMO_ADMIN_PASSWORD: Final = "demo-admin"  # noqa: S105 (known on purpose, and only on loopback)
_DAY: Final = 24 * 60 * 60
# The other half of what each round of the feed reads again is for clocks that differ.
_LONGEST_WITH_FEED: Final = int(OVERLAP.total_seconds()) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deployment decides. The defaults are production's; each is ``CUSTOMER_<NAME>``.

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
    threads: int = setting(
        whole_number(1, 256),
        "requests served at a time",
        default=8,
    )
    connections: int = setting(
        whole_number(10, 100_000),
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
        "how long a request may take to arrive, and a reply to be read",
        default=20,
    )
    keep_alive_seconds: int = setting(
        whole_number(1, _DAY),
        "how long an idle connection is kept open",
        default=120,
    )
    stop_seconds: int = setting(
        whole_number(1, 60 * 60),
        "how long in-flight requests may take after SIGTERM; Kubernetes kills after 30 seconds",
        default=25,
    )
    storage: str = setting(
        one_of("dynamodb", "memory"), "`dynamodb` or `memory`", default="dynamodb", demo="memory"
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
    dynamodb_connect_timeout_seconds: int = setting(
        whole_number(1, 60),
        "how long one attempt waits for a connection",
        default=1,
    )
    dynamodb_read_timeout_seconds: int = setting(
        whole_number(1, 60),
        "how long one attempt waits for each part of a reply",
        default=2,
    )
    dynamodb_attempts: int = setting(
        whole_number(1, 10),
        "the most attempts of one call",
        default=5,
    )
    dynamodb_time_limit_seconds: int = setting(
        whole_number(2, 300),
        "how long one call may hold its thread: no attempt starts that could end later. A reply"
        " that arrives byte by byte, or renewing credentials, can take longer. With the feed at"
        f" most `{_LONGEST_WITH_FEED}`",
        default=7,
    )
    admin_id: str | None = setting(
        read_admin_id,
        "the admin that the service ensures at start",
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
        read_boolean, "refuse the most common passwords", default=True, demo=False
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
        " [session change feed](session-check.md); in memory this is"
        " always done",
        default=False,
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
    login_attempts: int = setting(
        whole_number(1, 100),
        "failed logins that one window admits for one `customer_id` or e-mail address",
        default=20,
    )
    login_window_seconds: int = setting(
        whole_number(1, _DAY),
        "the length of that window",
        default=15 * 60,
    )
    audit_retention_days: int = setting(
        whole_number(1, 3650),
        "how long audit records and the ids of deleted customers are kept; a new value holds for"
        " new records and deletions",
        default=400,
    )
    check_admin_password: InitVar[bool] = True

    def __post_init__(self, check_admin_password: bool) -> None:
        right: dict[str, Any] = {"check_admin_password": check_admin_password}
        wrong: list[FieldFault] = []
        for its in SETTINGS.values():
            value: object = getattr(self, its.name)
            detail = its.fault(value)
            if detail is None:
                right[its.name] = value
            else:
                wrong.append(FieldFault(its.variable, detail))
        if wrong:
            self._made(right, wrong)  # It raises.
        faults = [*self._faults_together(), *self._admin_faults(judged=check_admin_password)]
        if faults:
            raise SettingsError(faults)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Production's settings, changed by ``environ``. An empty variable counts as none.

        Raises:
            SettingsError: names every variable that is wrong, and what it should be.
        """
        return cls._read(environ, {})

    @classmethod
    def demo_from_environ(cls, environ: Mapping[str, str]) -> Self:
        """The demo's settings, changed likewise.

        In memory, on loopback, with weak passwords allowed and an admin. The admin's password
        is a known one as long as only this machine can reach the service and its store, and a
        random one otherwise. It need not keep the rules, which the operator may have made
        stricter.

        Raises:
            SettingsError: names every variable that is wrong, and what it should be.
        """
        values: dict[str, object] = {its.name: its.demo for its in SETTINGS.values()}
        if environ.get(PREFIX + "ADMIN_ID") or environ.get(PREFIX + "ADMIN_PASSWORD"):
            del values["admin_id"], values["admin_password"]
        else:
            values["check_admin_password"] = False
            # Only where no one else reaches the service, or its store.
            known = is_loopback(environ.get(PREFIX + "HOST") or "127.0.0.1") and (
                environ.get(PREFIX + "STORAGE") in (None, "", "memory")
                or is_loopback(
                    urlsplit(environ.get(PREFIX + "DYNAMODB_ENDPOINT", "")).hostname or ""
                )
            )
            if not known:
                values["admin_password"] = token_urlsafe(12)
        return cls._read(environ, values)

    @classmethod
    def _read(cls, environ: Mapping[str, str], defaults: Mapping[str, object]) -> Self:
        """``defaults``, changed by ``environ``."""
        right: dict[str, Any] = dict(defaults)
        wrong: list[FieldFault] = []
        for its in SETTINGS.values():
            text = environ.get(its.variable)
            if text:
                try:
                    right[its.name] = its.read(text)
                except ValueError as error:
                    wrong.append(FieldFault(its.variable, str(error)))
        return cls._made(right, wrong)

    @classmethod
    def _made(cls, right: Mapping[str, Any], wrong: Sequence[FieldFault]) -> Self:
        """Settings of values that are each right; raises if there are ``wrong`` ones beside them.

        So the error names them together with the values that do not fit each other.
        """
        try:
            settings = cls(**right)
        except SettingsError as error:
            named = {fault.field for fault in wrong}
            others = [fault for fault in error.faults if fault.field not in named]
            raise SettingsError([*wrong, *others]) from None
        if wrong:
            raise SettingsError(wrong)
        return settings

    def _faults_together(self) -> list[FieldFault]:
        """What is wrong with settings that are each fine."""
        faults: list[FieldFault] = []
        if self.session_idle_seconds > self.session_max_seconds:
            detail = "must not be more than CUSTOMER_SESSION_MAX_SECONDS"
            faults.append(FieldFault("CUSTOMER_SESSION_IDLE_SECONDS", detail))
        if (self.connections_per_source or 0) > self.connections:
            detail = "must not be more than CUSTOMER_CONNECTIONS"
            faults.append(FieldFault("CUSTOMER_CONNECTIONS_PER_SOURCE", detail))
        if self.session_feed_token is not None and not self.session_feed:
            detail = "must be true, since CUSTOMER_SESSION_FEED_TOKEN is set"
            faults.append(FieldFault("CUSTOMER_SESSION_FEED", detail))
        one_attempt = self.dynamodb_connect_timeout_seconds + self.dynamodb_read_timeout_seconds
        if self.dynamodb_time_limit_seconds < one_attempt:
            detail = "must not be less than the two timeouts of one attempt together"
            faults.append(FieldFault("CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS", detail))
        if self.session_feed and self.dynamodb_time_limit_seconds > _LONGEST_WITH_FEED:
            detail = (
                f"must not be more than {_LONGEST_WITH_FEED}, since CUSTOMER_SESSION_FEED is true"
            )
            faults.append(FieldFault("CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS", detail))
        return faults

    def _admin_faults(self, *, judged: bool) -> list[FieldFault]:
        """What is wrong with the admin's id and password as a pair.

        ``judged`` says whether the password must keep the rules of a new one.
        """
        faults: list[FieldFault] = []
        if self.admin_id is None and self.admin_password is None:
            return faults
        if self.admin_id is None:
            detail = "must be set too, since CUSTOMER_ADMIN_PASSWORD is"
            faults.append(FieldFault("CUSTOMER_ADMIN_ID", detail))
        fault: str | None = None
        if self.admin_password is None:
            fault = "must be set too, since CUSTOMER_ADMIN_ID is"
        elif judged:
            rules = PasswordRules(self.password_policy, _NoBlocklist())
            fault = rules.new_password_fault(self.admin_password, own_words=(self.admin_id,))
        if fault is not None:
            faults.append(FieldFault("CUSTOMER_ADMIN_PASSWORD", fault))
        return faults

    @property
    def server_limits(self) -> ServerLimits:
        """What the HTTP server grants its clients."""
        return ServerLimits(
            connections=self.connections,
            connections_per_source=self.connections_per_source,
            request_seconds=self.request_seconds,
            keep_alive_seconds=self.keep_alive_seconds,
            stop_seconds=self.stop_seconds,
        )

    @property
    def audit_retention(self) -> timedelta:
        """How long audit records are kept."""
        return timedelta(days=self.audit_retention_days)

    @property
    def password_policy(self) -> PasswordPolicy:
        """What a new password must be."""
        return PasswordPolicy(min_length=self.password_min_length)

    @property
    def id_policy(self) -> IdPolicy:
        """Whether the id of a deleted customer may be given again."""
        return IdPolicy(reuse=self.id_reuse, retention=self.audit_retention)

    @property
    def session_policy(self) -> SessionPolicy:
        """How long sessions live, and how often a login may be tried."""
        return SessionPolicy(
            idle=timedelta(seconds=self.session_idle_seconds),
            max_lifetime=timedelta(seconds=self.session_max_seconds),
            extends=self.session_extend,
            max_sessions=self.max_sessions,
            login_attempts=self.login_attempts,
            login_window_seconds=self.login_window_seconds,
        )


SETTINGS: Final = settings_of(Settings)
"""Each setting, by its name."""


def unknown_settings(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each ``CUSTOMER_*`` variable that looks like a setting misspelt."""
    known = [its.variable for its in SETTINGS.values()]
    return [
        f"{name} is not a setting; is {close} meant?"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known
        for close in get_close_matches(name, known, n=1, cutoff=0.8)
    ]


def check_setting(name: str, text: str) -> None:
    """Raise ValueError unless ``text`` can be the setting ``name``; it says what it should be."""
    SETTINGS[name].read(text)


class _NoBlocklist(PasswordBlocklist):
    """Knows no password: blocklists are adapters, and ``read_settings`` asks the real one."""

    def contains(self, password: str) -> bool:  # noqa: ARG002
        return False
