"""Makes the client of DynamoDB."""

import codecs
import logging
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.config import Config
from botocore.session import Session

from ...domain.errors import SettingsError, StoreFaultError
from ..forking.fork_safe_lock import no_fork
from ..forking.process_local import ProcessLocal
from .aws_session import aws_faults_named, bypass_proxy_on_loopback, core_session
from .call_limits import CallLimits
from .direct_client.client import DirectClient
from .direct_client.credential_source import CredentialSource
from .direct_client.endpoint import find_endpoint, reason_for_botocore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LOGGER: Final = logging.getLogger("cybershop_customer.store")

_USER_AGENT: Final = "cybershop-customer"


class _ProcessLocalClient:
    """Passes each call to a client that belongs to the current process.

    A forked child makes a client and a session of its own at its first call, because connections,
    credentials and their locks belong to the parent. The constructor makes the first client, so
    that it raises an error for wrong settings.
    """

    def __init__(self, make: Callable[[], "DynamoDBClient"]) -> None:
        self._own = ProcessLocal(make)
        self._own.get()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (any attribute of botocore's client)
        try:
            client = self._own.get()
        except SettingsError as error:
            LOGGER.error("this process cannot make a DynamoDB client: %s", error)  # noqa: TRY400
            raise StoreFaultError("the settings are wrong; the log says which") from error
        return getattr(client, name)

    def close(self) -> None:
        """Close the connections of this process, if it has any."""
        client = self._own.peek()
        if client is not None:
            client.close()


def make_client(
    endpoint: str | None, *, limits: CallLimits, connections: int, direct: bool = False
) -> "DynamoDBClient":
    """Make a client that all threads and forked processes share. Each process has its connections.

    This takes a tenth of a second, so make one client and keep it.

    With ``direct`` it is a ``DirectClient``, which has only the operations of the data path. Where
    only botocore's client works, such as behind a proxy, it is that one.

    Neither client retries, because ``DynamoDBGateway`` does. botocore's does not check parameters
    and has a fixed user agent: this saves a sixth of its CPU time for a read
    (benchmarks/session_check_dynamodb.py).

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
            # Loads the codec here, so that the first connection imports nothing while another
            # thread may fork.
            codecs.lookup("idna")
            session = core_session(endpoint)
            found = (
                _direct_client(session, endpoint, config, limits, connections) if direct else None
            )
            return found or _client(session, endpoint, config)

    return cast("DynamoDBClient", _ProcessLocalClient(make))


def _client(
    session: Session, endpoint: str | None, config: Config, *, key: str | None = None
) -> "DynamoDBClient":
    """The client of botocore, with the session's credentials, or with ``key`` in their place."""

    def make(config: Config) -> "DynamoDBClient":
        client = session.create_client(
            "dynamodb",
            endpoint_url=endpoint,
            config=config,
            aws_access_key_id=key,
            aws_secret_access_key=key,
        )
        return cast("DynamoDBClient", client)

    with aws_faults_named():
        return bypass_proxy_on_loopback(make, config)


def _direct_client(
    session: Session,
    endpoint: str | None,
    config: Config,
    limits: CallLimits,
    connections: int,
) -> "DynamoDBClient | None":
    """The direct client, or None if only botocore can serve this deployment. The log says why."""
    # An endpoint of the account would need its id, and so perhaps a request for credentials, which
    # may take long or fail. botocore reads credentials even then, so it gets unused ones here.
    regional = config.merge(Config(account_id_endpoint_mode="disabled"))
    with closing(_client(session, endpoint, regional, key="unused")) as client, aws_faults_named():
        found = find_endpoint(session, client)
        reason = reason_for_botocore(session, client, found)
        if reason is not None:
            LOGGER.info("botocore sends the requests to DynamoDB, because %s", reason)
            return None
        direct = DirectClient(
            found,
            CredentialSource(session.get_credentials()),
            limits,
            connections=connections,
            user_agent=_USER_AGENT,
        )
    return cast("DynamoDBClient", direct)
