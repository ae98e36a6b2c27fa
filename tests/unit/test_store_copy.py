"""The copy of a store: pages, interruptions, and the comparison at the end."""

from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from support.builders.values import a_customer, a_record, a_session, a_token
from support.copying.paged_store import InterruptedCopyError, PagedStore, key_of

from cybershop_customer import Customer, CustomerWithSessions, Device, Revocation
from cybershop_customer.domain.services.entry_checksum import NO_ENTRIES, entry_digest, sum_of
from cybershop_customer.domain.services.store_comparison import MAX_NAMED, PAGE_ENTRIES, Comparison
from cybershop_customer.domain.services.store_copy import CopyState, StoreCopy
from cybershop_customer.domain.store_entry import (
    AuditEntry,
    CustomerEntry,
    EmailGuardEntry,
    EntryKind,
    StoreEntry,
    TombstoneEntry,
)
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

LATER = START + timedelta(days=1)
FULL = CustomerEntry(
    CustomerWithSessions(
        a_customer(
            customer_id="full",
            roles=frozenset({"a", "b"}),
            expires_at=LATER,
            email_verification=a_token(address="full@shop.example"),
            password_reset=a_token(),
        ),
        tuple(a_session("full", device=f"device-{number}") for number in range(2)),
        tuple(Revocation(f"ended-{number}", START) for number in range(2)),
        tuple(Device(f"known-{number}", START) for number in range(2)),
    )
)
RECORD = AuditEntry(
    a_record("full", fields=("fname", "email"), source="s", request_id="r", session_id="i"), LATER
)


def a_shop(customers: int = 4) -> list[StoreEntry]:
    """Entries of every kind for each customer."""
    entries: list[StoreEntry] = [FULL, RECORD]
    for number in range(customers):
        customer_id = f"customer-{number}"
        entries += [
            CustomerEntry(CustomerWithSessions(a_customer(customer_id=customer_id), ())),
            EmailGuardEntry(f"{customer_id}@shop.example", customer_id),
            TombstoneEntry(f"gone-{number}", LATER),
            AuditEntry(a_record(customer_id), None),
            AuditEntry(a_record("-"), LATER),
        ]
    return entries


def copied(source: PagedStore, target: PagedStore, state: CopyState | None = None) -> CopyState:
    """Copy until the end, or the interruption; return the last saved state."""
    states = [state or CopyState()]
    copy = StoreCopy(source, target, ManualClock())
    try:
        copy.copy(states[-1], after_page=states.append)
    except InterruptedCopyError:
        assert not states[-1].is_complete
    return states[-1]


def verified(source: PagedStore, target: PagedStore) -> Comparison:
    return StoreCopy(source, target, ManualClock()).verify(advance=lambda _: None)


def test_the_target_has_every_entry_and_the_comparison_counts_them() -> None:
    source, target = PagedStore(a_shop()), PagedStore(page=5)

    state = copied(source, target)

    comparison = verified(source, target)
    assert target.entries == source.entries
    assert state == CopyState(None, 22, is_complete=True)
    assert comparison.is_equal
    assert {kind: part.count for kind, part in comparison.source.items()} == {
        EntryKind.CUSTOMER: 5,
        EntryKind.EMAIL_GUARD: 4,
        EntryKind.TOMBSTONE: 4,
        EntryKind.AUDIT_RECORD: 9,
    }


@pytest.mark.parametrize("written", range(22))
def test_an_interrupted_copy_continues_and_is_equal(written: int) -> None:
    """At each page boundary (3 entries), and in the middle of each page."""
    source, target = PagedStore(a_shop()), PagedStore()
    target.fails_after = written

    state = copied(source, target)
    assert len(target.entries) == written
    assert state.entries == written // 3 * 3
    state = copied(source, target, state)

    assert state == CopyState(None, 22, is_complete=True)
    assert verified(source, target).is_equal


def test_a_complete_copy_writes_nothing_more() -> None:
    source, target = PagedStore(a_shop()), PagedStore()
    target.fails_after = 0

    state = CopyState(None, 22, is_complete=True)

    assert copied(source, target, state) is state
    assert target.is_empty()


