"""This service beside other systems: the CPU time of a session check, and what a logout does.

    python -m venv /tmp/peers && . /tmp/peers/bin/activate
    pip install -r benchmarks/peers/requirements.txt
    python benchmarks/peers/run.py [--no-write]

Each system answers the same question for a token: whose session is this, which roles does that
customer have, and is it still a session? It is asked in process, as its framework asks it on each
request, with a store of its own and 100 customers. Every system has a process of its own; they take
turns on one core, in rounds of 0.08 s of CPU time, and the median round counts. Checks a second are
those that fit into a second of that CPU time.

Then customers log out in each system, and the script checks their tokens again, for 8 seconds.

It prints the table. Without ``--no-write`` it also writes the table into docs/performance.md, the
plot into docs/pictures/peers.svg, and the figures into the file beside that.
"""

import argparse
import os
import platform
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from checkout import ROOT
from measured import Measured, Row
from plot import plot
from system_process import SystemProcess, versions
from table import remarks, table, with_table

ROUNDS: Final = 21
PAGE: Final = ROOT / "docs" / "performance.md"
FIGURES: Final = ROOT / "docs" / "pictures" / "peers.json"
PICTURE: Final = FIGURES.with_suffix(".svg")


@dataclass(frozen=True)
class System:
    """A row before it is measured."""

    name: str
    place: str
    packages: tuple[str, ...]
    kept: str
    ends: str = ""
    """As ``Row`` has it."""


_FASTAPI_USERS: Final = ("fastapi-users",)
_TOKEN_EXPIRES: Final = "valid until its `exp`"
_COOKIE: Final = "the browser forgets the cookie, but a copy is valid for 31 days"
SYSTEMS: Final = (
    System("customer, in memory", "systems.customer_service:in_memory", (), "memory"),
    System("customer, SQLite", "systems.customer_service:on_sqlite", (), "SQLite"),
    System(
        "customer, cached",
        "systems.customer_service:cached",
        (),
        "a cache, in front of SQLite",
        "at most `max_age`, 5 s",
    ),
    System(
        "customer, cached, with the feed",
        "systems.customer_service:cached_with_feed",
        (),
        "a cache, in front of SQLite",
        "at most `max_lag`, 2 s",
    ),
    System(
        "Django, sessions in the database",
        "systems.django_sessions:in_database",
        ("Django",),
        "SQLite",
    ),
    System(
        "Django, sessions in the cache",
        "systems.django_sessions:in_cache",
        ("Django",),
        "memory; users in SQLite",
    ),
    System(
        "fastapi-users, dict",
        "systems.fastapi_users_tokens:in_dict",
        _FASTAPI_USERS,
        "memory",
    ),
    System(
        "fastapi-users, SQLite",
        "systems.fastapi_users_tokens:on_sqlite",
        (*_FASTAPI_USERS, "SQLAlchemy"),
        "SQLite",
    ),
    System(
        "fastapi-users, JWT",
        "systems.fastapi_users_tokens:jwt_and_sqlite",
        (*_FASTAPI_USERS, "SQLAlchemy"),
        "the token; users in SQLite",
        f"{_TOKEN_EXPIRES}, or until the user is made inactive",
    ),
    System(
        "Flask-Security",
        "systems.flask_security_sessions:on_sqlite",
        ("Flask-Security", "Flask-SQLAlchemy"),
        "a signed cookie; users in SQLite",
        f"{_COOKIE}, or until the user has a new `fs_uniquifier`",
    ),
    System(
        "Flask-Login",
        "systems.flask_login_sessions:in_dict",
        ("Flask-Login", "Flask"),
        "a signed cookie; users in memory",
        _COOKIE,
    ),
    System("PyJWT, HS256", "systems.pyjwt_tokens:hs256", ("PyJWT",), "the token", _TOKEN_EXPIRES),
    System(
        "PyJWT, EdDSA",
        "systems.pyjwt_tokens:eddsa",
        ("PyJWT", "cryptography"),
        "the token",
        _TOKEN_EXPIRES,
    ),
    System(
        "itsdangerous",
        "systems.itsdangerous_tokens:timed",
        ("itsdangerous",),
        "the token",
        "valid until it is older than `max_age`",
    ),
)
FLASK_CONTEXT: Final = "systems.flask_sessions:request_context_alone"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-write", action="store_true", help="print only")
    arguments = parser.parse_args()
    measured = measure()
    print(f"{table(measured)}\n\n{remarks(measured)}")
    if not arguments.no_write:
        measured.write(FIGURES)
        kept = Measured.read(FIGURES)
        PICTURE.write_text(plot(kept), encoding="utf-8")
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), kept), encoding="utf-8")


def measure() -> Measured:
    """One run."""
    libraries = [versions(system.packages) for system in SYSTEMS]
    load = os.getloadavg()[0]
    core = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="peers-")))
        processes: list[SystemProcess] = []
        for number, place in enumerate([*(its.place for its in SYSTEMS), FLASK_CONTEXT]):
            process = SystemProcess.start(place, folder / str(number))
            stack.callback(process.stop)
            processes.append(process)
        for process in processes:
            process.wait_until_prepared()
        costs = _measure_in_turn(processes, core)
        for process in processes:
            process.begin_logout()
        seconds = [process.receive() for process in processes]
    rows = [
        Row(
            name=system.name,
            library=library,
            kept=system.kept,
            is_ours=not system.packages,
            costs=tuple(its_costs),
            logout_seconds=seen,
            ends=system.ends,
        )
        for system, library, its_costs, seen in zip(
            SYSTEMS, libraries, costs, seconds, strict=False
        )
    ]
    alone = Row(
        name="", library=(), kept="", is_ours=False, costs=costs[-1], logout_seconds=None, ends=""
    )
    return Measured(
        python=platform.python_version(),
        cores=os.cpu_count() or 1,
        load=load,
        flask_context=round(alone.cost, 1),
        rows=rows,
    )


def _measure_in_turn(processes: list[SystemProcess], core: int | None) -> list[tuple[float, ...]]:
    """The costs of each, round by round. Every other round is in the opposite order."""
    costs: list[list[float]] = [[] for _ in processes]
    for number in range(ROUNDS):
        order = range(len(processes))
        for index in order if number % 2 else reversed(order):
            costs[index].append(round(processes[index].measure(core), 2))
    # The first round fills caches.
    return [tuple(its[1:]) for its in costs]


if __name__ == "__main__":
    main()
