"""The design of both tables, from their declarations in models.py."""

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
    """The attribute with the time after which DynamoDB deletes an item."""
    billing_mode: str

    def create_arguments(self) -> dict[str, Any]:
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
    """The designs of ``customer`` and ``logger``, with ``prefix`` before their names."""
    return _design(CustomerTable, prefix), _design(LoggerTable, prefix)


def keys_text(keys: Iterable[Key]) -> str:
    """The primary key as text for people."""
    return ", ".join(map(str, keys))


def _design(model: type[Model], prefix: str) -> TableDesign:
    attributes = _attributes(model)
    keys = [
        Key(attribute.attr_name, attribute.attr_type, "HASH" if attribute.is_hash_key else "RANGE")
        for attribute in attributes
        if attribute.is_hash_key or attribute.is_range_key
    ]
    (ttl_attribute,) = (
        attribute.attr_name for attribute in attributes if isinstance(attribute, TTLAttribute)
    )
    return TableDesign(
        name=prefix + model.Meta.table_name,
        keys=tuple(sorted(keys, key=lambda key: key.role)),
        ttl_attribute=ttl_attribute,
        billing_mode=str(model.Meta.billing_mode),
    )


def _attributes(model: type[Model]) -> list[Attribute[Any]]:
    # pynamodb does not state the type of an attribute's value.
    return list(
        model.get_attributes().values()  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    )
