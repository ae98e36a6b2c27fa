"""One session is left: ``close_others``, and an update that opens a session, in every store."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.builders.values import (
    LIVE,
    a_record,
    a_session,
    added,
    an_opening,
    an_update,
    opened,
    unique,
)
from support.stores.stored_state import (
    devices_of,
    log_of,
    read_state,
    revocations_of,
    sessions_of,
)

from cybershop_customer import (
    Customer,
    Device,
    Revocation,
    Session,
    Storage,
    VersionConflictError,
)
from cybershop_customer.domain.device import plan_device_use
from cybershop_customer.entrypoints.testkit.clock import START

LATER = START + timedelta(minutes=5)


def close_others(storage: Storage, session: Session) -> bool:
    record = a_record(session.customer_id, at=LATER)
    return storage.sessions.close_others(session, record)


def change_password(storage: Storage, customer: Customer) -> tuple[Session, Device]:
    """Set a new password, and open the only session, on the only device."""
    session = a_session(customer.customer_id, device="123456")
    device = Device(unique("device"), START.replace(microsecond=0))
    update = an_update(customer, password_hash="new", session=session, device=device)
    storage.customers.update(update, a_record(customer.customer_id, at=LATER))
    return session, device


def log_in_on(storage: Storage, customer: Customer, device_id: str) -> Session:
    stored = storage.sessions.get_with_sessions(customer.customer_id, now=START)
    assert stored is not None
    session = a_session(customer.customer_id)
    use = plan_device_use(stored.devices, Device(device_id, START.replace(microsecond=0)))
    opening = an_opening(session, device_use=use)
    storage.sessions.open(opening, a_record(customer.customer_id))
    return session


def test_all_sessions_but_one_end_in_one_change(storage: Storage) -> None:
    customer, other = added(storage), added(storage)
    one, kept, two = (opened(storage, customer, device="abcdef") for _ in range(3))
    stranger = opened(storage, other)
    before = log_of(storage, customer.customer_id)
    record = a_record(customer.customer_id, at=LATER)

    assert storage.sessions.close_others(kept, record)

    (left,) = sessions_of(storage, customer.customer_id)
    assert left == kept
    assert left.device == "abcdef"
    ended = {Revocation(session.session_id, LATER) for session in (one, two)}
    assert revocations_of(storage, customer.customer_id) == ended
    assert {
        storage.sessions.find(customer.customer_id, session.session_id)
        for session in (one, kept, two)
    } == {kept, *ended}
    assert log_of(storage, customer.customer_id) == (*before, record)
    assert storage.customers.get(customer.customer_id, now=START) == customer
    assert sessions_of(storage, other.customer_id) == {stranger}
    (entry,) = storage.session_changes.read(after="0", limit=10)
    assert entry.customer_id == customer.customer_id


def test_the_only_session_stays(storage: Storage) -> None:
    customer = added(storage)
    kept = opened(storage, customer)

    assert close_others(storage, kept)

    assert sessions_of(storage, customer.customer_id) == {kept}
    assert revocations_of(storage, customer.customer_id) == frozenset()


def test_an_ended_session_ends_no_other(storage: Storage) -> None:
    customer = added(storage)
    ended, live = opened(storage, customer), opened(storage, customer)
    record = a_record(customer.customer_id)
    assert storage.sessions.close(customer.customer_id, ended.session_id, LIVE, record)
    before = read_state(storage, customer.customer_id)

    assert not close_others(storage, ended)
    assert not close_others(storage, replace(live, customer_id=unique("nobody")))

    assert read_state(storage, customer.customer_id) == before


def test_the_kept_session_ends_as_every_other(storage: Storage) -> None:
    customer = added(storage)
    other, kept = opened(storage, customer), opened(storage, customer)
    assert close_others(storage, kept)
    record = a_record(customer.customer_id)

    assert storage.sessions.close(customer.customer_id, kept.session_id, LIVE, record)

    assert sessions_of(storage, customer.customer_id) == frozenset()
    assert revocations_of(storage, customer.customer_id) == {
        Revocation(other.session_id, LATER),
        Revocation(kept.session_id, LIVE.now),
    }


def test_a_kept_session_that_expired_is_not_revoked(storage: Storage) -> None:
    customer = added(storage)
    other, kept = opened(storage, customer), opened(storage, customer)
    assert close_others(storage, kept)

    opening = an_opening(a_session(customer.customer_id), expired=(kept.session_id,))
    storage.sessions.open(opening, a_record(customer.customer_id))

    assert storage.sessions.find(customer.customer_id, kept.session_id) is None
    assert isinstance(storage.sessions.find(customer.customer_id, other.session_id), Revocation)


@pytest.mark.parametrize("again", [True, False], ids=["others", "all"])
def test_a_session_that_was_kept_once_can_be_one_of_the_others(
    storage: Storage, *, again: bool
) -> None:
    customer = added(storage)
    kept = opened(storage, customer)
    assert close_others(storage, kept)
    last = opened(storage, customer)

    if again:
        assert close_others(storage, last)
    else:
        record = a_record(customer.customer_id, at=LATER)
        assert storage.sessions.close_all(customer.customer_id, record)

    found = storage.sessions.find(customer.customer_id, kept.session_id)
    assert found == Revocation(kept.session_id, LATER)
    assert sessions_of(storage, customer.customer_id) == ({last} if again else frozenset())


def test_an_extension_after_it_is_kept(storage: Storage) -> None:
    customer = added(storage)
    kept = opened(storage, customer)
    assert close_others(storage, kept)

    storage.sessions.extend(kept, LATER + timedelta(hours=1))

    (left,) = sessions_of(storage, customer.customer_id)
    assert left.expires_at == LATER + timedelta(hours=1)


def test_a_new_password_can_leave_one_new_session_and_one_device(storage: Storage) -> None:
    customer = added(storage)
    before = [log_in_on(storage, customer, unique("device")) for _ in range(2)]

    session, device = change_password(storage, customer)

    after = read_state(storage, customer.customer_id)
    assert after.sessions == {session}
    (left,) = after.sessions
    assert left.device == "123456"
    assert after.devices == {device}
    assert after.revocations == {Revocation(old.session_id, LATER) for old in before}
    assert after.customer is not None
    assert (after.customer.password_hash, after.customer.password_version) == ("new", 2)


def test_a_device_of_before_can_be_the_one_that_stays(storage: Storage) -> None:
    customer = added(storage)
    kept, forgotten = unique("device"), unique("device")
    log_in_on(storage, customer, kept)
    log_in_on(storage, customer, forgotten)
    device = Device(kept, START.replace(microsecond=0) + timedelta(seconds=1))

    update = an_update(customer, password_hash="new", device=device)
    storage.customers.update(update, a_record(customer.customer_id))

    assert devices_of(storage, customer.customer_id) == {device}


def test_after_a_password_change_logins_go_on_as_before(storage: Storage) -> None:
    customer = added(storage)
    session, _ = change_password(storage, customer)
    changed = replace(customer, password_version=2)

    another = opened(storage, changed)
    assert storage.sessions.close(
        customer.customer_id, session.session_id, LIVE, a_record(customer.customer_id)
    )

    assert sessions_of(storage, customer.customer_id) == {another}
    assert storage.sessions.find(customer.customer_id, session.session_id) == Revocation(
        session.session_id, LIVE.now
    )


def test_a_stale_password_change_opens_nothing(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)
    storage.customers.update(an_update(customer), a_record(customer.customer_id))
    before = read_state(storage, customer.customer_id)

    with pytest.raises(VersionConflictError):
        change_password(storage, customer)

    assert read_state(storage, customer.customer_id) == before
    assert before.sessions == {session}


def test_an_update_can_end_sessions_without_a_new_password(storage: Storage) -> None:
    customer = added(storage)
    session = log_in_on(storage, customer, unique("device"))
    devices = devices_of(storage, customer.customer_id)

    update = an_update(customer, ends_sessions=True)
    storage.customers.update(update, a_record(customer.customer_id, at=LATER))

    after = read_state(storage, customer.customer_id)
    assert after.sessions == frozenset()
    assert after.revocations == {Revocation(session.session_id, LATER)}
    assert after.devices == devices
    assert after.customer is not None
    assert after.customer.password_version == 1
    (entry,) = storage.session_changes.read(after="0", limit=10)
    assert entry.customer_id == customer.customer_id
