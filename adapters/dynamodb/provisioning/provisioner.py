"""Creates, mends and deletes the two tables. The running service never does, nor may it."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from ....domain.errors import StoreFaultError
from ....ports.table_plan import TableOptions, TablePlan
from ...runtime import sleep
from ..call_failure import (
    ForeignReplyError,
    error_code,
    error_message,
    foreign_replies_refused,
    is_named,
)
from ..call_limits import CallLimits
from ..client import make_client
from .table_plan import plan_tables
from .table_steps import Step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PROVISIONING_LIMITS: Final = CallLimits(connect_timeout=5, read_timeout=30)

_POLLS: Final = 300
_NOT_YET: Final = frozenset(
    {
        "ContinuousBackupsUnavailableException",
        "ResourceInUseException",
        "ThrottlingException",
    }
)
"""Said of a table that was created, or changed, a moment ago, and to those who ask too often."""


def provisioning_client(endpoint: str | None) -> "DynamoDBClient":
    """A client that waits longer than the service's, since nobody waits for it.

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
    """
    return make_client(endpoint, limits=PROVISIONING_LIMITS, connections=1)


def create_tables(
    client: "DynamoDBClient", prefix: str = "", *, sleep: Callable[[float], None] = sleep
) -> list[str]:
    """Create the tables that are not there yet, and return the names of those.

    For tests, and for stores that are thrown away: nothing protects these tables. Returns when
    they can be used.

    Raises:
        StoreFaultError: a table that is there is not as it should be, and cannot be mended.
        ClientError: DynamoDB refused.
        BotoCoreError: it cannot be reached.
        TimeoutError: a table was not ready within five minutes.
    """
    options = TableOptions(point_in_time_recovery=False, deletion_protection=False)
    plans = plan_tables(client, prefix, options)
    obstacles = [f"{plan.name}: {text}" for plan in plans for text in plan.obstacles]
    if obstacles:
        raise StoreFaultError("; ".join(obstacles))
    carry_out(client, plans, sleep=sleep)
    steps = [(plan.name, step) for plan in plans for step in plan.steps]
    return [name for name, step in steps if step.operation == "create_table"]


def carry_out(
    client: "DynamoDBClient",
    plans: Sequence[TablePlan[Step]],
    *,
    told: Callable[[str, Step], None] = lambda _table, _step: None,
    sleep: Callable[[float], None] = sleep,
) -> None:
    """Take every step, and return when the tables can be used, or are gone.

    Stopped half-way it does no harm: the next plan has the steps that are left.

    Args:
        client: where the tables are.
        plans: of each table.
        told: learns the table and the step before it is taken.
        sleep: waits so many seconds.

    Raises:
        ClientError: DynamoDB refused.
        BotoCoreError: it cannot be reached.
        TimeoutError: a table was not ready within five minutes.
    """
    for plan in plans:
        for step in plan.steps:
            told(plan.name, step)
            _take(client, step, sleep)
            _await(client, plan, sleep)
        if not plan.steps:
            _await(client, plan, sleep)


@contextmanager
def operator_errors(client: "DynamoDBClient") -> Generator[None]:
    """Turn what goes wrong into one sentence for the operator, a StoreFaultError."""
    endpoint = client.meta.endpoint_url
    try:
        yield
    except ClientError as error:
        if not is_named(error):
            raise _not_dynamodb(endpoint, f"HTTP {error_code(error)}") from error
        raise StoreFaultError(
            f"{endpoint} refused {error.operation_name}: {error_code(error)}:"
            f" {error_message(error)}"
        ) from error
    except ForeignReplyError as error:
        raise _not_dynamodb(endpoint, error.kwargs["cause"]) from error
    except (BotoCoreError, TimeoutError) as error:
        raise StoreFaultError(
            f"{endpoint}: {error} (`cybershop-customer doctor` may know more)"
        ) from error


def _not_dynamodb(endpoint: str, cause: str) -> StoreFaultError:
    return StoreFaultError(
        f"what answers at {endpoint} is not DynamoDB: {cause}"
        " (`cybershop-customer doctor` may know more)"
    )


def _take(client: "DynamoDBClient", step: Step, sleep: Callable[[float], None]) -> None:
    send = getattr(client, step.operation)
    for _ in range(_POLLS):
        try:
            with foreign_replies_refused():
                send(**step.arguments)
        except ClientError as error:
            if error_code(error) not in _NOT_YET:
                raise
            if step.operation == "create_table" and error_code(error) == "ResourceInUseException":
                # Somebody else creates it just now.
                return
            sleep(1)
        else:
            return
    raise TimeoutError(f"DynamoDB would not yet {step.text}, after {_POLLS} seconds")


def _await(client: "DynamoDBClient", plan: TablePlan[Step], sleep: Callable[[float], None]) -> None:
    """Wait until the table can be used; or until there is none any more."""
    awaited = "ACTIVE" if plan.present else None
    for _ in range(_POLLS):
        if _status(client, plan.name) == awaited:
            return
        sleep(1)
    what = "active" if plan.present else "gone"
    raise TimeoutError(f"the table {plan.name} is not {what} yet, after {_POLLS} seconds")


@foreign_replies_refused()
def _status(client: "DynamoDBClient", name: str) -> str | None:
    try:
        return client.describe_table(TableName=name)["Table"].get("TableStatus")
    except ClientError as error:
        # So it is for a moment after a table was created, too.
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise
