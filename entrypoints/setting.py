"""A setting: one field of ``Settings``, with its default, its reader and its meaning."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeVar

PREFIX: Final = "CUSTOMER_"

_T = TypeVar("_T")
_KEY: Final = "setting"


@dataclass(frozen=True, slots=True)
class _Declaration:
    read: Callable[[str], object]
    meaning: str
    demo: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting, as its field declares it."""

    name: str
    default: object
    demo: object
    """The default of the demo."""
    read: Callable[[str], object]
    """Returns the value of a text, or raises ValueError, which says what the text must be."""
    meaning: str
    """One line of Markdown, for docs/settings.md."""
    secret: bool

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.upper()

    def fault(self, value: object) -> str | None:
        """The rule that ``value`` breaks, or None if it breaks none.

        A program gives ``value``. It is valid if the reader returns it for its text. None is valid
        where it is the default.
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
        demo: the demo's default, where it differs.
        secret: whether ``repr`` hides the value.
    """
    declaration = _Declaration(read, meaning, default if demo is None else demo)
    declared: _T = field(default=default, repr=not secret, metadata={_KEY: declaration})
    return declared


def settings_of(owner: type[Any]) -> dict[str, Setting]:
    """The settings that the fields of the dataclass ``owner`` declare, by their names."""
    found: dict[str, Setting] = {}
    for declared_field in fields(owner):
        declaration: _Declaration = declared_field.metadata[_KEY]
        found[declared_field.name] = Setting(
            name=declared_field.name,
            default=declared_field.default,
            demo=declaration.demo,
            read=declaration.read,
            meaning=declaration.meaning,
            secret=not declared_field.repr,
        )
    return found


def _text_of(value: object) -> str:
    """``value`` as the text of a variable."""
    try:
        text = str(value)
    except ValueError:
        return ""  # str() refuses an integer of thousands of digits.
    return text.lower() if isinstance(value, bool) else text
