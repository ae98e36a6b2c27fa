"""A history of calls: what callers asked of the service, and the outcome that they observed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum, auto
from threading import Lock, local
from typing import Final
from uuid import UUID

from cybershop_customer import (
    Clock,
    CustomerServiceError,
    LoginResult,
    RandomSource,
    StoreFaultError,
    StoreUnavailableError,
)
from cybershop_customer.adapters.system.random_source import SystemRandomSource
from cybershop_customer.domain.audit import opening_record_id
from cybershop_customer.domain.session import SECRET_BYTES, ContextId

NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Outcome(Enum):
    """What a caller knows of a change."""

    DONE = auto()
    NOT_DONE = auto()
    """The service refused it, or the store was unavailable and changed nothing."""
    UNKNOWN = auto()


@dataclass(frozen=True, kw_only=True)
class ObservedCall:
    """One operation on one customer, as its caller saw it."""

    operation: str
    """Its name in the audit log."""
    customer_id: str
    outcome: Outcome = Outcome.UNKNOWN
    began: datetime
    ended: datetime = NEVER
    """When the caller got the answer, or lost the connection."""
    refusal: str | None = None
    """The name of the error that the caller got."""
    sets: Mapping[str, str] = field(default_factory=dict[str, str])
    """The fields that an addition or update sets; the password of a login."""
    session_id: str | None = None
    """The session that a login opened, if the caller knows it, or that a logout ends."""
    version: int | None = None
    """The version that an update returned."""
    record_ids: frozenset[str] | None = None
    """The ids of all records that were made for it; None where the test cannot see them."""

    def __str__(self) -> str:
        outcome = self.refusal or self.outcome.name
        return f"{self.operation} of {self.customer_id} at {self.began:%T.%f} ({outcome})"


class UniqueClock(Clock):
    """The system's time, but never the same moment twice."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        with self._lock:
            self._last = max(datetime.now(UTC), self._last + datetime.resolution)
            return self._last


class RecordingRandomSource(RandomSource):
    """The system's randomness; records, by thread, what may become the id of a record."""

    def __init__(self) -> None:
        self._source = SystemRandomSource()
        self._threads = local()

    def token_bytes(self, count: int) -> bytes:
        token = self._source.token_bytes(count)
        self._recorded().append(token)
        return token

    def take_ids(self, customer_id: str) -> frozenset[str]:
        """What may be ids of the customer's records, from this thread since the last call."""
        recorded = self._recorded()
        self._threads.tokens = []
        return frozenset(_record_id(customer_id, token) for token in recorded)

    def _recorded(self) -> list[bytes]:
        if not hasattr(self._threads, "tokens"):
            self._threads.tokens = []
        recorded: list[bytes] = self._threads.tokens
        return recorded


def _record_id(customer_id: str, token: bytes) -> str:
    """The id of the record that is made of ``token``; of a secret it is that of its session."""
    if len(token) == SECRET_BYTES:
        return opening_record_id(ContextId.new(customer_id, token).session_id)
    return str(UUID(bytes=token[:16].ljust(16), version=4))


class CallHistory:
    """Keeps calls; any thread may add one."""

    def __init__(
        self, clock: Clock | None = None, random_source: RecordingRandomSource | None = None
    ) -> None:
        self.clock = clock or UniqueClock()
        self._random_source = random_source
        self._lock = Lock()
        self._calls: list[ObservedCall] = []

    @property
    def calls(self) -> list[ObservedCall]:
        with self._lock:
            return list(self._calls)

    def add(self, observed: ObservedCall) -> None:
        with self._lock:
            self._calls.append(observed)

    def perform(
        self,
        operation: str,
        customer_id: str,
        call: Callable[[], object],
        sets: Mapping[str, str] | None = None,
        session_id: str | None = None,
    ) -> tuple[ObservedCall, object]:
        """Call the service, add the call to the history, and return the call and its result."""
        if self._random_source is not None:
            self._random_source.take_ids(customer_id)
        observed = ObservedCall(
            operation=operation,
            customer_id=customer_id,
            began=self.clock.now(),
            sets=sets or {},
            session_id=session_id,
        )
        result: object = None
        try:
            result = call()
            observed = _done(observed, result)
        except CustomerServiceError as error:
            refusal = _public_name(error)
            observed = replace(observed, outcome=_outcome_of(error), refusal=refusal)
        ids = None if self._random_source is None else self._random_source.take_ids(customer_id)
        observed = replace(observed, ended=self.clock.now(), record_ids=ids)
        self.add(observed)
        return observed, result


def _public_name(error: CustomerServiceError) -> str:
    """The name of the error that a caller catches: an adapter may raise a subclass of it."""
    public = StoreUnavailableError if isinstance(error, StoreUnavailableError) else type(error)
    return public.__name__


def _outcome_of(error: CustomerServiceError) -> Outcome:
    if isinstance(error, StoreUnavailableError) and not error.outcome_known:
        return Outcome.UNKNOWN
    # The error says that an operator must fix something; it does not say that nothing happened.
    return Outcome.UNKNOWN if isinstance(error, StoreFaultError) else Outcome.NOT_DONE


def _done(observed: ObservedCall, result: object) -> ObservedCall:
    observed = replace(observed, outcome=Outcome.DONE)
    if isinstance(result, LoginResult):
        return replace(observed, session_id=result.session.session_id)
    if observed.operation == "update_customer" and isinstance(result, int):
        return replace(observed, version=result)
    return observed
