"""The connection to DynamoDB."""

from typing import TYPE_CHECKING, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError

from .aws_session import aws_fault, aws_session, direct_to_loopback
from .failure import FOREIGN_ERRORS
from .patience import Patience

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_USER_AGENT: Final = "cybershop-customer"


def make_client(endpoint: str | None, *, patience: Patience, connections: int) -> "DynamoDBClient":
    """A client that all threads share. Making one takes a tenth of a second: make it once.

    It makes a single attempt of each request, since ``Caller`` knows better when to make another.
    Parameters go unchecked, and the user agent is fixed, which together saves a sixth of the CPU
    time of a read (benchmarks/session_check_dynamodb.py).

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
    """
    config = Config(
        connect_timeout=patience.connect_timeout,
        read_timeout=patience.read_timeout,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=connections,
        parameter_validation=False,
        user_agent=_USER_AGENT,
    )
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
