"""Tables as an earlier version of the service left them."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from support.dynamodb.databases import local_client

from cybershop_customer import LoginRefusedError
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

FIXTURES: Final = Path(__file__).parents[2] / "schema" / "fixtures"
CONTEXT_ID: Final = "A" * 43 + ".zoe"
"""The ``context_id`` of the stored customer's session."""
PASSWORD: Final = "correct horse"


@dataclass
class OldTables:
    """Tables as an earlier version of the service left them, and the current service.

    The service has the demo's settings, changed by ``environ``.
    """

    database: Database
    environ: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self.storage = storage_on(self.database)
        container = make_container(Settings.demo_from_environ(self.environ))
        container.storage.override(self.storage)
        container.clock.override(ManualClock())
        self.services: Services = container.services()

    def store(self, *names: str, **changes: Any) -> None:
        """Store the items of these fixtures; ``changes`` replace some of their attributes."""
        for name in names:
            fixture = json.loads((FIXTURES / f"{name}.json").read_text())
            table = self._table(fixture["table"])
            local_client().put_item(TableName=table, Item={**fixture["item"], **changes})

    def items(self) -> list[dict[str, Any]]:
        """Every stored item."""
        found: list[dict[str, Any]] = []
        for table in ("customer", "logger"):
            reply = local_client().scan(TableName=self._table(table), ConsistentRead=True)
            found += sorted(reply["Items"], key=json.dumps)
        return found

    def _table(self, name: str) -> str:
        return {"customer": self.database.customer_table, "logger": self.database.logger_table}[
            name
        ]


def log_in_wrongly(services: Services) -> None:
    with suppress(LoginRefusedError):
        services.sessions.login(customer_id="zoe", password="wrong horse")
