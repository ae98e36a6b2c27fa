"""What a setting is: a default, a reader and a meaning, stated where its field is declared."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeVar

PREFIX: Final = "CUSTOMER_"

_T = TypeVar("_T")
_STATEMENT: Final = "setting"


@dataclass(frozen=True, slots=True)
class _Statement:
    read: Callable[[str], object]
    meaning: str
    demo: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting, as its field states it."""

    name: str
    default: object
    demo: object
    """The default of the demo."""
    read: Callable[[str], object]
    """Takes the text of the variable; raises ValueError, which says what it should be."""
    meaning: str
    """One line of Markdown, for docs/settings.md."""
    secret: bool

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.upper()

    def fault(self, value: object) -> str | None:
        """What is wrong with ``value``, which a program gave, or None if nothing is.

        A value is right if it is what the reader makes of its text. None is right where it is the
        default.
        """
        if value is None and self.default is None:
            return None
        try:
            read = self.read(_text_of(value))
        except ValueError as error:
            return str(error)
        same = isinstance(value, type(read)) and value == read
        return None if same else f"must be of type {type(read).__name__}"


def setting(
    read: Callable[[str], _T],
    meaning: str,
    *,
    default: _T,
    demo: _T | None = None,
    secret: bool = False,
) -> _T:
    """A field of a dataclass of settings.

    Args:
        read: see ``Setting.read``.
        meaning: see ``Setting.meaning``.
        default: production's.
        demo: the demo's default, where it is another one.
        secret: whether no ``repr`` may show the value.
    """
    statement = _Statement(read, meaning, default if demo is None else demo)
    made: _T = field(default=default, repr=not secret, metadata={_STATEMENT: statement})
    return made


def settings_of(owner: type[Any]) -> dict[str, Setting]:
    """The settings that the fields of the dataclass ``owner`` state, by their names."""
    found: dict[str, Setting] = {}
    for its in fields(owner):
        statement: _Statement = its.metadata[_STATEMENT]
        found[its.name] = Setting(
            name=its.name,
            default=its.default,
            demo=statement.demo,
            read=statement.read,
            meaning=statement.meaning,
            secret=not its.repr,
        )
    return found


def _text_of(value: object) -> str:
    """``value`` as the text of a variable."""
    try:
        text = str(value)
    except ValueError:
        return ""  # An integer of thousands of digits.
    return text.lower() if isinstance(value, bool) else text
