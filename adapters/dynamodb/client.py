"""The connection to DynamoDB."""

import codecs
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError

from ...domain.errors import SettingsError, StoreFaultError
from ..forking.fork_safe_lock import no_fork
from ..forking.process_local import ProcessLocal
from .aws_session import aws_fault, aws_session, direct_to_loopback
from .call_failure import FOREIGN_ERRORS
from .call_limits import CallLimits

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOGGER: Final = logging.getLogger("cybershop_customer")

_USER_AGENT: Final = "cybershop-customer"


class _ClientOfEachProcess:
    """Looks like a client, and asks one that belongs to the process.

    A forked child has a client of its own, with a session of its own, from its first call on:
    connections, credentials and their locks are the parent's. The first client is made at once, so
    that wrong settings are refused here.
    """

    def __init__(self, make: Callable[[], "DynamoDBClient"]) -> None:
        self._own = ProcessLocal(make)
        self._own.get()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever botocore's client has)
        try:
            client = self._own.get()
        except SettingsError as error:
            LOGGER.error("this process cannot make a client of DynamoDB: %s", error)  # noqa: TRY400
            raise StoreFaultError("the settings are wrong; the log says which") from error
        return getattr(client, name)

    def close(self) -> None:
        """Close the connections of this process, if it has any."""
        client = self._own.peek()
        if client is not None:
            client.close()


def make_client(endpoint: str | None, *, limits: CallLimits, connections: int) -> "DynamoDBClient":
    """A client that all threads share, and forked processes too: each gets its own connections.

    Making one takes a tenth of a second: make it once.

    It makes a single attempt of each request, since ``DynamoDBGateway`` decides about another one.
    Parameters go unchecked, and the user agent is fixed, which together saves a sixth of the CPU
    time of a read (benchmarks/session_check_dynamodb.py).

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
    """
    config = Config(
        connect_timeout=limits.connect_timeout,
        read_timeout=limits.read_timeout,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=connections,
        parameter_validation=False,
        user_agent=_USER_AGENT,
    )

    def make() -> "DynamoDBClient":
        with no_fork:
            # Loaded now, and not by the first connection: nothing imports while others may fork.
            codecs.lookup("idna")
            return _client(endpoint, config)

    return cast("DynamoDBClient", _ClientOfEachProcess(make))


def _client(endpoint: str | None, config: Config) -> "DynamoDBClient":
    session = aws_session(endpoint)
    try:
        return direct_to_loopback(
            # pyright minds the stubs of services that are not installed.
            lambda config: session.client(  # pyright: ignore[reportUnknownMemberType]
                "dynamodb", endpoint_url=endpoint, config=config
            ),
            config,
        )
    except (BotoCoreError, *FOREIGN_ERRORS) as error:
        raise aws_fault(error) from error
