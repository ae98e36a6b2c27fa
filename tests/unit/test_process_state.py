"""Whatever a forked child must not inherit is made where the fork guard sees to that."""

import ast
from collections.abc import Iterator
from pathlib import Path

from support.repository.checkout import ROOT, sources

GUARDED = {
    # Made by the ProcessLocal of compose_session_readers.
    "domain/services/feed_reader.py",
    # Made for one read of the feed, which ends it.
    "adapters/dynamodb/session_change_log.py",
    # The guard itself.
    "adapters/forking/fork_safe_lock.py",
    "adapters/forking/process_local.py",
    # Made by the ProcessLocal of HttpBreachedPasswords.
    "adapters/http_client/breached_passwords.py",
    # Made by the ProcessLocal of HttpSessionChecker.
    "adapters/http_api/circuit_breaker.py",
    "adapters/http_api/retry_budget.py",
    # Made by the ProcessLocal of CachingSessionChecker.
    "adapters/caching/cached_answers.py",
    "adapters/caching/feed_follower.py",
    "adapters/caching/pending_checks.py",
    # Made by the ProcessLocal of ThreadedBackground.
    "adapters/threaded/background_threads.py",
    # Made by the ProcessLocal of ThreadedHashingLane.
    "adapters/threaded/hashing_threads.py",
    "adapters/threaded/jobs.py",
    "adapters/threaded/places.py",
    # Made by a ProcessLocal of its own.
    "adapters/dynamodb/clock_estimate.py",
    # Made by the ProcessLocal of the client.
    "adapters/dynamodb/direct_client/refreshed_value.py",
    "adapters/event_loop/loop_local.py",
    "entrypoints/middleware/asgi_check.py",
    "entrypoints/middleware/django_checker.py",
    # Made by a ProcessLocal of its own, or by that of Database.
    "adapters/sqlite/connections.py",
    "adapters/sqlite/database.py",
    "adapters/sqlite/file_place.py",
    # Made when a process ends, and it waits for it.
    "adapters/opentelemetry/tracing.py",
    # The commands `copy` and `import` use them, and fork nothing.
    "adapters/dynamodb/customer_repository.py",
    "adapters/dynamodb/batch_writer.py",
    "adapters/dynamodb/bulk_access.py",
    "entrypoints/customer_files/import_batches.py",
    # Made by the ProcessLocal of ServiceApplication. prometheus-client has such locks too.
    "adapters/metrics/quick_histogram.py",
    "entrypoints/http/metrics_server.py",
    "entrypoints/http/startup_task.py",
    "entrypoints/http/readiness_log.py",
    # A forked process forgets what waits, and whether a thread runs, by a hook of its own.
    "entrypoints/line_handler.py",
    # Never used across a fork: a server and a test belong to one process.
    "entrypoints/http/serving/worker_threads.py",
    "entrypoints/testkit/contract/threads.py",
    "entrypoints/testkit/http_server.py",
}
MODULES = {"concurrent.futures", "functools", "queue", "threading"}
STATE = {
    "Barrier",
    "BoundedSemaphore",
    "Condition",
    "Event",
    "Lock",
    "Queue",
    "RLock",
    "Semaphore",
    "SimpleQueue",
    "Thread",
    "ThreadPoolExecutor",
    "Timer",
    # Holds a lock in Python 3.11.
    "cached_property",
}


def uses(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / source).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module in MODULES:
            yield from (alias.name for alias in node.names if alias.name in STATE)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in MODULES and node.attr in STATE:
                yield node.attr


def test_locks_and_threads_are_made_by_the_fork_guard() -> None:
    """A new one goes behind ``ProcessLocal`` or ``ForkSafeLock``, and into the list above."""
    found = {str(source): sorted(set(uses(source))) for source in sources()}

    assert {
        source: names for source, names in found.items() if names and source not in GUARDED
    } == {}


def test_the_list_names_no_module_that_has_none() -> None:
    found = {str(source) for source in sources() if any(uses(source))}

    assert found >= GUARDED


IN_OTHER_SERVICES = (
    "adapters/async_http_client",
    "adapters/caching",
    "adapters/event_loop",
    "adapters/http_api",
    "adapters/http_client",
    "entrypoints/client.py",
    "entrypoints/middleware",
    "entrypoints/session_checkers.py",
)


def late_imports(node: ast.AST, *, late: bool = False) -> Iterator[str]:
    """The imports within functions that no fork waits for."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.With) and any(
            ast.unparse(item) == "no_fork" for item in child.items
        ):
            continue
        if late and isinstance(child, ast.Import | ast.ImportFrom):
            yield ast.unparse(child)
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from late_imports(child, late=late or is_function)


def test_a_fork_waits_for_each_import_that_other_services_make_late() -> None:
    """A child that was forked during an import would wait forever for its end."""
    found = {
        str(source): [*late_imports(ast.parse((ROOT / source).read_text()))]
        for source in sources()
        if any(source.is_relative_to(place) for place in IN_OTHER_SERVICES)
    }

    assert len(found) > 30
    assert {source: imports for source, imports in found.items() if imports} == {}
