"""``QuickHistogram`` counts as the histogram of prometheus-client does."""

from pathlib import Path
from threading import Thread

import pytest
from prometheus_client import CollectorRegistry, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

from cybershop_customer.adapters.metrics import quick_histogram
from cybershop_customer.adapters.metrics.quick_histogram import QuickHistogram

BUCKETS = (0.25, 0.5, 1.0)
AMOUNTS = (0.0, 0.25, 0.26, 0.5, 0.75, 1.0, 1.5, 1e9)


def observed(
    kind: type[Histogram], folder: Path | None
) -> list[tuple[str, list[tuple[str, str]], float]]:
    """What a histogram with and one without labels tell after ``AMOUNTS``."""
    registry = CollectorRegistry()
    plain = kind("plain", "", buckets=BUCKETS, registry=registry)
    labelled = kind("labelled", "", ("name",), buckets=BUCKETS, registry=registry)
    for amount in AMOUNTS:
        plain.observe(amount)
        labelled.labels("a").observe(amount)
        labelled.labels("b").observe(amount * 2)
    if folder is not None:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    return sorted(
        (sample.name, sorted(sample.labels.items()), sample.value)
        for family in registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    )


@pytest.fixture(params=["in memory", "in files"])
def folder(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path | None:
    """Where histograms count; None if they count in memory."""
    if request.param == "in memory":
        return None
    monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue())
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    return tmp_path


def use_other_folder(folder: Path | None, monkeypatch: pytest.MonkeyPatch) -> Path | None:
    """Let what is made from now on count in another folder, if it counts in files."""
    if folder is None:
        return None
    other = folder / "other"
    other.mkdir()
    monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue())
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(other))
    return other


def test_it_counts_as_the_histogram_that_it_replaces(
    folder: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = observed(Histogram, folder)
    found = observed(QuickHistogram, use_other_folder(folder, monkeypatch))

    assert found == expected
    assert ("plain_count", [], 8.0) in found


def test_it_works_without_the_parts_that_are_not_public(
    folder: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = observed(Histogram, folder)

    def no_such_part(_: object) -> None:
        raise AttributeError

    monkeypatch.setattr(quick_histogram, "_observe_of", no_such_part)

    assert observed(QuickHistogram, use_other_folder(folder, monkeypatch)) == expected


def test_threads_lose_no_observation(folder: Path | None) -> None:
    registry = CollectorRegistry()
    histogram = QuickHistogram("plain", "", buckets=BUCKETS, registry=registry)

    def observe() -> None:
        for _ in range(5000):
            histogram.observe(0.5)

    threads = [Thread(target=observe) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if folder is not None:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]

    assert registry.get_sample_value("plain_count") == 20000
    assert registry.get_sample_value("plain_sum") == 10000


def test_a_new_process_counts_on_in_the_files_of_one_that_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for _ in range(2):
        monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue(lambda: "s0"))
        QuickHistogram("plain", "", buckets=BUCKETS, registry=CollectorRegistry()).observe(0.5)

    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(tmp_path))  # type: ignore[no-untyped-call]
    assert registry.get_sample_value("plain_count") == 2
    assert registry.get_sample_value("plain_bucket", {"le": "0.5"}) == 2