def test_what_has_ended_is_not_copied_and_not_compared() -> None:
    ended = [
        CustomerEntry(CustomerWithSessions(a_customer(expires_at=START), ())),
        TombstoneEntry("gone", START),
        AuditEntry(a_record("zoe"), START),
    ]
    source, target = PagedStore(ended), PagedStore()

    assert copied(source, target).is_complete

    assert target.is_empty()
    assert verified(source, target).is_equal
    assert verified(target, source).is_equal


@pytest.mark.parametrize("position", range(22))
def test_a_missing_entry_is_found_and_named(position: int) -> None:
    source, target = PagedStore(a_shop()), PagedStore(a_shop())
    target.entries = dict(source.entries)
    missing = list(source.entries.values())[position]
    del target.entries[key_of(missing)]

    for comparison in (verified(source, target), verified(target, source)):
        assert not comparison.is_equal
        (difference,) = comparison.differences
        assert difference.customer_id == missing.customer_id
        assert difference.kinds == (missing.kind,)


def test_ten_customers_are_named_however_many_differ() -> None:
    shop = a_shop(200)

    comparison = verified(PagedStore(shop, page=1000), PagedStore())

    assert len({difference.customer_id for difference in comparison.differences}) == MAX_NAMED


def test_the_comparison_holds_one_page_and_no_more() -> None:
    source = PagedStore(a_shop(400), page=10**6)

    assert verified(source, source).is_equal
    assert source.largest_page == PAGE_ENTRIES


def test_the_sum_does_not_depend_on_the_order() -> None:
    entries = a_shop()
    shuffled = Random(1).sample(entries, len(entries))

    assert sum(map(sum_of, entries), NO_ENTRIES) == sum(map(sum_of, shuffled), NO_ENTRIES)
    assert len({entry_digest(entry) for entry in entries}) == len(entries)


def test_a_checksum_is_written_as_64_digits() -> None:
    assert NO_ENTRIES.checksum == "0" * 64
    entry = TombstoneEntry("ann", START)
    assert sum_of(entry).checksum == entry_digest(entry).hex()


def test_sessions_revocations_and_devices_have_no_order() -> None:
    stored = FULL.stored
    turned = replace(
        stored,
        sessions=stored.sessions[::-1],
        revocations=stored.revocations[::-1],
        devices=stored.devices[::-1],
    )

    assert entry_digest(CustomerEntry(turned)) == entry_digest(FULL)


def variants(value: Any) -> list[Any]:
    """``value`` with one part changed, for each part of it."""
    if is_dataclass(value) and not isinstance(value, type):
        return [
            replace(value, **{field.name: changed})
            for field in fields(value)
            for changed in variants(getattr(value, field.name))
        ]
    if isinstance(value, tuple):
        return [
            (),
            *(
                (*value[:at], changed, *value[at + 1 :])
                for at, part in enumerate(value)
                for changed in variants(part)
            ),
        ]
    return [_changed(value)]


def _changed(value: Any) -> Any:
    match value:
        case datetime():
            return value + timedelta(microseconds=1)
        case bool():
            return not value
        case int():
            return value + 1
        case frozenset():
            return value | {"another"}
    return "another"


@pytest.mark.parametrize("entry", [FULL, RECORD, EmailGuardEntry("k", "c")], ids=lambda e: e.kind)
def test_the_digest_depends_on_every_field(entry: StoreEntry) -> None:
    changed = variants(entry)

    assert len(changed) >= len(fields(entry))
    assert entry_digest(entry) not in {entry_digest(variant) for variant in changed}


def test_the_variants_change_every_field_of_a_customer() -> None:
    customer = FULL.stored.customer

    changed = {
        field.name
        for variant in variants(customer)
        for field in fields(Customer)
        if getattr(variant, field.name) != getattr(customer, field.name)
    }

    assert changed == {field.name for field in fields(Customer)}
