"""Several workers on one file, and another service that caches their answers."""

from pathlib import Path
from time import monotonic

from support.http.customer_api import BASE, add, log_in
from support.processes.wsgi_servers import running
from support.stores.shared import SharedFile

from cybershop_customer import SessionRefusedError
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.entrypoints.session_checkers import http_session_checker

TOKEN = "0123456789abcdef0123456789ABCDEF"
MARGIN = 2.0
"""Seconds for a thread to get its turn on a machine that has other things to do."""


def test_a_logout_at_one_worker_is_seen_in_time_by_a_cache_that_asks_any(tmp_path: Path) -> None:
    file = SharedFile(tmp_path)
    settings = {
        **file.environ,
        "CUSTOMER_BCRYPT_ROUNDS": "4",
        "CUSTOMER_SESSION_FEED": "true",
        "CUSTOMER_SESSION_FEED_TOKEN": TOKEN,
    }
    policy = CachePolicy(max_age=0, refusal_max_age=0, followed_max_age=600, max_lag=2)
    with (
        running("gunicorn-gthread", tmp_path, "--workers", "3", **settings) as server,
        server.api() as api,
        http_session_checker(server.url, policy=policy, feed_token=TOKEN) as checker,
    ):
        add(api, "zoe")
        sessions = [log_in(api, "zoe") for _ in range(6)]
        for context_id in sessions:
            assert checker.check_session(context_id).customer_id == "zoe"
        for context_id in sessions:
            assert api.put(f"{BASE}/logoff", bearer=context_id).status == 200
        ended = monotonic()

        while sessions and monotonic() < ended + policy.max_lag + MARGIN:
            try:
                checker.check_session(sessions[-1])
            except SessionRefusedError:
                sessions.pop()

    assert sessions == []
    assert file.damage() == []
