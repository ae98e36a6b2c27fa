"""Whether the store, the audit log, and what callers were told, agree.

The checker knows nothing of how the service works, only what it promises: a deed happened if and
only if its audit record exists; and the records, replayed, lead to what is stored. It takes
deeds that ran at once, in any order, as long as an added ``customer_id`` that was deleted is not
updated again by someone who read it before.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from support.consistency.call_history import NEVER, ObservedCall, Outcome
from support.dynamodb.snapshot import StoreSnapshot

from cybershop_customer import AuditRecord, CustomerWithSessions, PasswordHasher

_ADDS: Final = ("add_customer", "ensure_admin")
NOBODY: Final = "-"


@dataclass(frozen=True)
class _Happened:
    """A deed that happened, with its record."""

    call: ObservedCall
    record: AuditRecord

    @property
    def earliest(self) -> datetime:
        """The record is made before the change is."""
        return self.record.at

    @property
    def latest(self) -> datetime:
        """Who was not told may still have a request on its way."""
        return self.call.ended if self.call.outcome is Outcome.DONE else NEVER

    @property
    def ends_sessions(self) -> bool:
        if self.call.operation == "update_customer":
            return "password" in self.record.fields
        return self.call.operation in ("end_sessions", "delete_customer")


def find_inconsistencies(
    snapshot: StoreSnapshot, calls: Sequence[ObservedCall], hasher: PasswordHasher
) -> Iterator[str]:
    """A sentence for each disagreement; none if all is well."""
    found: list[_Happened] = []
    yield from _match(snapshot.records, calls, found)
    yield from _guards(snapshot)
    by_customer: defaultdict[str, list[_Happened]] = defaultdict(list)
    for happened in sorted(found, key=lambda happened: happened.record.at):
        by_customer[happened.call.customer_id].append(happened)
    for customer_id in by_customer.keys() | snapshot.accounts.keys():
        history = by_customer[customer_id]
        account = snapshot.accounts.get(customer_id)
        for fault in _replay(account, history, hasher):
            yield f"{customer_id}: {fault}"
    for call in calls:
        if _is_false_refusal(call, by_customer, found):
            yield f"{call}: there was no reason to refuse it"


def _match(
    records: Sequence[AuditRecord], calls: Sequence[ObservedCall], found: list[_Happened]
) -> Iterator[str]:
    """Find the record of each deed, and the deed of each record."""
    by_customer: defaultdict[str, list[ObservedCall]] = defaultdict(list)
    for call in calls:
        by_customer[call.customer_id].append(call)
    changes: Counter[int] = Counter()
    refusals: Counter[int] = Counter()
    for record in (record for record in records if record.customer_id != NOBODY):
        owners = [call for call in by_customer[record.customer_id] if _may_be_of(record, call)]
        if len(owners) != 1:
            yield f"{len(owners)} deeds have the record {record}"
            continue
        call = owners[0]
        if record.status_code != 200:
            refusals[id(call)] += 1
            continue
        changes[id(call)] += 1
        if call.operation in (*_ADDS, "update_customer") and set(record.fields) != set(call.sets):
            yield f"{call} set {set(call.sets)}, but its record says {set(record.fields)}"
        if changes[id(call)] == 1:
            found.append(_Happened(call, record))
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
    """Each refused login has one record: under the customer's id, or nobody's if nobody has it."""
    logins = [call for call in calls if call.operation == "login"]
    for call in logins:
        if refusals[id(call)] > 1:
            yield f"{call} has {refusals[id(call)]} records of a refusal"
    open_still = [call for call in logins if not refusals[id(call)]]
    strangers = sum(call.refusal == "LoginRefusedError" for call in open_still)
    perhaps = sum(call.outcome is Outcome.UNKNOWN for call in open_still)
    found = sum(record.customer_id == NOBODY for record in records)
    if not strangers <= found <= strangers + perhaps:
        wanted = f"{strangers} to {strangers + perhaps}"
        yield f"there are {found} records of strangers' refused logins, not {wanted}"


def _may_be_of(record: AuditRecord, call: ObservedCall) -> bool:
    if record.operation_name != call.operation:
        return False
    if call.record_ids is not None:
        return record.record_id in call.record_ids
    return call.began <= record.at <= call.ended


def _guards(snapshot: StoreSnapshot) -> Iterator[str]:
    """Each e-mail key has the guard of its one owner, and there is no guard besides."""
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
            yield f"{owner}: does not hold {key}, of which it has the guard"


def _replay(
    account: CustomerWithSessions | None, history: Sequence[_Happened], hasher: PasswordHasher
) -> Iterator[str]:
    """Whether what happened to one customer leads to what is stored."""
    adds = [happened for happened in history if happened.call.operation in _ADDS]
    ends = [happened for happened in history if happened.call.operation == "delete_customer"]
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
        yield "was added by nobody at the time that is stored"
        return
    since = ends[-1].record.at if ends else datetime.min.replace(tzinfo=NEVER.tzinfo)
    life = [happened for happened in history if happened.record.at > since]
    updates = [happened for happened in life if happened.call.operation == "update_customer"]
    yield from _fields(account, [born[0], *updates], hasher)
    yield from _sessions(account, life, hasher)


def _fields(
    account: CustomerWithSessions, changes: Sequence[_Happened], hasher: PasswordHasher
) -> Iterator[str]:
    """Whether the stored customer is what ``changes``, its addition first, made of it."""
    customer = account.customer
    passwords = sum("password" in change.record.fields for change in changes)
    # Versions begin anywhere, but both at once, and each change raises the one or both.
    first = customer.version - len(changes) + 1
    if customer.password_version - passwords + 1 != first:
        versions = (customer.version, customer.password_version)
        yield f"has versions {versions} after {len(changes)} and {passwords} changes"
    if customer.updated_at != changes[-1].record.at:
        yield f"was updated last at {customer.updated_at}, not at {changes[-1].record.at}"
    for version, change in enumerate(changes, start=first):
        if change.call.version not in (None, version):
            yield f"{change.call} made version {version}, but told {change.call.version}"
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
    account: CustomerWithSessions, life: Sequence[_Happened], hasher: PasswordHasher
) -> Iterator[str]:
    """Whether the stored sessions are those that were opened and not ended.

    A login and the end of all sessions, if at once, may have come in either order.
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
        yield f"session {session.session_id} was opened by nobody"


