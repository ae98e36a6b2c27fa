"""The provisioner of the two tables in DynamoDB."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from ....ports.store_administration import TableProvisioner
from ....ports.table_plan import PlanStep, TableOptions, TablePlan
from .provisioner import apply_plans, operator_errors, provisioning_client
from .table_deletion import plan_deletion
from .table_plan import plan_tables
from .table_steps import Step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBTableProvisioner(TableProvisioner[Step]):
    """Works on the two tables whose names begin with ``prefix``."""

    def __init__(self, client: "DynamoDBClient", prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    @property
    def place(self) -> str:
        meta = self._client.meta
        server = f"DynamoDB at {meta.endpoint_url}, region {meta.region_name}"
        return f"{server}, table prefix {self._prefix!r}"

    def plan(self, options: TableOptions) -> tuple[TablePlan[Step], ...]:
        return plan_tables(self._client, self._prefix, options)

    def plan_deletion(self) -> tuple[TablePlan[Step], ...]:
        return plan_deletion(self._client, self._prefix)

    def apply_plans(
        self, plans: Sequence[TablePlan[Step]], *, before_step: Callable[[str, PlanStep], None]
    ) -> None:
        apply_plans(self._client, plans, on_step=before_step)


@contextmanager
def table_provisioner(endpoint: str | None, prefix: str) -> Generator[DynamoDBTableProvisioner]:
    """A provisioner with a client of its own, whose errors are StoreFaultErrors.

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
    """
    with closing(provisioning_client(endpoint)) as client, operator_errors(client):
        yield DynamoDBTableProvisioner(client, prefix)
