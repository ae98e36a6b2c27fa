"""Resolves the CloudFormation template of the project with its parameters.

moto deploys templates too, but it needs eight more packages for that and ignores time to live.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

REPOSITORY: Final = Path(__file__).parents[3]
TEMPLATE: Final = REPOSITORY / "deploy" / "cloudformation.yaml"
ARN: Final = "arn:aws:dynamodb:eu-central-1:123456789012:table/"


class _Loader(yaml.SafeLoader):
    """YAML with the short forms ``!Ref``, ``!Sub`` and ``!GetAtt``."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    assert isinstance(node, yaml.ScalarNode), f"!{suffix} with a list is not implemented here"
    return {f"!{suffix}": loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _short_form)


def load_template(path: Path) -> dict[str, Any]:
    """The template in a file; ``!Ref`` and the others are dictionaries of one entry."""
    document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    return document


@dataclass(frozen=True)
class Stack:
    """A template whose parameters have values."""

    document: Mapping[str, Any]
    parameters: Mapping[str, str]

    @classmethod
    def of(cls, **parameters: str) -> "Stack":
        """The stack of the template; a parameter without a value has its default."""
        document = load_template(TEMPLATE)
        unknown = parameters.keys() - document["Parameters"].keys()
        assert not unknown, f"the template has no parameter {unknown}"
        defaults = {name: entry["Default"] for name, entry in document["Parameters"].items()}
        return cls(document, {**defaults, **parameters})

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of each resource of that kind, by its name in the template."""
        return {
            name: self._resolve(resource["Properties"])
            for name, resource in self.document["Resources"].items()
            if resource["Type"] == kind
        }

    def policy(self, name: str) -> dict[str, Any]:
        """The document of a managed policy."""
        document: dict[str, Any] = self.resources("AWS::IAM::ManagedPolicy")[name]["PolicyDocument"]
        return document

    @property
    def outputs(self) -> dict[str, str]:
        outputs = self.document["Outputs"].items()
        return {name: self._resolve(entry["Value"]) for name, entry in outputs}

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolve(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        match value:
            case {"!Ref": name}:
                return self.parameters[name] if name in self.parameters else self._physical(name)
            case {"!Sub": text}:
                return re.sub(r"\$\{(\w+)\}", lambda found: self.parameters[found[1]], text)
            case {"!GetAtt": path}:
                name, _, attribute = path.partition(".")
                assert attribute == "Arn"
                return ARN + self._physical(name)
        return {key: self._resolve(entry) for key, entry in value.items()}

    def _physical(self, name: str) -> str:
        """The value of ``!Ref``: the name of a table; for a policy its name in the template."""
        properties = self.document["Resources"][name]["Properties"]
        resolved: str = self._resolve(properties.get("TableName", name))
        return resolved


def boolean(text: str) -> bool:
    """Convert a parameter, which is a string, as CloudFormation does."""
    return {"true": True, "false": False}[text]
