"""The shapes of JSON objects: a TypedDict for each, which checkers read and OpenAPI describes.

The functions that build an object return its TypedDict, so a type checker refuses one that differs
from its shape. The description of the HTTP interface is made from the same TypedDict.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NotRequired,
    Required,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from ..domain.fields import TextRule

Schema = dict[str, Any]
"""A schema of JSON Schema 2020-12, which OpenAPI 3.1 uses."""

_SCALARS: Final[Mapping[object, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
}


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """What the type of a member does not say, for ``Annotated``.

    Args:
        description: the meaning of the member, in Markdown.
        example: a valid value.
        rules: further keywords of its schema, such as ``pattern``.
    """

    description: str
    example: object
    rules: Mapping[str, object] = field(default_factory=dict[str, object])


PROFILE_MEMBERS: Final[Mapping[str, Member]] = {
    "fname": Member("The first name.", "Zoë"),
    "lname": Member("The last name.", "Winter"),
    "address1": Member("The first line of the address.", "Ringstraße 1"),
    "address2": Member("The second line of the address.", "1010 Wien"),
    "locale": Member("The language of messages to the customer (BCP 47).", "de-AT"),
}
"""What the type of each profile field does not say."""


def shape_schema(shape: object) -> Schema:
    """The schema of a TypedDict, without references. Its own members are required.

    The members of a TypedDict with ``total=False`` count as required too, unless they are
    ``NotRequired``: this service always sends them.

    Raises:
        TypeError: a member has a type that this module does not know.
    """
    return _schema(shape)


def shape_example(shape: object) -> Any:  # noqa: ANN401 (any JSON value)
    """A valid value of ``shape``, made of the examples of its members."""
    return schema_example(shape_schema(shape))


def schema_example(schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 (any JSON value)
    """A valid value of ``schema``, made of the examples in it."""
    if "examples" in schema:
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "array":
        return [schema_example(schema["items"])]
    return {name: schema_example(each) for name, each in schema["properties"].items()}


def _schema(hint: object) -> Schema:
    origin = get_origin(hint)
    arguments = get_args(hint)
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if is_typeddict(hint):
        return _object(cast("type", hint))
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1:])
    if origin in (NotRequired, Required):
        return _schema(arguments[0])
    return _of_several(hint, origin, arguments)


def _of_several(hint: object, origin: object, arguments: tuple[Any, ...]) -> Schema:
    """The schema of a list, of a value or null, or of one of several values."""
    if origin is Literal:
        return {"type": _SCALARS[type(arguments[0])], "enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0])}
    if NoneType in arguments:
        (kind,) = (each for each in arguments if each is not NoneType)
        schema = _schema(kind)
        return {**schema, "type": [schema["type"], "null"]}
    raise TypeError(f"the shape has a member of the type {hint!r}, which has no schema")


def _annotated(hint: object, metadata: tuple[object, ...]) -> Schema:
    schema = _schema(hint)
    for each in metadata:
        if isinstance(each, Member):
            shown: Schema = {"description": each.description, "examples": [each.example]}
            schema = {**schema, **shown, **each.rules}
    return schema


def _object(shape: type) -> Schema:
    hints = get_type_hints(shape, include_extras=True)
    schema: Schema = {
        "type": "object",
        "description": " ".join((shape.__doc__ or "").split()),
        "properties": {name: _member(name, hint) for name, hint in hints.items()},
        "required": [name for name, hint in hints.items() if get_origin(hint) is not NotRequired],
    }
    return schema


def _member(name: str, hint: object) -> Schema:
    if any(isinstance(each, TextRule) for each in getattr(hint, "__metadata__", ())):
        # A field of the profile, whose type parameter is a text here.
        return _annotated(str, (PROFILE_MEMBERS[name],))
    return _schema(hint)
