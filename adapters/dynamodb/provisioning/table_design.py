"""What the two tables must be, as models.py declares them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import Attribute, TTLAttribute
from pynamodb.models import Model

from .models import CustomerTable, LoggerTable


@dataclass(frozen=True, slots=True)
class Key:
    """One attribute of a primary key."""

    name: str
    type: str
    """``S``, ``N`` or ``B``."""
    role: str
    """``HASH`` or ``RANGE``."""

    def __str__(self) -> str:
        return f"{self.name} ({self.type}, {self.role})"


@dataclass(frozen=True, slots=True)
class TableDesign:
    """One table, as the service needs it."""

    name: str
    keys: tuple[Key, ...]
    ttl_attribute: str
    """Which attribute holds the end of an item's life, for those items that have one."""
    billing_mode: str

    def creation(self) -> dict[str, Any]:
        """The arguments of CreateTable."""
        types = [{"AttributeName": key.name, "AttributeType": key.type} for key in self.keys]
        schema = [{"AttributeName": key.name, "KeyType": key.role} for key in self.keys]
        return {
            "TableName": self.name,
            "AttributeDefinitions": types,
            "KeySchema": schema,
            "BillingMode": self.billing_mode,
        }


def table_designs(prefix: str) -> tuple[TableDesign, ...]:
    """Both tables, with ``prefix`` before their names."""
    return _design(CustomerTable, prefix), _design(LoggerTable, prefix)


def keys_text(keys: Iterable[Key]) -> str:
    """The key as people read it."""
    return ", ".join(map(str, keys))


def _design(model: type[Model], prefix: str) -> TableDesign:
    attributes = _attributes(model)
    keys = [
        Key(attribute.attr_name, attribute.attr_type, "HASH" if attribute.is_hash_key else "RANGE")
        for attribute in attributes
        if attribute.is_hash_key or attribute.is_range_key
    ]
    (ttl,) = (it.attr_name for it in attributes if isinstance(it, TTLAttribute))
    return TableDesign(
        name=prefix + model.Meta.table_name,
        keys=tuple(sorted(keys, key=lambda key: key.role)),
        ttl_attribute=ttl,
        billing_mode=str(model.Meta.billing_mode),
    )


def _attributes(model: type[Model]) -> list[Attribute[Any]]:
    # pynamodb leaves the type of an attribute's value open.
    return list(
        model.get_attributes().values()  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    )
