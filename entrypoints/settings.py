"""The settings: environment variables ``CUSTOMER_*``, read and checked together at start."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from difflib import get_close_matches
from secrets import token_urlsafe
from typing import Any, Final, Self
from urllib.parse import urlsplit

from ..adapters.loopback import is_loopback
from ..adapters.memory.password_blocklist import MemoryPasswordBlocklist
from ..adapters.zxcvbn.password_blocklist import ZxcvbnPasswordBlocklist
from ..domain.errors import FieldFault, SettingsError
from ..domain.fields import new_customer_id_fault
from ..domain.policy import PasswordPolicy, SessionPolicy
from ..domain.services.password_rules import PasswordRules
from ..ports.password_blocklist import PasswordBlocklist
from .http.serving.limits import ServerLimits

PREFIX: Final = "CUSTOMER_"
DEMO_ADMIN_ID: Final = "admin"
DEMO_ADMIN_PASSWORD: Final = "demo-admin"  # noqa: S105 (known on purpose, and only on loopback)
# Of the minute that each round of the feed looks back, the other half is for clocks that differ.
_LONGEST_WITH_FEED: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deployment decides. The defaults are production's; each is ``CUSTOMER_<NAME>``."""

    host: str = "0.0.0.0"  # noqa: S104 (a service in a container listens on every interface)
    port: int = 30000
    threads: int = 8
    """Threads of waitress, each serving one request at a time."""
    connections: int = 1000
    """Connections kept open at a time; beyond it, the one that was idle longest is closed."""
    connections_per_source: int | None = None
    """Likewise of one IPv4 address or one /64 network of IPv6; None is half of all."""
    request_seconds: int = 20
    """How long a request may take to arrive, and a reply to be read."""
    keep_alive_seconds: int = 120
    """How long a connection on which nothing is asked is kept open."""
    stop_seconds: int = 25
    """How long requests in flight may take after a stop; Kubernetes kills after 30 seconds."""
    storage: str = "dynamodb"
    """``dynamodb`` or ``memory``."""
    dynamodb_endpoint: str | None = None
    """Another endpoint than AWS's, such as ``http://127.0.0.1:8000`` of DynamoDB Local."""
    table_prefix: str = ""
    """Stands before ``customer`` and ``logger``, so that environments can share an account."""
    dynamodb_connect_timeout_seconds: int = 1
    dynamodb_read_timeout_seconds: int = 2
    """How long one attempt may wait for a connection, and for each part of a reply."""
    dynamodb_attempts: int = 5
    """How often one call is tried at most."""
    dynamodb_time_limit_seconds: int = 7
    """How long one call may hold its thread: no attempt starts that could end later.

    A reply that trickles in byte by byte, or renewing credentials, can take longer.
    """
    admin_id: str | None = None
    admin_password: str | None = field(default=None, repr=False)
    unique_email: bool = True
    password_min_length: int = 8
    """In characters."""
    password_blocklist: bool = True
    """Whether the most common passwords are refused."""
    bcrypt_rounds: int = 12
    """log2 of bcrypt's cost."""
    session_idle_seconds: int = 30 * 60
    session_max_seconds: int = 12 * 60 * 60
    session_extend: bool = True
    """Whether a check may write the new end of a session in use; a read-only checker may not."""
    max_sessions: int = 16
    """Live sessions of one customer."""
    session_feed: bool = False
    """Whether the feed is told of ended sessions and changed roles; in memory it always is."""
    session_feed_token: str | None = field(default=None, repr=False)
    """What those present who follow the feed over HTTP; None serves them no feed."""
    login_attempts: int = 20
    """Failed logins admitted for one customer_id or e-mail address in one window."""
    login_window_seconds: int = 15 * 60

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
        random one otherwise.

        Raises:
            SettingsError: names every variable that is wrong, and what it should be.
        """
        defaults: dict[str, object] = {
            "host": "127.0.0.1",
            "storage": "memory",
            "password_min_length": 5,
            "password_blocklist": False,
            "bcrypt_rounds": 4,
        }
        if not environ.get(PREFIX + "ADMIN_ID") and not environ.get(PREFIX + "ADMIN_PASSWORD"):
            # Only where nobody else reaches the service, nor what it stores.
            known = is_loopback(environ.get(PREFIX + "HOST") or "127.0.0.1") and (
                environ.get(PREFIX + "STORAGE") in (None, "", "memory")
                or is_loopback(
                    urlsplit(environ.get(PREFIX + "DYNAMODB_ENDPOINT", "")).hostname or ""
                )
            )
            defaults["admin_id"] = DEMO_ADMIN_ID
            defaults["admin_password"] = DEMO_ADMIN_PASSWORD if known else token_urlsafe(12)
        return cls._read(environ, defaults)

    @classmethod
    def _read(cls, environ: Mapping[str, str], defaults: Mapping[str, object]) -> Self:
        faults: list[FieldFault] = []
        values: dict[str, Any] = dict(defaults)
        for name, read in _READERS.items():
            text = environ.get(PREFIX + name.upper())
            if text:
                try:
                    values[name] = read(text)
                except ValueError as error:
                    faults.append(FieldFault(PREFIX + name.upper(), str(error)))
        settings = cls(**values)
        told = {fault.field for fault in faults}
        if "admin_password" in defaults:
            # The demo's own password need not keep a rule that the operator made stricter.
            told.add("CUSTOMER_ADMIN_PASSWORD")
        faults.extend(fault for fault in settings._faults_together() if fault.field not in told)
        if faults:
            raise SettingsError(faults)
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
        if self.admin_id is None and self.admin_password is None:
            return faults
        if self.admin_id is None:
            detail = "must be set too, since CUSTOMER_ADMIN_PASSWORD is"
            faults.append(FieldFault("CUSTOMER_ADMIN_ID", detail))
        rules = PasswordRules(self.password_policy, self.make_password_blocklist())
        fault = rules.new_password_fault(self.admin_password, own_words=(self.admin_id,))
        if self.admin_password is None:
            fault = "must be set too, since CUSTOMER_ADMIN_ID is"
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
    def password_policy(self) -> PasswordPolicy:
        """What a new password must be."""
        return PasswordPolicy(min_length=self.password_min_length)

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

    def make_password_blocklist(self) -> PasswordBlocklist:
        """The common passwords to refuse, which are none where the setting says so."""
        return ZxcvbnPasswordBlocklist() if self.password_blocklist else MemoryPasswordBlocklist()


def unknown_settings(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each ``CUSTOMER_*`` variable that looks like a setting misspelt."""
    known = [PREFIX + setting.name.upper() for setting in fields(Settings)]
    return [
        f"{name} is not a setting; is {close} meant?"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known
        for close in get_close_matches(name, known, n=1, cutoff=0.8)
    ]


