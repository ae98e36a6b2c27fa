"""The schema version of the items.

While a new version of the service replaces an old one, both run. The old one must neither misread
nor damage what the new one wrote.
"""

import logging
from typing import Final

from ...domain.errors import StoreFaultError
from .attributes import AttributeValue, Item, number

LOGGER: Final = logging.getLogger("cybershop_customer.store")

SCHEMA: Final = 1
SCHEMA_VALUE: Final[AttributeValue] = number(SCHEMA)


def refuse_newer_schema(item: Item) -> None:
    """Raise StoreFaultError if a newer version of the service wrote ``item``."""
    schema = item.get("schema")
    if schema is not None and int(schema["N"]) > SCHEMA:
        found = f"a stored item has schema {schema['N']}, and this version knows {SCHEMA}"
        LOGGER.error("%s: complete the update of the service", found)
        raise StoreFaultError(found)
