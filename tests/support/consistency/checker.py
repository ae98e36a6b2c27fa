"""Checks that the store, the audit log and the outcomes that callers observed are consistent.

The checker knows only what the service promises: a call changed something if and only if its audit
record exists, and a replay of the records leads to what is stored. The calls may run at once and
in any order. One case is excluded: a caller reads a customer, and updates it after the customer
was deleted and added again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from support.consistency.call_history import NEVER, ObservedCall, Outcome
from support.stores.snapshot import StoreSnapshot

from cybershop_customer import AuditRecord, CustomerWithSessions, PasswordHasher

_ADDS: Final = ("add_customer", "ensure_admin")
NO_CUSTOMER: Final = "-"


@dataclass(frozen=True)
class _Change:
    """A call that changed something, with its audit record."""

    call: ObservedCall
    record: AuditRecord

    @property
    def earliest(self) -> datetime:
        """The service makes the record before it makes the change."""
        return self.record.at

    @property
    def latest(self) -> datetime:
        """A call without an answer may still have a request on its way."""
        return self.call.ended if self.call.outcome is Outcome.DONE else NEVER

    @property
    def ends_sessions(self) -> bool:
        if self.call.operation == "update_customer":
            return "password" in self.record.fields
        return self.call.operation in ("end_sessions", "delete_customer")


def find_inconsistencies(
    snapshot: StoreSnapshot, calls: Sequence[ObservedCall], hasher: PasswordHasher
) -> Iterator[str]:
    """Yield a sentence for each inconsistency."""
    found: list[_Change] = []
    yield from _match(snapshot.records, calls, found)
    yield from _guards(snapshot)
    by_customer: defaultdict[str, list[_Change]] = defaultdict(list)
    for change in sorted(found, key=lambda change: change.record.at):
        by_customer[change.call.customer_id].append(change)
    for customer_id in by_customer.keys() | snapshot.accounts.keys():
        history = by_customer[customer_id]
        account = snapshot.accounts.get(customer_id)
        for fault in _replay(account, history, hasher):
            yield f"{customer_id}: {fault}"
    for call in calls:
        if _is_false_refusal(call, by_customer, found):
            yield f"{call}: there was no reason to refuse it"


def _match(
    records: Sequence[AuditRecord], calls: Sequence[ObservedCall], found: list[_Change]
) -> Iterator[str]:
    """Find the record of each call, and the call of each record."""
    by_customer: defaultdict[str, list[ObservedCall]] = defaultdict(list)
    for call in calls:
        by_customer[call.customer_id].append(call)
    changes: Counter[int] = Counter()
    refusals: Counter[int] = Counter()
    for record in (record for record in records if record.customer_id != NO_CUSTOMER):
        owners = [call for call in by_customer[record.customer_id] if _may_be_of(record, call)]
        if len(owners) != 1:
            yield f"{len(owners)} calls have the record {record}"
            continue
        call = owners[0]
        if record.status_code != 200:
            refusals[id(call)] += 1
            continue
        changes[id(call)] += 1
        if call.operation in (*_ADDS, "update_customer") and set(record.fields) != set(call.sets):
            yield f"{call} set {set(call.sets)}, but its record says {set(record.fields)}"
        if changes[id(call)] == 1:
            found.append(_Change(call, record))
    for call in calls:
        if changes[id(call)] not in {Outcome.DONE: (1,), Outcome.NOT_DONE: (0,)}.get(
            call.outcome, (0, 1)
        ):
            yield f"{call} has {changes[id(call)]} records of a change"
        if call.refusal == "ForbiddenError" and refusals[id(call)] != 1:
            yield f"{call} has {refusals[id(call)]} records of a refusal"
    yield from _refused_logins(records, calls, refusals)


def _refused_logins(
    records: Sequence[AuditRecord], calls: Sequence[ObservedCall], refusals: Counter[int]
) -> Iterator[str]:
    """Each refused login has one record: under the customer's id, or under ``-`` without one."""
    logins = [call for call in calls if call.operation == "login"]
    for call in logins:
        if refusals[id(call)] > 1:
            yield f"{call} has {refusals[id(call)]} records of a refusal"
    open_still = [call for call in logins if not refusals[id(call)]]
    unknown = sum(call.refusal == "LoginRefusedError" for call in open_still)
    perhaps = sum(call.outcome is Outcome.UNKNOWN for call in open_still)
    # A throttled login has no record of its own if another one of the same window has one.
    found = sum(
        record.customer_id == NO_CUSTOMER and record.status_code != 429 for record in records
    )
    if not unknown <= found <= unknown + perhaps:
        wanted = f"{unknown} to {unknown + perhaps}"
        yield f"there are {found} records of refused logins without a customer, not {wanted}"


def _may_be_of(record: AuditRecord, call: ObservedCall) -> bool:
    if record.operation_name != call.operation:
        return False
    if call.record_ids is not None:
        return record.record_id in call.record_ids
    return call.began <= record.at <= call.ended


def _guards(snapshot: StoreSnapshot) -> Iterator[str]:
    """Each e-mail key has the guard of its one owner, and no other guard exists."""
    held = {
        account.customer.email_key: customer_id
        for customer_id, account in snapshot.accounts.items()
        if account.customer.email_key is not None
    }
    for customer_id, account in snapshot.accounts.items():
        key = account.customer.email_key
        if key is not None and snapshot.email_owners.get(key) != customer_id:
            yield f"{customer_id}: the guard of {key} names {snapshot.email_owners.get(key)}"
    for key, owner in snapshot.email_owners.items():
        if held.get(key) != owner:
            yield f"{owner}: has the guard of {key}, but another e-mail address"