def check_setting(name: str, text: str) -> None:
    """Raise ValueError unless ``text`` can be the setting ``name``; it says what it should be."""
    _READERS[name](text)


def _integer(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _port(text: str) -> int:
    if text.startswith("tcp://"):
        raise ValueError(
            "must be a whole number; Kubernetes sets it for a Service named 'customer':"
            " set enableServiceLinks: false on the pod"
        )
    return _integer(0, 65535)(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def _storage(text: str) -> str:
    if text not in ("dynamodb", "memory"):
        raise ValueError("must be dynamodb or memory")
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:\-_%]{1,253}", text, re.ASCII):
        raise ValueError("must be a host name or an IP address")
    return text


def _endpoint(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        good = good and not re.search(r"[\s@]", text)
    except ValueError:
        good = False
    if not good:
        raise ValueError("must be a URL such as http://127.0.0.1:8000, without user and password")
    return text


def _table_prefix(text: str) -> str:
    # A table's name has 3 to 255 of these characters (AWS documentation, "Naming rules").
    if not re.fullmatch(r"[A-Za-z0-9_.\-]{0,240}", text, re.ASCII):
        raise ValueError("must have at most 240 characters, each a letter, a digit or one of _ . -")
    return text


def _admin_id(text: str) -> str:
    fault = new_customer_id_fault(text, by_operator=True)
    if fault is not None:
        raise ValueError(fault)
    return text


def _feed_token(text: str) -> str:
    # What a bearer may consist of (RFC 6750, 2.1); nobody guesses 32 characters.
    if not re.fullmatch(r"[A-Za-z0-9\-._~+/]{32,512}=*", text, re.ASCII):
        raise ValueError(
            "must have 32 to 512 characters, each a letter, a digit or one of - . _ ~ + /;"
            " `openssl rand -hex 32` makes one"
        )
    return text


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "host": _host,
    "port": _port,
    "threads": _integer(1, 256),
    "connections": _integer(10, 100_000),
    "connections_per_source": _integer(1, 100_000),
    "request_seconds": _integer(1, 600),
    "keep_alive_seconds": _integer(1, 24 * 60 * 60),
    "stop_seconds": _integer(1, 60 * 60),
    "storage": _storage,
    "dynamodb_endpoint": _endpoint,
    "table_prefix": _table_prefix,
    "dynamodb_connect_timeout_seconds": _integer(1, 60),
    "dynamodb_read_timeout_seconds": _integer(1, 60),
    "dynamodb_attempts": _integer(1, 10),
    "dynamodb_time_limit_seconds": _integer(2, 300),
    "admin_id": _admin_id,
    "admin_password": str,
    "unique_email": _boolean,
    "password_min_length": _integer(1, 128),
    "password_blocklist": _boolean,
    "bcrypt_rounds": _integer(4, 16),
    "session_idle_seconds": _integer(1, 30 * 24 * 60 * 60),
    "session_max_seconds": _integer(1, 30 * 24 * 60 * 60),
    "session_extend": _boolean,
    "max_sessions": _integer(1, 100),
    "session_feed": _boolean,
    "session_feed_token": _feed_token,
    "login_attempts": _integer(1, 100),
    "login_window_seconds": _integer(1, 24 * 60 * 60),
}
