"""Bytes of memory: of a customer, a session, an audit record and an answer in the session cache.

    python benchmarks/memory.py [--sessions 1000000]

The use cases of the service make customers and sessions in the memory store. The password hasher
is replaced, since bcrypt would take days. Each case runs in a process of its own. The bytes of an
entry are what the resident memory of the process grew by, divided by the number of entries. So
they include what the allocator leaves unused. Each login is of a new device. Each customer has
three sources, and there are fifty user agents. The process that holds the million sessions, 16 of
each customer, must stay below 1 GiB.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from dependency_injector import providers

from cybershop_customer import ContextId, PasswordHasher, Session, SessionChecker
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.adapters.http_api.results import parse_session
from cybershop_customer.adapters.system.clock import SystemClock
from cybershop_customer.domain.audit import rfc3339
from cybershop_customer.domain.services.audit_trail import AuditTrail
from cybershop_customer.entrypoints.container import Container, memory_container

MIB: Final = 1024 * 1024
LIMIT_MIB: Final = 1024
PASSWORD: Final = "correct horse battery staple"
USER_AGENT: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/1{version:02}.0.0.0 Safari/537.36"
)
SOURCES: Final = 3
"""From how many sources each customer logs in."""


class _FastHasher(PasswordHasher):
    """Returns a text of the length of a real hash, and accepts every password."""

    def hash(self, password: str) -> str:  # noqa: ARG002
        return "$bcrypt-sha256$v=2,t=2b,r=12$" + os.urandom(27).hex()

    def verify(self, password: str, password_hash: str | None) -> bool:  # noqa: ARG002
        return password_hash is not None

    def needs_rehash(self, password_hash: str) -> bool:  # noqa: ARG002
        return False


class _AnySession(SessionChecker):
    """Answers as the client over HTTP does: each answer is parsed from JSON."""

    def check_session(
        self,
        context_id: str | None,
        *,
        customer_id: str | None = None,  # noqa: ARG002
        role: str | None = None,  # noqa: ARG002
    ) -> Session:
        claimed = ContextId.parse(context_id)
        now = datetime.now(UTC)
        body = {
            "session_id": claimed.session_id,
            "customer_id": claimed.customer_id,
            "roles": [],
            "email_verified": True,
            "issued_at": rfc3339(now),
            "expires_at": rfc3339(now + timedelta(minutes=30)),
        }
        session = parse_session(json.loads(json.dumps(body)), claimed)
        assert session is not None
        return session


def new_container() -> Container:
    """The service in memory, with a hasher that costs nothing."""
    container = memory_container()
    container.password_hasher.override(providers.Object(_FastHasher()))
    return container


def add_customers(container: Container, count: int) -> None:
    """Add customers as registrations do, each with an audit record."""
    customers = container.customers()
    for number in range(count):
        customers.add_customer(
            email=f"barry.allen{number}@starlabs.example",
            password=PASSWORD,
            fname="Barry",
            lname=f"Allen {number}",
            address1=f"Main Street {number}",
            address2="Central City",
        )


def fill_customers(count: int) -> Callable[[], object]:
    """Prepare to add customers."""
    return partial(add_customers, new_container(), count)


def fill_sessions(count: int, *, each: int) -> Callable[[], object]:
    """Prepare to log in: ``each`` times for each customer."""
    container = new_container()
    add_customers(container, -(-count // each))
    repository: Any = container.customer_repository()
    customer_ids = tuple(repository._tables.rows)  # noqa: SLF001

    def log_in() -> None:
        sessions = container.sessions()
        for number in range(count):
            round_number, owner = divmod(number, len(customer_ids))
            place = owner * SOURCES + round_number % SOURCES
            sessions.login(
                customer_id=customer_ids[owner],
                password=PASSWORD,
                source=f"10.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}",
                user_agent=USER_AGENT.format(version=place % 50),
            )

    return log_in


def fill_records(count: int) -> Callable[[], object]:
    """Prepare to store records of refused logins, 16 for each customer."""
    container = memory_container()
    trail = AuditTrail(container.audit_log(), container.clock(), container.random_source())

    def refuse() -> None:
        for number in range(count):
            customer_id = f"customer-{number % (count // 16)}"
            trail.refuse("login", customer_id, "Login refused.", status_code=401)

    return refuse


def fill_cache(count: int) -> Callable[[], object]:
    """Prepare to check sessions through a cache that has a place for each."""
    policy = CachePolicy(max_entries=count)
    checker = CachingSessionChecker(_AnySession(), clock=SystemClock(), policy=policy)

    def check() -> None:
        for number in range(count):
            secret = urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
            checker.check_session(f"{secret}.0d9fa3a2-7ae7-4fa1-9a4c-{number:012d}")

    return check


CASES: Final[dict[str, Callable[[int], Callable[[], object]]]] = {
    "a customer, with the record of its registration": fill_customers,
    "a session, the only one of its customer": partial(fill_sessions, each=1),
    "a session, one of 4": partial(fill_sessions, each=4),
    "a session, one of 8": partial(fill_sessions, each=8),
    "a session, one of 16": partial(fill_sessions, each=16),
    "an audit record, one of 16": fill_records,
    "an answer in the session cache": fill_cache,
}
CASE_OF: Final = {4: "a session, one of 4", 16: "a session, one of 16"}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--entries", type=int, default=100_000, help="of the cases of the table")
    parser.add_argument("--case", choices=CASES, help="run one case in this process")
    arguments = parser.parse_args()
    if arguments.case is not None:
        print(json.dumps(_measure(CASES[arguments.case], arguments.entries)))
        return
    print("| what | bytes |\n|---|---|")
    for name in CASES:
        grown, _ = _run(name, arguments.entries)
        print(f"| {name} | {round(grown / arguments.entries, -1):,.0f} |", flush=True)
    print(f"\n| process with {arguments.sessions:,} sessions | MiB at most |\n|---|---|")
    peaks = {each: _run(CASE_OF[each], arguments.sessions)[1] / MIB for each in (16, 4)}
    for each, peak in peaks.items():
        customers = -(-arguments.sessions // each)
        print(f"| {each} sessions of each of {customers:,} customers | {peak:,.0f} |")
    if peaks[16] >= LIMIT_MIB:
        sys.exit(f"The limit is {LIMIT_MIB:,} MiB.")


def _measure(prepare: Callable[[int], Callable[[], object]], count: int) -> tuple[int, int]:
    """By how many bytes filling grew the process, and the most that the process ever had."""
    fill = prepare(count)
    gc.collect()
    before = _status("VmRSS")
    fill()
    gc.collect()
    return _status("VmRSS") - before, _status("VmHWM")


def _status(name: str) -> int:
    """A line of ``/proc/self/status`` that is in kB, in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def _run(case: str, entries: int) -> tuple[int, int]:
    command = [sys.executable, __file__, "--case", case, "--entries", str(entries)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    grown, peak = json.loads(ran.stdout)
    return grown, peak


if __name__ == "__main__":
    main()
