"""What every SessionRepository finds and extends."""

from dataclasses import replace
from datetime import timedelta

from support.builders.values import a_record, a_session, added, an_update, opened, unique
from support.stores.stored_state import log_of, read_state, sessions_of

from cybershop_customer import Customer, CustomerWithSessions, Storage
from cybershop_customer.entrypoints.testkit.clock import START


def test_a_customer_is_read_with_its_sessions(storage: Storage) -> None:
    customer = added(storage, fname="Zoë", roles=frozenset({"clerk"}))
    assert storage.sessions.get_with_sessions(
        customer.customer_id, now=START
    ) == CustomerWithSessions(customer, ())

    sessions = {opened(storage, customer), opened(storage, customer)}

    stored = storage.sessions.get_with_sessions(customer.customer_id, now=START)
    assert stored is not None
    assert stored.customer == customer
    assert len(stored.sessions) == 2
    assert set(stored.sessions) == sessions


def test_an_unknown_customer_has_no_sessions(storage: Storage) -> None:
    assert storage.sessions.get_with_sessions(unique("nobody"), now=START) is None
    assert storage.sessions.get_with_sessions("-", now=START) is None
    assert storage.sessions.find(unique("nobody"), "session") is None


def test_an_open_session_is_found_exactly_as_it_was_opened(storage: Storage) -> None:
    customer = added(storage, roles=frozenset({"admin", "clerk"}))
    session = opened(
        storage,
        customer,
        session_id="Abc_-0123456789ABCDEFG",
        issued_at=START + timedelta(microseconds=1),
        expires_at=START + timedelta(days=30, microseconds=-1),
    )

    assert storage.sessions.find(customer.customer_id, session.session_id) == session


def test_session_ids_differ_by_letter_case(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer, session_id="aB")

    assert storage.sessions.find(customer.customer_id, "Ab") is None
    assert storage.sessions.find(customer.customer_id, "aB") == session


def test_a_session_is_found_only_with_its_own_customer(storage: Storage) -> None:
    customer, other = added(storage), added(storage)
    session = opened(storage, customer)

    assert storage.sessions.find(other.customer_id, session.session_id) is None
    assert storage.sessions.find(customer.customer_id, unique("other")) is None


def test_an_expired_session_is_still_found_for_the_caller_to_judge(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer, expires_at=START - timedelta(days=9))

    assert storage.sessions.find(customer.customer_id, session.session_id) == session
    assert sessions_of(storage, customer.customer_id) == {session}


def test_a_found_session_has_the_current_roles(storage: Storage) -> None:
    customer = added(storage)
    session = opened(storage, customer)

    for version, roles in enumerate([frozenset({"admin"}), frozenset({"clerk"}), frozenset()]):
        granted = replace(customer, version=version + 1)
        update = an_update(granted, roles=roles)
        storage.customers.update(update, a_record(customer.customer_id))

        now = replace(session, roles=roles)
        assert storage.sessions.find(customer.customer_id, session.session_id) == now
        assert sessions_of(storage, customer.customer_id) == {now}


def test_a_session_keeps_no_roles_of_its_own(storage: Storage) -> None:
    customer: Customer = added(storage)

    session = opened(storage, customer, roles=frozenset({"admin"}))

    found = storage.sessions.find(customer.customer_id, session.session_id)
    assert found == replace(session, roles=frozenset())


def test_extending_changes_only_the_expiry(storage: Storage) -> None:
    customer = added(storage)
    session, other = opened(storage, customer), opened(storage, customer)
    log = log_of(storage, customer.customer_id)
    later = START + timedelta(hours=2, microseconds=3)

    storage.sessions.extend(session, later)

    after = read_state(storage, customer.customer_id)
    assert after.sessions == {replace(session, expires_at=later), other}
    assert after.customer == customer
    assert after.log == log


def test_extending_never_moves_the_expiry_to_earlier(storage: Storage) -> None:
    """Two checks at once may come to the store in the other order."""
    customer = added(storage)
    session = opened(storage, customer)
    later = START + timedelta(hours=2)
    storage.sessions.extend(session, later)

    storage.sessions.extend(session, later - timedelta(seconds=1))

    assert sessions_of(storage, customer.customer_id) == {replace(session, expires_at=later)}


def test_extending_a_removed_session_does_nothing(storage: Storage) -> None:
    customer = added(storage)
    kept = opened(storage, customer)
    before = read_state(storage, customer.customer_id)

    storage.sessions.extend(a_session(customer.customer_id), START + timedelta(hours=2))
    storage.sessions.extend(a_session(unique("nobody")), START + timedelta(hours=2))

    assert read_state(storage, customer.customer_id) == before
    assert before.sessions == {kept}
