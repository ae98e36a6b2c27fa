"""The page about performance: its pictures, and every container that can grow, with its bound."""

import re
import runpy
from typing import Final

from support.repository.checkout import ROOT
from support.repository.containers import Container, containers, names_of_containers

PAGE: Final = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
SECTION: Final = PAGE.partition("\n### What can grow\n")[2].partition("\n## ")[0]
ROW: Final = re.compile(r"^\| `([\w/]+\.py)`: (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def told() -> set[Container]:
    """The containers in the table. ``all`` stands for every one of a module."""
    found = set()
    for module, names, _what, _bound in ROW.findall(SECTION):
        if names == "all":
            found |= {each for each in containers() if each.module == module}
        found |= {Container(module, name) for name in re.findall(r"`(\w+)`", names)}
    return found


def test_the_table_has_every_container_of_the_code_and_no_other() -> None:
    assert sorted(containers() - told()) == []
    assert sorted(told() - containers()) == []


def test_every_row_is_read() -> None:
    lines = [line for line in SECTION.splitlines() if line.startswith("| `")]

    assert len(ROW.findall(SECTION)) == len(lines) > 60


def test_a_new_container_is_found_wherever_it_is() -> None:
    source = """
cache_of_module = {}
constants = {"a": 1}
kept: Final[deque[int]] = deque(maxlen=3)

@functools.lru_cache(5)
def read(name): ...

class Holder:
    shared = WeakValueDictionary()
    names: set[int] = field(default_factory=set[int])
    roles: frozenset[str] = frozenset()

    def __init__(self, given):
        local = []
        self.given = dict(given)
        self.queue = queue.SimpleQueue()
        self.seen: frozenset[str] = frozenset()
        self.find = lru_cache(10)(self.read)
        self.order = collections.OrderedDict[str, int]()
"""

    assert names_of_containers(source) == {
        "cache_of_module",
        "kept",
        "read",
        "shared",
        "names",
        "queue",
        "seen",
        "find",
        "order",
    }


def test_each_picture_is_drawn_from_the_tables_of_the_page() -> None:
    """After a change of a figure, run ``python benchmarks/figures.py``."""
    figures = runpy.run_path(str(ROOT / "benchmarks" / "figures.py"))
    charts = figures["charts"](PAGE)

    assert len(charts) == 4
    for name, chart in charts.items():
        assert len(chart.bars) > 2
        picture = (ROOT / "docs" / "pictures" / name).read_text(encoding="utf-8")
        assert picture == figures["draw"](chart), name
        assert f'src="pictures/{name}"' in PAGE