def _is_false_refusal(
    call: ObservedCall, by_customer: dict[str, list[_Happened]], found: Sequence[_Happened]
) -> bool:
    """Whether the refusal that a caller was told had no reason, whatever the order of events."""
    before = [
        happened for happened in by_customer[call.customer_id] if _may_precede(happened, call)
    ]
    adds = [happened for happened in before if happened.call.operation in _ADDS]
    ends = [happened for happened in before if happened.call.operation == "delete_customer"]
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


def _may_precede(happened: _Happened, call: ObservedCall) -> bool:
    return happened.earliest < call.ended


def _is_password_of(login: ObservedCall, before: Sequence[_Happened]) -> bool:
    """Whether the password of ``login`` was surely its customer's while it ran."""
    setters = [one for one in before if "password" in one.record.fields]
    last = setters[-1] if setters else None
    return (
        last is not None
        and last.latest < login.began
        and last.call.sets["password"] == login.sets["password"]
    )


def _is_live_at(logout: ObservedCall, before: Sequence[_Happened]) -> bool:
    """Whether the session that ``logout`` was to end was surely there while it ran."""
    opened = [one for one in before if one.call.operation == "login"]
    opened = [one for one in opened if one.call.session_id == logout.session_id]
    if not opened or opened[0].latest > logout.began:
        return False
    earlier = (one for one in before if one.call.operation == "logout")
    logged_out = any(one.call.session_id == logout.session_id for one in earlier)
    return not logged_out and not any(
        one.ends_sessions and one.latest > opened[0].earliest for one in before
    )
