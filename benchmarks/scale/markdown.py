"""Tables in Markdown, and the places in a page where scripts write them."""

import re
from collections.abc import Iterable, Sequence

END = "<!-- end -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with this head."""
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join((lines[0], "|---" * len(head) + "|", *lines[1:]))


def with_parts(page: str, script: str, parts: Iterable[str]) -> str:
    """The page with ``parts`` at the places of ``script``, in their order."""
    begin, rest = f"<!-- written by benchmarks/{script} -->", iter(parts)
    pattern = re.compile(f"{re.escape(begin)}\n.*?{re.escape(END)}", re.DOTALL)
    written = pattern.sub(lambda _: f"{begin}\n{next(rest)}\n{END}", page)
    if next(rest, None) is not None:
        raise ValueError(f"the page has too few places of {script}")
    return written
