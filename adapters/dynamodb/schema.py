"""The version of the items' form.

While a new version of the service replaces an old one, both are at work. The old one must
neither misread what the new one wrote, nor damage it.
"""

import logging
from typing import Final

from ...domain.errors import StoreFaultError
from .attributes import Item, Value, number

LOGGER: Final = logging.getLogger("cybershop_customer")

SCHEMA: Final = 1
SCHEMA_VALUE: Final[Value] = number(SCHEMA)


def refuse_newer_schema(item: Item) -> None:
    """Raise StoreFaultError if a newer version of the service wrote ``item``."""
    schema = item.get("schema")
    if schema is not None and int(schema["N"]) > SCHEMA:
        found = f"a stored item has schema {schema['N']}, and this version knows {SCHEMA}"
        LOGGER.error("%s: complete the update of the service", found)
        raise StoreFaultError(found)
