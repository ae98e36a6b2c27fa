"""The schemas of messages: which fields a message has, and the rule of each field.

The rules are those of the domain. A schema cannot say all of them: which domains take mail, which
passwords are guessable, and which characters are deceptive. The service then answers
``invalid-input``.
"""

from collections.abc import Mapping
from typing import Any, Final

from ...domain.device import DEVICE_TOKEN
from ...domain.fields import CUSTOMER_ID, EMAIL, LANGUAGE_TAG, PROFILE, LanguageTagRule, TextRule
from ...domain.one_time_token import ONE_TIME_TOKEN
from ...domain.policy import PasswordPolicy
from ...domain.session import CONTEXT_ID
from ..json_members import EXAMPLE_SECRET, whole_pattern
from ..json_shape import PROFILE_MEMBERS, Member, Schema
from .media_type import FORM
from .operation import RequestBody

_PASSWORD: Final[Mapping[str, object]] = {
    "format": "password",
    "maxLength": PasswordPolicy().max_length,
}
FIELDS: Final[Mapping[str, Member]] = {
    "customer_id": Member("The id of the customer.", "zoe", whole_pattern(CUSTOMER_ID)),
    "email": Member(
        "An e-mail address that the public mail system can deliver, or one under `.test`.",
        "zoe@shop.test",
        {"format": "email", "maxLength": EMAIL.max_characters},
    ),
    "password": Member(
        "The password. A new one has at least `CUSTOMER_PASSWORD_MIN_LENGTH` characters, and is"
        " not guessable.",
        "correct horse battery staple",
        _PASSWORD,
    ),
    "new_password": Member("The new password.", "winter is over again", _PASSWORD),
    "context_id": Member(
        "The session. A secret.", f"{EXAMPLE_SECRET}.zoe", whole_pattern(CONTEXT_ID)
    ),
    "device_token": Member(
        "The `device_token` of an earlier login on this device. A secret.",
        EXAMPLE_SECRET,
        whole_pattern(DEVICE_TOKEN),
    ),
    "token": Member(
        "The token of the link. A secret.", f"{EXAMPLE_SECRET}.zoe", whole_pattern(ONE_TIME_TOKEN)
    ),
    "token_type_hint": Member("Ignored (RFC 7662, 2.1).", "access_token"),
}
"""What the rules of each field are, beside those of the profile."""


def field_schema(name: str, *, nullable: bool = False) -> Schema:
    """The schema of the field ``name``."""
    rule = PROFILE.get(name)
    member = FIELDS[name] if rule is None else _profile_field(name, rule)
    return {
        "type": ["string", "null"] if nullable else "string",
        "description": member.description,
        "examples": [member.example],
        **member.rules,
    }


def body_schema(body: RequestBody) -> Schema:
    """The schema of ``body``. A JSON object has no other fields than these."""
    fields = body.schema.fields
    schema: Schema = {
        "type": "object",
        "properties": {
            name: field_schema(name, nullable=body.schema.merge_patch) for name in fields
        },
    }
    schema["additionalProperties"] = False
    if FORM in body.media_types:
        # Other parameters of a form are ignored (RFC 6749, 3.1), and any token has an answer.
        schema["additionalProperties"] = {"type": "string"}
        schema["properties"]["token"] = {
            **field_schema("context_id"),
            "pattern": ".",
            "description": "A `context_id`, or any other text. A secret.",
        }
    required = [*body.schema.required, *body.required]
    if required:
        schema["required"] = required
    for keyword, names in (("oneOf", body.one_of), ("anyOf", body.any_of)):
        if names:
            schema[keyword] = [{"required": [name]} for name in names]
    schema["examples"] = [_example(body, schema["properties"])]
    return schema


def _profile_field(name: str, rule: TextRule) -> Member:
    member = PROFILE_MEMBERS[name]
    rules: dict[str, object] = {"maxLength": rule.max_characters}
    if isinstance(rule, LanguageTagRule):
        rules["pattern"] = f"^({LANGUAGE_TAG.pattern})?$"
    return Member(member.description, member.example, rules)


def _example(body: RequestBody, properties: Mapping[str, Any]) -> dict[str, Any]:
    """A valid message: of the fields in ``one_of`` the first, and no secret that is optional."""
    required = {*body.schema.required, *body.required}
    left_out = {
        *body.one_of[1:],
        *({"context_id", "device_token"} - required - {*body.any_of}),
    }
    return {
        name: schema["examples"][0] for name, schema in properties.items() if name not in left_out
    }
