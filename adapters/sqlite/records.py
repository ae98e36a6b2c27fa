"""Audit records as JSON texts."""

import json
from datetime import datetime
from typing import Any

from ...domain.audit import AuditRecord, rfc3339


def record_to_text(record: AuditRecord) -> str:
    """The text of ``record``. Attributes that are empty are left out."""
    # Quicker than ``asdict``, which copies.
    values = {name: getattr(record, name) for name in AuditRecord.__dataclass_fields__}
    values = {name: value for name, value in values.items() if value not in (None, ())}
    return json.dumps({**values, "at": rfc3339(record.at)}, separators=(",", ":"))


def record_from_text(text: str) -> AuditRecord:
    """The record in ``text``. Attributes of a newer version are ignored."""
    values: dict[str, Any] = json.loads(text)
    values["at"] = datetime.fromisoformat(values["at"])
    values["fields"] = tuple(values.get("fields", ()))
    known = AuditRecord.__dataclass_fields__
    return AuditRecord(**{name: value for name, value in values.items() if name in known})
