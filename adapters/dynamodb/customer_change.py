"""Builds the update, the replacement or the deletion of one customer's item."""

from typing import Any

from .attributes import AttributeValue, Item, text
from .keys import customer_key
from .schema import SCHEMA_VALUE


class CustomerChange:
    """Collects the parts of an update expression and its conditions.

    Each attribute name gets an alias, because DynamoDB reserves words such as ``roles``. Two
    conditions always apply: the item is a customer's, and no newer version of the service wrote it.
    """

    def __init__(self, table: str, customer_id: str) -> None:
        self._table = table
        self._customer_id = customer_id
        self._aliases: dict[str, str] = {}
        self._values: dict[str, AttributeValue] = {}
        self._sets: list[str] = []
        self._removals: list[str] = []
        self._additions: list[str] = []
        schema = self.path("schema")
        known = f"(attribute_not_exists({schema}) OR {schema} <= {self.value(SCHEMA_VALUE)})"
        # A tombstone has the same key, but no ``customer_id``.
        self._conditions = [f"attribute_exists({self.path('customer_id')})", known]

    def path(self, *names: str) -> str:
        """The path of an attribute, or of an entry in a map, with aliases for its names."""
        return ".".join(self._aliases.setdefault(name, f"#n{len(self._aliases)}") for name in names)

    def value(self, value: AttributeValue) -> str:
        """The alias of a value."""
        alias = f":v{len(self._values)}"
        self._values[alias] = value
        return alias

    def require(self, condition: str) -> None:
        """Add a condition. DynamoDB changes nothing unless all conditions hold."""
        self._conditions.append(condition)

    def set(self, path: str, operand: str) -> None:
        """Set the attribute at ``path``."""
        self._sets.append(f"{path} = {operand}")

    def set_text(self, name: str, content: str) -> None:
        """Set a string. An empty one removes the attribute."""
        if content:
            self.set(self.path(name), self.value(text(content)))
        else:
            self.remove(self.path(name))

    def remove(self, path: str) -> None:
        """Remove the attribute at ``path``."""
        self._removals.append(path)

    def add(self, path: str, elements: str) -> None:
        """Add elements to the set at ``path``. DynamoDB creates the set if it does not exist."""
        self._additions.append(f"{path} {elements}")

    def update_arguments(self) -> dict[str, Any]:
        """The arguments of UpdateItem, or of an update in a transaction."""
        clauses = (("SET", self._sets), ("REMOVE", self._removals), ("ADD", self._additions))
        expression = " ".join(f"{verb} {', '.join(what)}" for verb, what in clauses if what)
        return {**self.delete_arguments(), "UpdateExpression": expression}

    def delete_arguments(self) -> dict[str, Any]:
        """The arguments of a deletion in a transaction, under the same conditions."""
        key = {"pk": text(customer_key(self._customer_id))}
        return {"Key": key, **self._conditional_arguments()}

    def replace_arguments(self, item: Item) -> dict[str, Any]:
        """The arguments of a put in a transaction, of another item with the same key."""
        return {"Item": item, **self._conditional_arguments()}

    def _conditional_arguments(self) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "ConditionExpression": " AND ".join(self._conditions),
            "ExpressionAttributeNames": {alias: name for name, alias in self._aliases.items()},
            "ExpressionAttributeValues": self._values,
        }
