"""Sessions on DynamoDB."""

from contextlib import suppress
from datetime import datetime
from typing import Final

from ...domain.audit import AuditRecord
from ...domain.errors import VersionConflictError
from ...domain.one_time_token import TokenPurpose
from ...domain.session import CustomerWithSessions, LiveBounds, Revocation, Session
from ...domain.session_opening import SessionOpening
from ...ports.session_repository import SessionRepository
from .attributes import moment, number, text
from .customer_change import CustomerChange
from .customer_item import (
    EMAIL_VERIFIED,
    customer_from_item,
    names_no_other_session,
    session_to_value,
    sessions_from_item,
)
from .database import Database, to_update
from .devices import devices_from_item, use_device
from .expiry import keep_customer, require_not_ended
from .gateway import ConditionFailedError, Reply, RequestKind
from .keys import customer_key
from .one_time_tokens import void_token
from .revocations import (
    WIPED_BUT,
    add_revocation,
    replace_revocations,
    revocations_from_item,
    revoke_all_sessions,
)
from .schema import refuse_newer_schema

# The key shows that the reply is about this customer. Reading it costs nothing.
_WHOLE: Final = ("pk", "schema", "roles", EMAIL_VERIFIED, "revoked", "wiped_at", WIPED_BUT)
_MAPS: Final = ("sessions", "wiped")
"""The attributes of which only the entry of the session is read."""
_NAMES: Final = {f"#{name}": name for name in (*_WHOLE, *_MAPS)}
_ONE_SESSION: Final = ", ".join(
    [*(f"#{name}" for name in _WHOLE), *(f"#{name}.#session" for name in _MAPS)]
)


class DynamoDBSessionRepository(SessionRepository):
    """Keeps sessions in the items of their customers.

    Args:
        database: the tables.
        strong: whether ``find`` reads with strong consistency. An eventually consistent read costs
            half, and may find an ended session for a moment longer, usually well under a second.
    """

    def __init__(self, database: Database, *, strong: bool = True) -> None:
        self._database = database
        self._strong = strong

    def get_with_sessions(self, customer_id: str, *, now: datetime) -> CustomerWithSessions | None:
        item = self._database.get_customer(customer_id, now=now)
        if item is None:
            return None
        return CustomerWithSessions(
            customer_from_item(item),
            sessions_from_item(customer_id, item),
            revocations_from_item(item),
            devices_from_item(item),
        )

    def find(self, customer_id: str, session_id: str) -> Session | Revocation | None:
        request = {
            "TableName": self._database.customer_table,
            "Key": {"pk": text(customer_key(customer_id))},
            "ConsistentRead": self._strong,
            "ProjectionExpression": _ONE_SESSION,
            "ExpressionAttributeNames": {**_NAMES, "#session": session_id},
        }

        def is_expected(reply: Reply) -> bool:
            return names_no_other_session(reply.get("Item", {}), session_id)

        reply = self._database.gateway.call("get_item", request, RequestKind.READ, is_expected)
        item = reply.get("Item")
        if item is None:
            return None
        refuse_newer_schema(item)
        for session in sessions_from_item(customer_id, item):
            return session
        for revocation in revocations_from_item(item):
            if revocation.session_id == session_id:
                return revocation
        return None

    def open(self, opening: SessionOpening, record: AuditRecord) -> None:
        session, removed = opening.session, opening.removed_ids
        change = self._database.new_change(session.customer_id)
        sessions = change.path("sessions")
        version = change.value(number(opening.password_version))
        change.require(f"{change.path('password_version')} = {version}")
        most_before = change.value(number(opening.max_sessions - 1 + len(removed)))
        change.require(f"size({sessions}) <= {most_before}")
        change.set(
            change.path("sessions", session.session_id), change.value(session_to_value(session))
        )
        for session_id in removed:
            old = change.path("sessions", session_id)
            change.require(f"attribute_exists({old})")
            change.remove(old)
        if opening.password_hash is not None:
            change.set(change.path("password_hash"), change.value(text(opening.password_hash)))
        if opening.keeps_customer:
            require_not_ended(change, record.at)
            keep_customer(change)
        if opening.revocations is not None:
            replace_revocations(change, opening.revocations)
        if opening.device_use is not None:
            use_device(change, opening.device_use)
        try:
            self._database.transact(record, to_update(change), publish=opening.changes_sessions)
        except ConditionFailedError as error:
            raise VersionConflictError(session.customer_id) from error

    def extend(self, session: Session, expires_at: datetime) -> None:
        change = self._database.new_change(session.customer_id)
        # Every comparison with a missing attribute fails, so this also requires the session.
        expires, later = change.path("sessions", session.session_id, "expires"), moment(expires_at)
        change.require(f"{expires} < {change.value(later)}")
        change.set(expires, change.value(later))
        request = change.update_arguments()
        with suppress(ConditionFailedError):
            self._database.gateway.call("update_item", request, RequestKind.OPTIONAL_WRITE)

    def close(
        self, customer_id: str, session_id: str, live: LiveBounds, record: AuditRecord
    ) -> bool:
        change = self._database.new_change(customer_id)
        # Every comparison with a missing attribute fails, so this also requires the session.
        expires = change.path("sessions", session_id, "expires")
        change.require(f"{expires} > {change.value(moment(live.now))}")
        issued = change.path("sessions", session_id, "issued")
        change.require(f"{issued} > {change.value(moment(live.issued_after))}")
        change.require(f"{issued} <= {change.value(moment(live.issued_until))}")
        change.remove(change.path("sessions", session_id))
        add_revocation(change, session_id, live.now)
        return self._try_change(change, record)

    def close_others(self, session: Session, record: AuditRecord) -> bool:
        change = self._database.new_change(session.customer_id)
        change.require(f"attribute_exists({change.path('sessions', session.session_id)})")
        revoke_all_sessions(change, record.at, but=session)
        void_token(change, TokenPurpose.VERIFY_EMAIL)
        return self._try_change(change, record)

    def close_all(self, customer_id: str, record: AuditRecord) -> bool:
        change = self._database.new_change(customer_id)
        require_not_ended(change, record.at)
        revoke_all_sessions(change, record.at)
        void_token(change, TokenPurpose.VERIFY_EMAIL)
        return self._try_change(change, record)

    def _try_change(self, change: CustomerChange, record: AuditRecord) -> bool:
        """Make ``change`` and store ``record``. Returns False if a condition is not met."""
        try:
            self._database.transact(record, to_update(change), publish=True)
        except ConditionFailedError:
            return False
        return True
