"""Calls DynamoDB, again where that is safe, and turns failures into the library's errors."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError

from ...domain.errors import StoreFaultError, StoreUnavailableError
from ..runtime import monotonic, sleep, uniform
from .attributes import read_moment
from .call_failure import ATTEMPT_ERRORS, CallFailure, FailureKind, failure_of
from .call_limits import CallLimits
from .clock_estimate import ClockEstimate
from .reply import is_answer, is_refusal, table_names
from .schema import refuse_newer_schema
from .store_log import StoreLog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Request: TypeAlias = Mapping[str, Any]
Reply: TypeAlias = Mapping[str, Any]
Expected: TypeAlias = Callable[[Reply], bool]
"""Whether a reply names what was asked for."""


class Effect(Enum):
    """What it does to send a request twice."""

    READ = auto()
    """It changes nothing at all."""
    WRITE = auto()
    """The second changes nothing more, or at most what does no harm."""
    WRITE_ONCE = auto()
    """The second does harm: after a lost reply there is no other attempt."""
    WRITE_OPTIONAL = auto()
    """It is worth one attempt, and nobody is kept waiting for another."""


class ConditionFailedError(Exception):
    """A condition was not met. For the repositories, who know what it stands for."""

    def __init__(self, failure: CallFailure) -> None:
        self.index = failure.index
        self.found = failure.item is not None
        """Whether there is an item that does not meet it, where that was asked for."""
        self._item = failure.item or {}
        super().__init__(failure.cause)

    def found_moment(self, name: str) -> datetime | None:
        """The time in this attribute of the item that was found, or None if it has none."""
        return read_moment(self._item, name) if name in self._item else None


class DynamoDBGateway:
    """Sends requests through ``client``, which must make a single attempt of each.

    Each attempt of a request is the same to the letter, the idempotency token included.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        limits: CallLimits,
        *,
        sleep: Callable[[float], None] = sleep,
        monotonic: Callable[[], float] = monotonic,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        self._client = client
        self._limits = limits
        self._sleep = sleep
        self._monotonic = monotonic
        self._uniform = uniform
        self._log = StoreLog(monotonic=monotonic)
        self.clock_estimate = ClockEstimate()

    def call(
        self, operation: str, request: Request, effect: Effect, is_expected: Expected | None = None
    ) -> Reply:
        """The reply to ``request``.

        Args:
            operation: the client's method, such as ``get_item``.
            request: its arguments.
            effect: what it does to send them twice.
            is_expected: what the reply must name beside tables and keys of ``request``, which
                are required of every reply.

        Raises:
            ConditionFailedError: a condition was not met. The item that was found stays here:
                it holds a password hash.
            StoreUnavailableError: no attempt worked within the limits, or a table is missing.
            StoreFaultError: an operator has to mend something; the log says what.
        """
        request = {**request, "ReturnConsumedCapacity": "TOTAL"}
        send = getattr(self._client, operation)
        give_up_at = self._monotonic() + self._limits.time_limit
        attempt = 0
        lost = False
        while True:
            attempt += 1
            reply = self._attempt(send, request, is_expected)
            if not isinstance(reply, CallFailure):
                if self._log.misses_tables:
                    self._log.served(_tables(request))
                return reply
            if reply.kind is FailureKind.CONDITION:
                refuse_newer_schema(reply.item or {})
                raise ConditionFailedError(reply)
            if reply.kind is FailureKind.MISSING:
                self._log.missing(_tables(request), reply.cause)
                outcome_known = effect is Effect.READ or not lost
                raise StoreUnavailableError(retry_after=5, outcome_known=outcome_known)
            if reply.kind is FailureKind.FAULT:
                self._log.failed(
                    logging.ERROR,
                    (operation, _table_list(request), reply.code),
                    "DynamoDB refused %s on %s: %.500r",
                    operation,
                    _table_list(request),
                    reply.cause,
                )
                if lost and effect is not Effect.READ:
                    # This attempt did nothing, but an earlier one may have.
                    raise StoreUnavailableError(outcome_known=False)
                raise StoreFaultError("the store refused; the log of the service says why")
            lost = lost or reply.kind is FailureKind.LOST
            if effect is Effect.WRITE_OPTIONAL or (lost and effect is Effect.WRITE_ONCE):
                break
            if not self._pause(attempt, give_up_at):
                break
        self._log.failed(
            logging.WARNING,
            (operation, _table_list(request), reply.code),
            "DynamoDB did not serve %s on %s in %d attempt(s): %.500r",
            operation,
            _table_list(request),
            attempt,
            reply.cause,
        )
        raise StoreUnavailableError(outcome_known=effect is Effect.READ or not lost)

    def _attempt(
        self, send: Callable[..., Reply], request: Request, is_expected: Expected | None
    ) -> Reply | CallFailure:
        sent = self.clock_estimate.steady()
        try:
            reply = send(**request)
            if is_answer(request, reply) and (is_expected is None or is_expected(reply)):
                self.clock_estimate.listen(reply, sent)
                return reply
        except ATTEMPT_ERRORS as error:
            failure = failure_of(error)
            if is_refusal(request, failure.index, failure.item):
                if isinstance(error, ClientError):
                    self.clock_estimate.listen(error.response, sent)
                return failure
        return CallFailure(
            FailureKind.LOST, "the reply is not DynamoDB's, or that of another request"
        )

    def _pause(self, attempt: int, give_up_at: float) -> bool:
        """Pause before the next attempt; or return False, if there must be none."""
        if attempt >= self._limits.attempts:
            return False
        pause = self._uniform(0, self._limits.max_pause(attempt))
        if self._monotonic() + pause + self._limits.max_attempt_seconds > give_up_at:
            return False
        self._sleep(pause)
        return True


def _tables(request: Request) -> frozenset[str]:
    return frozenset(table_names(request))


def _table_list(request: Request) -> str:
    return ", ".join(table_names(request))
