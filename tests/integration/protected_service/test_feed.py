"""A logout is seen over the feed, though answers are remembered for long."""

from collections.abc import Callable

import pytest
from support.processes.service_process import ServiceProcess
from support.protected.service import FEED_TOKEN, ProtectedService, log_in, send, wait_until

from cybershop_customer import SettingsError
from cybershop_customer.entrypoints.session_checkers import CachePolicy, http_session_checker

ANOTHER_TOKEN = "another-0123456789abcdefghijklmn"
LONG_MEMORY = CachePolicy(max_age=0, refusal_max_age=0, followed_max_age=1800, max_lag=30)


def test_a_logout_is_seen_long_before_the_answer_is_too_old(
    start: Callable[..., ServiceProcess],
) -> None:
    url = start().url
    context_id, other = log_in(url), log_in(url)
    with http_session_checker(url, policy=LONG_MEMORY, feed_token=FEED_TOKEN) as checker:
        protected = ProtectedService(checker)

        def is_remembered() -> bool:
            before = checker.cache_info().hits
            assert protected.get(context_id).status == protected.get(other).status == 200
            return checker.cache_info().hits == before + 2

        # As soon as the feed has been looked at.
        wait_until(is_remembered)
        send("PUT", url, "logoff", {"context_id": context_id})

        wait_until(lambda: protected.get(context_id).status == 401)
        assert protected.get(context_id).body["reason"] == "revoked"
        assert protected.get(other).status == 200


def test_with_a_wrong_token_each_check_asks(
    start: Callable[..., ServiceProcess], caplog: pytest.LogCaptureFixture
) -> None:
    url = start().url
    context_id = log_in(url)
    with http_session_checker(url, policy=LONG_MEMORY, feed_token=ANOTHER_TOKEN) as checker:
        protected = ProtectedService(checker)
        assert protected.get(context_id).status == 200
        wait_until(lambda: "CUSTOMER_SESSION_FEED_TOKEN" in caplog.text)

        assert protected.get(context_id).status == 200
        send("PUT", url, "logoff", {"context_id": context_id})
        assert protected.get(context_id).status == 401
        assert checker.cache_info().hits == 0
    assert ANOTHER_TOKEN not in caplog.text


@pytest.mark.parametrize("url", ["", "127.0.0.1:30000", "ftp://x", "http://user:secret@x"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        http_session_checker(url)

    assert [fault.field for fault in refused.value.faults] == ["url"]
    assert "secret" not in str(refused.value)
