"""A change to one customer's item, in the making."""

from typing import Any

from .attributes import Value, text
from .keys import customer_key
from .schema import SCHEMA_VALUE


class CustomerChange:
    """Collects what to set, to add, to remove and to require; then it is an update or a deletion.

    Every name goes by an alias, since many a plain word is reserved (``roles``, ``sessions``).
    It always requires that no newer version of the service wrote the item.
    """

    def __init__(self, table: str, customer_id: str) -> None:
        self._table = table
        self._customer_id = customer_id
        self._aliases: dict[str, str] = {}
        self._values: dict[str, Value] = {}
        self._sets: list[str] = []
        self._removals: list[str] = []
        self._additions: list[str] = []
        schema = self.path("schema")
        known = f"(attribute_not_exists({schema}) OR {schema} <= {self.value(SCHEMA_VALUE)})"
        self._conditions = [f"attribute_exists({self.path('pk')})", known]

    def path(self, *names: str) -> str:
        """The attribute of that name, or what lies at that path in maps."""
        return ".".join(self._aliases.setdefault(name, f"#n{len(self._aliases)}") for name in names)

    def value(self, value: Value) -> str:
        """A value to set or to compare with."""
        alias = f":v{len(self._values)}"
        self._values[alias] = value
        return alias

    def require(self, condition: str) -> None:
        """Change nothing unless ``condition`` holds too."""
        self._conditions.append(condition)

    def set(self, path: str, operand: str) -> None:
        """Set what is at ``path``."""
        self._sets.append(f"{path} = {operand}")

    def set_text(self, name: str, content: str) -> None:
        """Set a string; an empty one is left out of the item."""
        if content:
            self.set(self.path(name), self.value(text(content)))
        else:
            self.remove(self.path(name))

    def remove(self, path: str) -> None:
        """Remove what is at ``path``."""
        self._removals.append(path)

    def add(self, path: str, elements: str) -> None:
        """Add to the set at ``path``, which is made where there is none."""
        self._additions.append(f"{path} {elements}")

    def update(self) -> dict[str, Any]:
        """The arguments of the update."""
        clauses = (("SET", self._sets), ("REMOVE", self._removals), ("ADD", self._additions))
        expression = " ".join(f"{verb} {', '.join(what)}" for verb, what in clauses if what)
        return {**self.deletion(), "UpdateExpression": expression}

    def deletion(self) -> dict[str, Any]:
        """The arguments of a deletion under the same conditions."""
        return {
            "TableName": self._table,
            "Key": {"pk": text(customer_key(self._customer_id))},
            "ConditionExpression": " AND ".join(self._conditions),
            "ExpressionAttributeNames": {alias: name for name, alias in self._aliases.items()},
            "ExpressionAttributeValues": self._values,
        }
