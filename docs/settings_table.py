"""Writes the table of docs/settings.md from the code: ``make settings``."""

import re
from pathlib import Path
from typing import Final

from cybershop_customer.entrypoints.setting import Setting
from cybershop_customer.entrypoints.settings import SETTINGS

PAGE: Final = Path(__file__).with_name("settings.md")
_TABLE: Final = re.compile(r"^\| variable \|.*?(?=^\n|\Z)", re.MULTILINE | re.DOTALL)


def with_table(page: str) -> str:
    """``page`` with the table that the code states."""
    rows = [
        "| variable | default | meaning |",
        "|---|---|---|",
        *(f"| `{its.variable}` | {_default(its)} | {its.meaning} |" for its in SETTINGS.values()),
    ]
    table = "\n".join(rows) + "\n"
    return _TABLE.sub(lambda _: table, page)


def _default(its: Setting) -> str:
    if its.demo == its.default:
        return _shown(its.default)
    demo = "printed at start" if its.name == "admin_password" else _shown(its.demo)
    return f"{_shown(its.default)} (demo: {demo})"


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if value == "":
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
