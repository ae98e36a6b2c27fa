"""The figures of the page about scale are those that its scripts compute now."""

import sys
from collections.abc import Iterator
from typing import Any, Final

import pytest
from support.repository.checkout import ROOT

SCRIPTS: Final = ROOT / "benchmarks" / "scale"
PAGE: Final = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
PERFORMANCE: Final = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def scripts() -> Iterator[Any]:
    """The modules below ``benchmarks/scale``, by name. They are forgotten afterwards."""
    names = [path.stem for path in SCRIPTS.glob("*.py")]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        yield {name: __import__(name) for name in names}
        for name in names:
            del sys.modules[name]


def test_every_figure_that_is_not_measured_is_what_the_script_computes(scripts: Any) -> None:
    page = scripts["page"]
    costs = page.MeasuredCosts.read(PERFORMANCE, page.hash_seconds_of(PAGE))

    assert page.written(PAGE, costs) == PAGE, "run benchmarks/scale.py"


def test_the_table_of_the_bot_is_what_the_simulation_computes(scripts: Any) -> None:
    written = scripts["markdown"].with_parts(PAGE, "hot_key.py", [scripts["hot_table"].hot_table()])

    assert written == PAGE, "run benchmarks/hot_key.py"


def test_a_page_that_lacks_a_place_is_refused(scripts: Any) -> None:
    with pytest.raises(ValueError, match="too few places"):
        scripts["markdown"].with_parts(PAGE, "hot_key.py", ["one", "two"])


@pytest.mark.parametrize(
    ("wanted", "burst", "share"), [(500, 0, 1.0), (2_000, 0, 0.5), (2_000, 1_000, 1.0)]
)
def test_a_bucket_serves_its_rate_and_what_it_has_kept(
    scripts: Any, wanted: float, burst: float, share: float
) -> None:
    bucket = scripts["hot_partition"].Bucket(rate=1_000, burst=burst, left=burst)

    assert bucket.serve(wanted) == share


def test_a_burst_ends(scripts: Any) -> None:
    bucket = scripts["hot_partition"].Bucket(rate=1_000, burst=3_000, left=3_000)

    assert [bucket.serve(2_000) for _ in range(5)] == [1.0, 1.0, 1.0, 0.5, 0.5]


def test_every_item_has_its_longest_parts_below_the_limit(scripts: Any) -> None:
    items, limits = scripts["items"], scripts["limits"]

    assert items.customer_bytes(16, devices=16) < limits.ITEM_BYTES
    assert items.customer_bytes(4) < 1024 < items.customer_bytes(8)
