"""One record of a file, before its values are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ...domain.errors import FieldFault


class RecordUnit(StrEnum):
    """What the number of a record counts."""

    LINE = "line"
    ITEM = "item"
    """The items of a JSON document, from 1."""


class UnreadableFileError(ValueError):
    """The file has none of the forms. The message says what to do."""


class UnreadableLineError(ValueError):
    """A line that is skipped. The message says what is wrong with it, such as "is not UTF-8"."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """The values of one record, as the file's format gives them."""

    number: int
    """The line on which the record begins, or the position of the item, from 1."""
    values: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    """The values by the names of the fields. A value that is not given is not there, or None."""
    fault: FieldFault | None = None
    """Why the record has no values."""
    unit: RecordUnit = RecordUnit.LINE
