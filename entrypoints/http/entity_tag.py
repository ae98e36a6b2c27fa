"""The version of a customer in the headers ``ETag`` and ``If-Match``."""

import re
from typing import Final

import falcon

from ...domain.fields import Faults
from .operation import Parameter

_VERSION = re.compile(r'"(\d{1,15})"', re.ASCII)
_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]+"'
"""RFC 9110, 8.8.3, without the empty tag, which only a mistaken client sends."""
_ONE_TAG = re.compile(_TAG)
_NOT_A_TAG = "must be a version in double quotes, as the header ETag gave it"
_IMPOSSIBLE_VERSION = -1
_LIST_OF_TAGS = re.compile(rf"{_TAG}(?:[ \t]*,[ \t]*{_TAG})+")


VERSION: Final = {"ETag": "The version of the customer, for `If-Match`."}
"""The header of an answer that says the version."""

IF_MATCH: Final = Parameter(
    "If-Match",
    "Do it only at this version: the `ETag` of an answer. `*` for any.",
    {"type": "string"},
    "header",
)


def entity_tag(version: int) -> str:
    """The header ETag of this version."""
    return f'"{version}"'


def parse_if_match(req: falcon.Request, faults: Faults) -> int | None:
    """The version in If-Match (RFC 9110, 13.1.1), or None without the header or for ``*``.

    A well-formed tag that is no version, such as a weak tag, gives a version that no customer has;
    the response is then 412. A malformed header is noted in ``faults``.
    """
    header = req.get_header("If-Match")
    if header is None:
        return None
    text = header.strip(" \t")
    if text == "*":
        return None
    if not _ONE_TAG.fullmatch(text):
        several = _LIST_OF_TAGS.fullmatch(text)
        faults.note("If-Match", "must name one version" if several else _NOT_A_TAG)
        return None
    version = _VERSION.fullmatch(text)
    return _IMPOSSIBLE_VERSION if version is None else int(version[1])
