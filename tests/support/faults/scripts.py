"""The ways in which a store, or the network before it, misbehaves over one request."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from threading import Lock
from typing import Any, Final

_PREFIX: Final = "com.amazonaws.dynamodb.v20120810#"
_SHORTER: Final = 0.6
"""How much of a reply is left when it is cut short."""


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
    """When the store gets the request."""

    NEVER = auto()
    AT_ONCE = auto()
    TOO_LATE = auto()
    """When the caller has given up."""


class Disconnection(Enum):
    """What the caller gets who is not answered as usual."""

    HANG_UP = auto()
    """The connection ends."""
    HANG_UP_HALFWAY = auto()
    """It ends within the reply."""
    SILENCE = auto()
    """Nothing, for as long as the caller stays."""


Reply = Callable[[StoreRequest, bytes], tuple[int, bytes]]
"""Status and body instead of the store's own (which is empty if the store was not asked)."""


def _error(status: int, code: str) -> Reply:
    message = {"__type": _PREFIX + code, "message": "made up by the test"}
    return lambda _asked, _body: (status, json.dumps(message).encode())


def _conflict(asked: StoreRequest, _body: bytes) -> tuple[int, bytes]:
    """What DynamoDB says while another transaction is at work on the last of the items."""
    if asked.operation != "TransactWriteItems":
        return _error(400, "TransactionConflictException")(asked, b"")
    reasons = [{"Code": "None"} for _ in asked.json["TransactItems"]]
    reasons[-1] = {"Code": "TransactionConflict", "Message": "made up by the test"}
    message = {"__type": _PREFIX + "TransactionCanceledException", "CancellationReasons": reasons}
    return 400, json.dumps(message).encode()


def _body(status: int, body: bytes) -> Reply:
    return lambda _asked, _body: (status, body)


def _shortened(_asked: StoreRequest, body: bytes) -> tuple[int, bytes]:
    return 200, body[: int(len(body) * _SHORTER)]


_HTML: Final = b"<html><body>Welcome to the airport's free network</body></html>"


class Fault(Enum):
    """What goes wrong: when the store is asked, and what the caller gets."""

    NONE = (0, Delivery.AT_ONCE, None)
    REFUSED = (1, Delivery.NEVER, Disconnection.HANG_UP)
    """And for a moment nobody can connect."""
    CUT_BEFORE = (2, Delivery.NEVER, Disconnection.HANG_UP)
    CUT_AFTER = (3, Delivery.AT_ONCE, Disconnection.HANG_UP)
    CUT_HALFWAY = (4, Delivery.AT_ONCE, Disconnection.HANG_UP_HALFWAY)
    SILENT = (5, Delivery.NEVER, Disconnection.SILENCE)
    SILENT_AFTER = (6, Delivery.AT_ONCE, Disconnection.SILENCE)
    LATE = (7, Delivery.TOO_LATE, Disconnection.SILENCE)
    """The request takes long on its way, and the store carries it out after all."""
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
    """A reply of which the end is missing, and nothing says so."""

    def __init__(self, _number: int, store: Delivery, answer: Disconnection | Reply | None) -> None:
        self.store = store
        self.answer = answer

    @property
    def is_passing(self) -> bool:
        """Whether it says to the caller that nothing happened."""
        return self in (Fault.THROUGHPUT, Fault.THROTTLED, Fault.CONFLICT)


Script = Callable[[StoreRequest], Fault]
"""Says what is to happen to each request; several threads call it at once."""


class ShuffledFaults:
    """Deals faults as often as ``mix`` says, in an order that ``seed`` decides."""

    def __init__(self, mix: Mapping[Fault, int], seed: int) -> None:
        self._cards = [fault for fault, times in mix.items() for _ in range(times)]
        self._random = Random(seed)
        self._rest: list[Fault] = []
        self._lock = Lock()

    def __call__(self, _asked: StoreRequest) -> Fault:
        with self._lock:
            if not self._rest:
                self._rest = self._random.sample(self._cards, len(self._cards))
            return self._rest.pop()


class FaultSequence:
    """Gives each request of one operation the next fault, and the others none.

    After the last comes none; ``last_for_ever`` repeats the last instead.
    """

    def __init__(
        self, operation: str, faults: Iterable[Fault], *, last_for_ever: bool = False
    ) -> None:
        self._operation = operation
        self._faults = list(faults)
        self._last_for_ever = last_for_ever
        self._lock = Lock()

    def __call__(self, asked: StoreRequest) -> Fault:
        if asked.operation != self._operation:
            return Fault.NONE
        with self._lock:
            if len(self._faults) == 1 and self._last_for_ever:
                return self._faults[0]
            return self._faults.pop(0) if self._faults else Fault.NONE
