"""What came back, read with suspicion: anything may answer at an address."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

T = TypeVar("T")

_PROBLEM = "urn:cybershop:customer:problem:"


class UnusableReplyError(Exception):
    """No reply, or none of the customer service's. The text never holds what was sent or came."""

    def __init__(self, cause: str, retry_after: int = 1, *, at_once: bool = False) -> None:
        self.retry_after = retry_after
        """Seconds after which the service asked to be asked again."""
        self.at_once = at_once
        """Whether another attempt needs no pause: the connection was just an old one."""
        super().__init__(cause)


@dataclass(frozen=True, slots=True)
class Reply:
    """The status and the JSON object of a reply."""

    status: int
    members: Mapping[str, Any]

    @property
    def problem(self) -> str | None:
        """The name of the customer service's problem that this is, or None if it is none."""
        kind = self.members.get("type")
        if isinstance(kind, str) and kind.startswith(_PROBLEM):
            return kind.removeprefix(_PROBLEM)
        return None

    def text(self, name: str) -> str:
        """A string."""
        return self._member(name, str)

    def flag(self, name: str) -> bool:
        """A boolean."""
        return self._member(name, bool)

    def items(self, name: str) -> list[Any]:
        """A list."""
        return cast("list[Any]", self._member(name, list))

    def moment(self, name: str) -> datetime:
        """A time of RFC 3339."""
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError:
            moment = None
        if moment is None or moment.utcoffset() is None:
            raise UnusableReplyError(f"the reply's {name} is no time")
        return moment

    def _member(self, name: str, kind: Callable[..., T]) -> T:
        value = self.members.get(name)
        if type(value) is not kind:
            raise UnusableReplyError(f"the reply's {name} is missing or of another type")
        return cast("T", value)


def read_reply(status: int, body: bytes) -> Reply:
    """The reply with ``body``, which must be a JSON object.

    Raises:
        UnusableReplyError: it is none.
    """
    try:
        members: object = json.loads(body)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise UnusableReplyError(f"HTTP {status}, and the reply is not the customer service's")
    return Reply(status, cast("dict[str, Any]", members))
