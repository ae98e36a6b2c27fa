"""A follower of the audit log returns each record once, also one that appears late."""

from datetime import datetime, timedelta

from support.builders.values import a_record

from cybershop_customer.domain.audit import AuditRecord
from cybershop_customer.entrypoints.cli.log_follower import OVERLAP, LogFollower
from cybershop_customer.entrypoints.testkit.clock import START

SECOND = timedelta(seconds=1)


def test_a_late_record_is_returned_and_none_twice() -> None:
    log: list[AuditRecord] = []
    asked: list[datetime] = []

    def read(since: datetime) -> list[AuditRecord]:
        asked.append(since)
        return sorted((record for record in log if record.at >= since), key=lambda it: it.at)

    follower = LogFollower(read, since=START)
    assert [*follower.read_new()] == []
    for offset in (100, 80, 90):
        log.append(a_record("zoe", at=START + offset * SECOND))
        assert [*follower.read_new()] == [log[-1]]
    assert [*follower.read_new()] == []
    log.append(a_record("zoe", at=START - SECOND))
    assert [*follower.read_new()] == []

    assert asked[0] == START
    assert asked[-1] == START + 100 * SECOND - OVERLAP


def test_it_forgets_what_it_cannot_read_again() -> None:
    log = [a_record("zoe", at=START + number * SECOND) for number in range(1000)]
    follower = LogFollower(lambda since: [it for it in log if it.at >= since], since=START)

    assert [*follower.read_new()] == log
    assert [*follower.read_new()] == []
    assert len(follower._returned) == OVERLAP / SECOND + 1