def _replay(
    account: CustomerWithSessions | None, history: Sequence[_Change], hasher: PasswordHasher
) -> Iterator[str]:
    """Check that the changes of one customer lead to what is stored."""
    adds = [change for change in history if change.call.operation in _ADDS]
    ends = [change for change in history if change.call.operation == "delete_customer"]
    if len(adds) - len(ends) not in (0, 1):
        yield f"was added {len(adds)} times, deleted {len(ends)} times"
        return
    if (account is not None) != (len(adds) > len(ends)):
        yield "is stored" if account else "is not stored"
        return
    if account is None:
        return
    born = [add for add in adds if add.record.at == account.customer.created_at]
    if len(born) != 1:
        yield "no call added it at the time that is stored"
        return
    since = ends[-1].record.at if ends else datetime.min.replace(tzinfo=NEVER.tzinfo)
    life = [change for change in history if change.record.at > since]
    updates = [change for change in life if change.call.operation == "update_customer"]
    yield from _fields(account, [born[0], *updates], hasher)
    yield from _sessions(account, life, hasher)


def _fields(
    account: CustomerWithSessions, changes: Sequence[_Change], hasher: PasswordHasher
) -> Iterator[str]:
    """Check the stored customer against ``changes``, of which the first is the addition."""
    customer = account.customer
    passwords = sum("password" in change.record.fields for change in changes)
    # Both versions begin at the same number, and each change raises one of them or both.
    first = customer.version - len(changes) + 1
    if customer.password_version - passwords + 1 != first:
        versions = (customer.version, customer.password_version)
        yield f"has versions {versions} after {len(changes)} and {passwords} changes"
    if customer.updated_at != changes[-1].record.at:
        yield f"was updated last at {customer.updated_at}, not at {changes[-1].record.at}"
    for version, change in enumerate(changes, start=first):
        if change.call.version not in (None, version):
            yield f"{change.call} made version {version}, but returned {change.call.version}"
    wanted = {name: text for change in changes for name, text in change.call.sets.items()}
    password = wanted.pop("password")
    if not hasher.verify(password, customer.password_hash):
        yield f"does not have the password {password}"
    roles = wanted.pop("roles", "")
    if customer.roles != frozenset(roles.split()):
        yield f"has the roles {set(customer.roles)}, not {roles}"
    if customer.email is not None and customer.email_key != customer.email.lower():
        yield f"has the e-mail key {customer.email_key} for {customer.email}"
    for name, text in wanted.items():
        if getattr(customer, name) != text:
            yield f"has {name} {getattr(customer, name)}, not {text}"


def _sessions(
    account: CustomerWithSessions, life: Sequence[_Change], hasher: PasswordHasher
) -> Iterator[str]:
    """Check that the stored sessions are those that were opened and not ended.

    A login and the end of all sessions that ran at once may have happened in either order.
    """
    stored = {session.issued_at: session for session in account.sessions}
    for login in life:
        if login.call.operation != "login":
            continue
        session = stored.pop(login.record.at, None)
        enders = [end for end in life if end.ends_sessions and end.latest > login.earliest]
        logged_out = login.call.session_id is not None and any(
            end.call.operation == "logout" and end.call.session_id == login.call.session_id
            for end in life
        )
        if session is None:
            if not enders and not logged_out:
                yield f"{login.call}: its session is not stored"
            continue
        if logged_out or any(end.earliest > login.latest for end in enders):
            yield f"{login.call}: its session is stored, though it was ended"
        if login.call.session_id not in (None, session.session_id):
            yield f"{login.call}: its session is stored under another id"
        if not hasher.verify(login.call.sets["password"], account.customer.password_hash):
            yield f"{login.call}: its session outlived its password"
    for session in stored.values():
        yield f"session {session.session_id} was opened by no login"


def _is_false_refusal(
    call: ObservedCall, by_customer: dict[str, list[_Change]], found: Sequence[_Change]
) -> bool:
    """Whether the refusal that a caller got had no reason in any order of events."""
    before = [change for change in by_customer[call.customer_id] if _may_precede(change, call)]
    adds = [change for change in before if change.call.operation in _ADDS]
    ends = [change for change in before if change.call.operation == "delete_customer"]
    match call.refusal:
        case "CustomerExistsError":
            return not adds
        case "CustomerNotFoundError":
            return not ends and any(add.latest < call.began for add in adds)
        case "EmailTakenError":
            others = (one for one in found if one.call.customer_id != call.customer_id)
            email = call.sets["email"]
            return not any(
                one.call.sets.get("email") == email and _may_precede(one, call) for one in others
            )
        case "LoginRefusedError":
            return not ends and _is_password_of(call, before)
        case "SessionRefusedError":
            return not ends and _is_live_at(call, before)
        case _:
            return False


def _may_precede(change: _Change, call: ObservedCall) -> bool:
    return change.earliest < call.ended


def _is_password_of(login: ObservedCall, before: Sequence[_Change]) -> bool:
    """Whether the password of ``login`` was certainly its customer's while it ran."""
    setters = [one for one in before if "password" in one.record.fields]
    last = setters[-1] if setters else None
    return (
        last is not None
        and last.latest < login.began
        and last.call.sets["password"] == login.sets["password"]
    )


def _is_live_at(logout: ObservedCall, before: Sequence[_Change]) -> bool:
    """Whether the session that ``logout`` names was certainly live while it ran."""
    opened = [one for one in before if one.call.operation == "login"]
    opened = [one for one in opened if one.call.session_id == logout.session_id]
    if not opened or opened[0].latest > logout.began:
        return False
    earlier = (one for one in before if one.call.operation == "logout")
    logged_out = any(one.call.session_id == logout.session_id for one in earlier)
    return not logged_out and not any(
        one.ends_sessions and one.latest > opened[0].earliest for one in before
    )
