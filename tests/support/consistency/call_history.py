"""What callers asked of the service, and what they were told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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

NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Outcome(Enum):
    """What a caller knows of a change."""

    DONE = auto()
    NOT_DONE = auto()
    """Refused, or the store was unavailable and nothing was changed."""
    UNKNOWN = auto()


@dataclass(frozen=True, kw_only=True)
class ObservedCall:
    """One operation on one customer, as its caller saw it."""

    operation: str
    """As the audit log calls it."""
    customer_id: str
    outcome: Outcome = Outcome.UNKNOWN
    began: datetime
    ended: datetime = NEVER
    """When the caller was told, or lost the service out of sight."""
    refusal: str | None = None
    """The name of the error, where the caller was told one."""
    sets: Mapping[str, str] = field(default_factory=dict[str, str])
    """What an added or updated customer is to have; the password of a login."""
    session_id: str | None = None
    """The session that a login opened, if the caller knows, or that a logout is to end."""
    version: int | None = None
    """What the caller of an update was told."""
    record_ids: frozenset[str] | None = None
    """Of all records that were made for it; None where that cannot be seen."""

    def __str__(self) -> str:
        outcome = self.refusal or self.outcome.name
        return f"{self.operation} of {self.customer_id} at {self.began:%T.%f} (told {outcome})"


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
    """The system's randomness, which also notes what may become a record's id, by thread."""

    def __init__(self) -> None:
        self._source = SystemRandomSource()
        self._notes = local()

    def token_bytes(self, count: int) -> bytes:
        token = self._source.token_bytes(count)
        if count == 16:
            self._noted().append(str(UUID(bytes=token, version=4)))
        return token

    def taken(self) -> frozenset[str]:
        """What this thread noted since it last asked."""
        noted = frozenset(self._noted())
        self._notes.ids = []
        return noted

    def _noted(self) -> list[str]:
        if not hasattr(self._notes, "ids"):
            self._notes.ids = []
        noted: list[str] = self._notes.ids
        return noted


class CallHistory:
    """Keeps deeds; any thread may write."""

    def __init__(
        self, clock: Clock | None = None, random_source: RecordingRandomSource | None = None
    ) -> None:
        self.clock = clock or UniqueClock()
        self._random_source = random_source
        self._lock = Lock()
        self._deeds: list[ObservedCall] = []

    @property
    def calls(self) -> list[ObservedCall]:
        with self._lock:
            return list(self._deeds)

    def note(self, deed: ObservedCall) -> None:
        with self._lock:
            self._deeds.append(deed)

    def perform(
        self,
        operation: str,
        customer_id: str,
        call: Callable[[], object],
        sets: Mapping[str, str] | None = None,
        session_id: str | None = None,
    ) -> tuple[ObservedCall, object]:
        """Call the service, note what it told, and return that and its result."""
        if self._random_source is not None:
            self._random_source.taken()
        deed = ObservedCall(
            operation=operation,
            customer_id=customer_id,
            began=self.clock.now(),
            sets=sets or {},
            session_id=session_id,
        )
        result: object = None
        with self._noting(deed) as outcome:
            result = call()
            outcome.append(_done(deed, result))
        return outcome[0], result

    @contextmanager
    def _noting(self, deed: ObservedCall) -> Iterator[list[ObservedCall]]:
        outcome: list[ObservedCall] = []
        try:
            yield outcome
        except CustomerServiceError as error:
            outcome.append(replace(deed, outcome=_told(error), refusal=type(error).__name__))
        ids = None if self._random_source is None else self._random_source.taken()
        outcome[0] = replace(outcome[0], ended=self.clock.now(), record_ids=ids)
        self.note(outcome[0])


def _told(error: CustomerServiceError) -> Outcome:
    if isinstance(error, StoreUnavailableError) and not error.outcome_known:
        return Outcome.UNKNOWN
    # It says that an operator has to mend something; not that nothing happened.
    return Outcome.UNKNOWN if isinstance(error, StoreFaultError) else Outcome.NOT_DONE


def _done(deed: ObservedCall, result: object) -> ObservedCall:
    deed = replace(deed, outcome=Outcome.DONE)
    if isinstance(result, LoginResult):
        return replace(deed, session_id=result.session.session_id)
    if deed.operation == "update_customer" and isinstance(result, int):
        return replace(deed, version=result)
    return deed
