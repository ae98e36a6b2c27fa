"""Faults of a store, or of the network before it, during one request."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from threading import Lock
from typing import Any, Final

_PREFIX: Final = "com.amazonaws.dynamodb.v20120810#"
_SHORTER: Final = 0.6
"""The part of a truncated reply that is sent."""


@dataclass(frozen=True)
class StoreRequest:
    """A request to DynamoDB."""

    operation: str
    """Such as ``TransactWriteItems``."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Delivery(Enum):
    """When the proxy passes the request to the store."""

    NEVER = auto()
    AT_ONCE = auto()
    TOO_LATE = auto()
    """After the caller gave up."""


class Disconnection(Enum):
    """How the caller loses the reply."""

    HANG_UP = auto()
    """The connection ends."""
    HANG_UP_HALFWAY = auto()
    """The connection ends within the reply."""
    SILENCE = auto()
    """The caller gets nothing until it hangs up."""


Reply = Callable[[StoreRequest, bytes], tuple[int, bytes]]
"""Status and body in place of the store's. The body is empty if the store got no request."""


def _error(status: int, code: str) -> Reply:
    message = {"__type": _PREFIX + code, "message": "made up by the test"}
    return lambda _request, _body: (status, json.dumps(message).encode())


def _conflict(request: StoreRequest, _body: bytes) -> tuple[int, bytes]:
    """DynamoDB's answer while another transaction changes the last of the items."""
    if request.operation != "TransactWriteItems":
        return _error(400, "TransactionConflictException")(request, b"")
    reasons = [{"Code": "None"} for _ in request.json["TransactItems"]]
    reasons[-1] = {"Code": "TransactionConflict", "Message": "made up by the test"}
    message = {"__type": _PREFIX + "TransactionCanceledException", "CancellationReasons": reasons}
    return 400, json.dumps(message).encode()


def _body(status: int, body: bytes) -> Reply:
    return lambda _request, _body: (status, body)


def _shortened(_request: StoreRequest, body: bytes) -> tuple[int, bytes]:
    return 200, body[: int(len(body) * _SHORTER)]


_HTML: Final = b"<html><body>Welcome to the airport's free network</body></html>"


class Fault(Enum):
    """A fault: when the store gets the request, and what the caller gets."""

    NONE = (0, Delivery.AT_ONCE, None)
    REFUSED = (1, Delivery.NEVER, Disconnection.HANG_UP)
    """For a moment no caller can connect either."""
    CUT_BEFORE = (2, Delivery.NEVER, Disconnection.HANG_UP)
    CUT_AFTER = (3, Delivery.AT_ONCE, Disconnection.HANG_UP)
    CUT_HALFWAY = (4, Delivery.AT_ONCE, Disconnection.HANG_UP_HALFWAY)
    SILENT = (5, Delivery.NEVER, Disconnection.SILENCE)
    SILENT_AFTER = (6, Delivery.AT_ONCE, Disconnection.SILENCE)
    LATE = (7, Delivery.TOO_LATE, Disconnection.SILENCE)
    """The request is delayed; the store carries it out after the caller gave up."""
    THROUGHPUT = (8, Delivery.NEVER, _error(400, "ProvisionedThroughputExceededException"))
    THROTTLED = (9, Delivery.NEVER, _error(400, "ThrottlingException"))
    CONFLICT = (10, Delivery.NEVER, _conflict)
    ERROR_500 = (11, Delivery.NEVER, _error(500, "InternalServerError"))
    ERROR_500_AFTER = (12, Delivery.AT_ONCE, _error(500, "InternalServerError"))
    ERROR_503 = (13, Delivery.NEVER, _body(503, b"upstream is not there"))
    ERROR_503_AFTER = (14, Delivery.AT_ONCE, _body(503, b"upstream is not there"))
    EMPTY = (15, Delivery.NEVER, _body(200, b""))
    EMPTY_AFTER = (16, Delivery.AT_ONCE, _body(200, b""))
    HTML = (17, Delivery.NEVER, _body(200, _HTML))
    HTML_AFTER = (18, Delivery.AT_ONCE, _body(200, _HTML))
    BRACES = (19, Delivery.NEVER, _body(200, b"{}"))
    BRACES_AFTER = (20, Delivery.AT_ONCE, _body(200, b"{}"))
    SHORT_AFTER = (21, Delivery.AT_ONCE, _shortened)
    """A truncated reply whose Content-Length matches."""

    def __init__(
        self, _number: int, delivery: Delivery, answer: Disconnection | Reply | None
    ) -> None:
        self.delivery = delivery
        self.answer = answer

    @property
    def reports_no_change(self) -> bool:
        """Whether the reply says that nothing was changed."""
        return self in (Fault.THROUGHPUT, Fault.THROTTLED, Fault.CONFLICT)


Script = Callable[[StoreRequest], Fault]
"""Chooses the fault of each request; several threads call it at once."""


class ShuffledFaults:
    """Yields each fault as often as ``mix`` says, in an order that ``seed`` decides."""

    def __init__(self, mix: Mapping[Fault, int], seed: int) -> None:
        self._faults = [fault for fault, times in mix.items() for _ in range(times)]
        self._random = Random(seed)
        self._rest: list[Fault] = []
        self._lock = Lock()

    def __call__(self, _request: StoreRequest) -> Fault:
        with self._lock:
            if not self._rest:
                self._rest = self._random.sample(self._faults, len(self._faults))
            return self._rest.pop()


class FaultSequence:
    """Gives each request of one operation the next fault, and other requests none.

    After the last fault come no faults; ``last_for_ever`` repeats the last one instead.
    """

    def __init__(
        self, operation: str, faults: Iterable[Fault], *, last_for_ever: bool = False
    ) -> None:
        self._operation = operation
        self._faults = list(faults)
        self._last_for_ever = last_for_ever
        self._lock = Lock()

    def __call__(self, request: StoreRequest) -> Fault:
        if request.operation != self._operation:
            return Fault.NONE
        with self._lock:
            if len(self._faults) == 1 and self._last_for_ever:
                return self._faults[0]
            return self._faults.pop(0) if self._faults else Fault.NONE
