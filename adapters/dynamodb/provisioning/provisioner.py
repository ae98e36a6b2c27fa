"""Applies the plans that create, fix and delete the two tables."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from ....domain.errors import StoreFaultError
from ....ports.table_plan import TableOptions, TablePlan
from ...runtime import sleep
from ..call_failure import (
    THROTTLING,
    ForeignReplyError,
    error_code,
    error_message,
    has_aws_error_code,
    refuse_foreign_replies,
)
from ..call_limits import CallLimits
from ..client import make_client
from .table_plan import plan_tables
from .table_steps import Step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PROVISIONING_LIMITS: Final = CallLimits(connect_timeout=5, read_timeout=30)

_POLLS: Final = 300
"""How often to try, once a second."""
_NOT_YET: Final = THROTTLING | {
    "ContinuousBackupsUnavailableException",
    "ResourceInUseException",
}
"""Error codes for a table that is being created or changed, and for too many requests."""


def provisioning_client(endpoint: str | None) -> "DynamoDBClient":
    """Make a client that waits longer than the service's client, since no request waits for it.

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
    """
    return make_client(endpoint, limits=PROVISIONING_LIMITS, connections=1)


def create_tables(
    client: "DynamoDBClient", prefix: str = "", *, sleep: Callable[[float], None] = sleep
) -> list[str]:
    """Create the missing tables, wait until they can be used, and return their names.

    For tests and other short-lived data: the tables have no deletion protection and no backups.

    Raises:
        StoreFaultError: an existing table is wrong, and DynamoDB cannot change that.
        ClientError: DynamoDB refused a request.
        BotoCoreError: DynamoDB cannot be reached.
        TimeoutError: a table was not ready within five minutes.
    """
    options = TableOptions(point_in_time_recovery=False, deletion_protection=False)
    plans = plan_tables(client, prefix, options)
    obstacles = [f"{plan.name}: {text}" for plan in plans for text in plan.obstacles]
    if obstacles:
        raise StoreFaultError("; ".join(obstacles))
    apply_plans(client, plans, sleep=sleep)
    steps = [(plan.name, step) for plan in plans for step in plan.steps]
    return [name for name, step in steps if step.operation == "create_table"]


def apply_plans(
    client: "DynamoDBClient",
    plans: Sequence[TablePlan[Step]],
    *,
    on_step: Callable[[str, Step], None] = lambda _table, _step: None,
    sleep: Callable[[float], None] = sleep,
) -> None:
    """Take every step, and wait until the tables can be used, or are deleted.

    An interruption does no harm: the next plan has the remaining steps.

    Args:
        client: reaches the tables.
        plans: one for each table.
        on_step: called before each step, with the table's name.
        sleep: waits a number of seconds.

    Raises:
        ClientError: DynamoDB refused a request.
        BotoCoreError: DynamoDB cannot be reached.
        TimeoutError: a table was not ready within five minutes.
    """
    for plan in plans:
        for step in plan.steps:
            on_step(plan.name, step)
            _take(client, step, sleep)
            _await_table(client, plan, sleep)
        if not plan.steps:
            _await_table(client, plan, sleep)


@contextmanager
def operator_errors(client: "DynamoDBClient") -> Generator[None]:
    """Turn the errors of AWS's client into a StoreFaultError with one sentence for the operator."""
    endpoint = client.meta.endpoint_url
    try:
        yield
    except ClientError as error:
        if not has_aws_error_code(error):
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
        f"the server at {endpoint} is not DynamoDB: {cause}"
        " (`cybershop-customer doctor` may know more)"
    )


def _take(client: "DynamoDBClient", step: Step, sleep: Callable[[float], None]) -> None:
    """Take ``step``, and repeat it while DynamoDB says that it is too early."""
    send = getattr(client, step.operation)
    for _ in range(_POLLS):
        try:
            with refuse_foreign_replies():
                send(**step.arguments)
        except ClientError as error:
            if error_code(error) not in _NOT_YET:
                raise
            if step.operation == "create_table" and error_code(error) == "ResourceInUseException":
                # Another program is creating the table.
                return
            sleep(1)
        else:
            return
    raise TimeoutError(f"after {_POLLS} seconds DynamoDB still refuses this step: {step.text}")


def _await_table(
    client: "DynamoDBClient", plan: TablePlan[Step], sleep: Callable[[float], None]
) -> None:
    """Wait until the table can be used, or does not exist any more."""
    awaited = "ACTIVE" if plan.present else None
    for _ in range(_POLLS):
        if _status(client, plan.name) == awaited:
            return
        sleep(1)
    status = "active" if plan.present else "deleted"
    raise TimeoutError(f"after {_POLLS} seconds the table {plan.name} is still not {status}")


@refuse_foreign_replies()
def _status(client: "DynamoDBClient", name: str) -> str | None:
    try:
        return client.describe_table(TableName=name)["Table"].get("TableStatus")
    except ClientError as error:
        # DynamoDB may also say so for a moment after CreateTable.
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise
