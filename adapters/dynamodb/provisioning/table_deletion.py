"""Plans the deletion of both tables."""

from typing import TYPE_CHECKING

from ....ports.table_plan import TablePlan
from .table_design import TableDesign, keys_text, table_designs
from .table_state import read_table_state
from .table_steps import Step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def plan_deletion(client: "DynamoDBClient", prefix: str) -> tuple[TablePlan[Step], ...]:
    """Plan the deletion of both tables, if they exist. Changes nothing.

    Raises:
        ClientError: DynamoDB refused to describe a table.
        BotoCoreError: DynamoDB cannot be reached.
    """
    return tuple(_plan(client, design) for design in table_designs(prefix))


def _plan(client: "DynamoDBClient", design: TableDesign) -> TablePlan[Step]:
    state = read_table_state(client, design.name)
    if state is None or state.status == "DELETING":
        return TablePlan(design.name, present=False)
    obstacles: list[str] = []
    if state.keys != design.keys:
        obstacles.append(
            f"its key is {keys_text(state.keys)}, so it is another program's table:"
            " check CUSTOMER_TABLE_PREFIX"
        )
    elif state.deletion_protection:
        obstacles.append(
            "its deletion protection is on; to switch it off, run `cybershop-customer tables"
            " create --no-deletion-protection`, or set the parameter DeletionProtection of the"
            " CloudFormation stack to false"
        )
    text = f"delete it, with about {state.items} items, for ever: {state.arn}"
    step = Step(text, "delete_table", {"TableName": design.name})
    steps = () if obstacles else (step,)
    return TablePlan(design.name, steps, obstacles=tuple(obstacles), present=False)
