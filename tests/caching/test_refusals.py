"""Refusals are cached too, with a limit of their own."""

import pytest
from support.services.cache_harness import CacheHarness

from cybershop_customer import (
    CheckerUnavailableError,
    ContextId,
    RefusalReason,
    SessionRefusedError,
)

WAYS = ("threads", "asyncio")


def invented(number: int, customer_id: str = "ann") -> str:
    return ContextId.new(customer_id, b"\xff" * 28 + number.to_bytes(4)).secret


def reason(harness: CacheHarness, context_id: str) -> RefusalReason:
    with pytest.raises(SessionRefusedError) as refused:
        harness.checker.check_session(context_id)
    return refused.value.reason


def test_a_refusal_is_answered_from_the_cache_with_its_reason() -> None:
    harness = CacheHarness(refusal_max_age=3)
    context_id = harness.log_in()
    harness.log_out(context_id)
    assert reason(harness, context_id) is RefusalReason.REVOKED

    harness.advance(2.999)
    assert harness.count_source_calls(lambda: reason(harness, context_id)) == 0
    assert reason(harness, context_id) is RefusalReason.REVOKED
    harness.advance(0.001)
    assert harness.count_source_calls(lambda: reason(harness, context_id)) == 1


def test_a_refusal_is_cached_for_the_pair_too_and_only_for_its_customer() -> None:
    harness = CacheHarness()
    context_id = harness.log_in()
    harness.log_out(context_id)

    def refuse(customer_id: str | None) -> RefusalReason:
        with pytest.raises(SessionRefusedError) as refused:
            harness.checker.check_session(context_id, customer_id=customer_id)
        return refused.value.reason

    reasons = [refuse(customer_id) for customer_id in (None, "ann", "bob")]

    assert reasons == [RefusalReason.REVOKED, RefusalReason.REVOKED, RefusalReason.UNKNOWN]
    assert harness.source.calls == [context_id]


def test_an_unknown_context_id_in_a_loop_costs_one_check() -> None:
    harness = CacheHarness()

    assert (
        harness.count_source_calls(lambda: [reason(harness, invented(1)) for _ in range(100)]) == 1
    )


def test_each_refusal_raises_a_new_error() -> None:
    """An error that is raised several times collects a traceback each time."""
    harness = CacheHarness()
    errors = []
    for _ in range(3):
        with pytest.raises(SessionRefusedError) as refused:
            harness.checker.check_session(invented(1))
        errors.append(refused.value)

    assert len(set(map(id, errors))) == 3


def test_invented_context_ids_evict_no_session() -> None:
    harness = CacheHarness(max_entries=20)
    live = [harness.log_in(f"customer{number}") for number in range(20)]
    for context_id in live:
        assert harness.is_live(context_id)

    for number in range(1000):
        reason(harness, invented(number))

    assert (
        harness.count_source_calls(lambda: [harness.is_live(context_id) for context_id in live])
        == 0
    )
    assert harness.checker.cache_info().entries == 22


def test_a_refusal_replaces_the_cached_session() -> None:
    harness = CacheHarness(max_age=5, refusal_max_age=60)
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    harness.log_out(context_id)
    harness.advance(5)

    assert not harness.is_live(context_id)

    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 0
    assert harness.checker.cache_info().entries == 1


def test_an_outage_is_not_cached() -> None:
    harness = CacheHarness()
    context_id = harness.log_in()
    harness.start_outage()
    with pytest.raises(CheckerUnavailableError):
        harness.checker.check_session(context_id)
    harness.source.error = None

    assert harness.is_live(context_id)
