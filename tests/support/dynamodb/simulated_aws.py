"""moto, which simulates AWS in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final
from unittest.mock import patch

from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler

_one_at_a_time: Final = Lock()
_call_action: Final = DynamoHandler.call_action


@contextmanager
def simulated_aws() -> Iterator[None]:
    """moto, with transactions that are atomic between threads, as DynamoDB's are.

    moto copies its tables before a transaction, and puts the copy back if a condition fails. So it
    would lose what another thread writes meanwhile.
    """
    with mock_aws(), patch.object(DynamoHandler, "call_action", _call_alone):
        yield


def _call_alone(handler: DynamoHandler) -> Any:
    with _one_at_a_time:
        return _call_action(handler)
