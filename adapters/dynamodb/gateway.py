"""Sends requests to DynamoDB, retries where that is safe, and raises the library's errors."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from botocore.exceptions import ClientError

from ...domain.errors import StoreFaultError, StoreUnavailableError
from ...domain.use_case import current_use_case
from ...ports.store_observer import StoreObserver
from ..runtime import monotonic, sleep, uniform
from .attributes import read_optional_moment
from .call_failure import ATTEMPT_ERRORS, CallFailure, FailureKind, classify_failure
from .call_limits import CallLimits
from .clock_estimate import ClockEstimate
from .outage_log import OutageLog
from .reply_check import consumed_units, is_reply_to, names_failed_item, table_names
from .schema import refuse_newer_schema

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Request: TypeAlias = Mapping[str, Any]
Reply: TypeAlias = Mapping[str, Any]
Expected: TypeAlias = Callable[[Reply], bool]
"""Whether a reply is about what the caller asked for."""
Rerouted: TypeAlias = Callable[[CallFailure], Request | None]
"""Another request in place of one that DynamoDB refused to serve, or None for the same again."""

_LATE: Final = CallFailure(FailureKind.TRANSIENT, "the time of the use case is over", "late")
_RETRYABLE: Final = (FailureKind.TRANSIENT, FailureKind.REPLY_LOST)


class RequestKind(Enum):
    """What happens if a request is sent twice, and so whether the gateway may retry it."""

    READ = auto()
    """It changes nothing."""
    IDEMPOTENT_WRITE = auto()
    """The second request changes nothing more, or does no harm."""
    NON_IDEMPOTENT_WRITE = auto()
    """The second request does harm. The gateway sends no other one after a lost reply."""
    OPTIONAL_WRITE = auto()
    """The write may be left out, so that no caller waits for a second attempt."""


class ConditionFailedError(Exception):
    """A condition was not met. The repositories translate this error."""

    def __init__(self, failure: CallFailure) -> None:
        self.index = failure.index
        self.found = failure.item is not None
        """Whether the item exists. False too if the request did not ask for the item."""
        self._item = failure.item or {}
        super().__init__(failure.cause)

    def found_attribute(self, name: str) -> bool:
        """Whether the item that was found has this attribute."""
        return name in self._item

    def found_moment(self, name: str) -> datetime | None:
        """The time in this attribute of the item that was found, or None if it has none."""
        return read_optional_moment(self._item, name)


class DynamoDBGateway:
    """Sends requests through ``client``, which must not retry by itself.

    Every attempt sends the same bytes, with the same idempotency token, unless the caller of
    ``call`` gives another request.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        limits: CallLimits,
        *,
        sleep: Callable[[float], None] = sleep,
        monotonic: Callable[[], float] = monotonic,
        uniform: Callable[[float, float], float] = uniform,
        observer: StoreObserver | None = None,
    ) -> None:
        self._observer = observer
        self._client = client
        self._limits = limits
        self._sleep = sleep
        self._monotonic = monotonic
        self._uniform = uniform
        self._log = OutageLog(monotonic=monotonic)
        self.clock_estimate = ClockEstimate()

    def call(
        self,
        operation: str,
        request: Request,
        kind: RequestKind,
        is_expected: Expected | None = None,
        reroute: Rerouted | None = None,
    ) -> Reply:
        """Send ``request``, and return the reply.

        Args:
            operation: the client's method, such as ``get_item``.
            request: the arguments of that method.
            kind: what happens when the request is sent twice.
            is_expected: a further check of the reply. The gateway always checks that a reply
                names the tables and keys of ``request``.
            reroute: asked after each attempt that certainly changed nothing, unless an earlier
                attempt may have. The next attempt sends the request that it returns.

        Raises:
            ConditionFailedError: a condition was not met. The error does not hold the item,
                because the item has a password hash.
            StoreUnavailableError: no attempt succeeded within the limits, or the use case has no
                time left for one, or a table is missing.
            StoreFaultError: an operator has to fix something. The log says what.
        """
        request = _metered(request)
        send = getattr(self._client, operation)
        give_up_at = self._give_up_at()
        if give_up_at is None:
            self._log_unserved(operation, request, 0, _LATE)
            raise StoreUnavailableError
        reply_lost = False
        attempt = 0
        while True:
            attempt += 1
            reply = self._attempt(send, request, is_expected)
            if self._observer is not None:
                _report(self._observer, operation, attempt, reply)
            if not isinstance(reply, CallFailure):
                if self._log.misses_tables:
                    self._log.note_reply(_tables(request))
                return reply
            outcome_known = kind is RequestKind.READ or not reply_lost
            if reply.kind not in _RETRYABLE:
                raise self._final_error(operation, request, reply, outcome_known=outcome_known)
            reply_lost = reply_lost or reply.kind is FailureKind.REPLY_LOST
            if not _may_retry(kind, reply_lost=reply_lost) or not self._pause(attempt, give_up_at):
                break
            if reroute is not None and not reply_lost:
                request = _metered(reroute(reply) or request)
        self._log_unserved(operation, request, attempt, reply)
        raise StoreUnavailableError(outcome_known=kind is RequestKind.READ or not reply_lost)

    def _give_up_at(self) -> float | None:
        """The moment at which a call that begins now gives up: at its own limit or its use case's.

        None if the use case has too little time left for an attempt.
        """
        now = self._monotonic()
        own_end = now + self._limits.time_limit
        use_case = current_use_case()
        if use_case is None:
            return own_end
        if use_case.ends_at is None:
            use_case.ends_at = now + self._limits.use_case_limit
        elif self._ends_after(use_case.ends_at):
            return None
        return min(own_end, use_case.ends_at)

    def _ends_after(self, moment: float, pause: float = 0.0) -> bool:
        """Whether an attempt after ``pause`` could end after ``moment``."""
        return self._monotonic() + pause + self._limits.max_attempt_seconds > moment

    def _log_unserved(
        self, operation: str, request: Request, attempts: int, failure: CallFailure
    ) -> None:
        self._log.log_failure(
            logging.WARNING,
            (operation, _table_list(request), failure.code),
            "DynamoDB did not serve %s on %s in %d attempt(s): %.500r. Run"
            " `cybershop-customer doctor` if this goes on",
            operation,
            _table_list(request),
            attempts,
            failure.cause,
        )

    def _attempt(
        self, send: Callable[..., Reply], request: Request, is_expected: Expected | None
    ) -> Reply | CallFailure:
        sent_at = self.clock_estimate.steady()
        try:
            reply = send(**request)
            if is_reply_to(request, reply) and (is_expected is None or is_expected(reply)):
                self.clock_estimate.observe(reply, sent_at)
                return reply
        except ATTEMPT_ERRORS as error:
            failure = classify_failure(error)
            if names_failed_item(request, failure.index, failure.item):
                if isinstance(error, ClientError):
                    self.clock_estimate.observe(error.response, sent_at)
                return failure
        return CallFailure(
            FailureKind.REPLY_LOST, "the reply is not DynamoDB's, or that of another request"
        )

    def _final_error(
        self, operation: str, request: Request, failure: CallFailure, *, outcome_known: bool
    ) -> Exception:
        """The error for a failure that no retry can help. Logs what an operator has to fix."""
        if failure.kind is FailureKind.CONDITION_FAILED:
            refuse_newer_schema(failure.item or {})
            return ConditionFailedError(failure)
        if failure.kind is FailureKind.TABLE_MISSING:
            self._log.log_missing_tables(_tables(request), failure.cause)
            return StoreUnavailableError(retry_after=5, outcome_known=outcome_known)
        self._log.log_failure(
            logging.ERROR,
            (operation, _table_list(request), failure.code),
            "DynamoDB refused %s on %s: %.500r. Run `cybershop-customer doctor`, which says how to"
            " fix it",
            operation,
            _table_list(request),
            failure.cause,
        )
        if not outcome_known:
            # This attempt changed nothing, but an earlier one may have.
            return StoreUnavailableError(outcome_known=False)
        return StoreFaultError("the store refused; the log of the service says why")

    def _pause(self, attempt: int, give_up_at: float) -> bool:
        """Pause before the next attempt. Returns False, at once, if the limits allow no other."""
        if attempt >= self._limits.attempts:
            return False
        pause = self._uniform(0, self._limits.max_pause(attempt))
        if self._ends_after(give_up_at, pause):
            return False
        self._sleep(pause)
        return True


def _metered(request: Request) -> Request:
    """``request``, which asks DynamoDB what it costs."""
    return {**request, "ReturnConsumedCapacity": "TOTAL"}


def _may_retry(kind: RequestKind, *, reply_lost: bool) -> bool:
    if kind is RequestKind.NON_IDEMPOTENT_WRITE:
        return not reply_lost
    return kind is not RequestKind.OPTIONAL_WRITE


def _report(
    observer: StoreObserver, operation: str, attempt: int, reply: Reply | CallFailure
) -> None:
    if attempt > 1:
        observer.note_retry(operation)
    if isinstance(reply, CallFailure):
        observer.note_attempt(operation, reply.kind.name.lower(), {})
    else:
        observer.note_attempt(operation, "ok", consumed_units(reply))


def _tables(request: Request) -> frozenset[str]:
    return frozenset(table_names(request))


def _table_list(request: Request) -> str:
    return ", ".join(table_names(request))
