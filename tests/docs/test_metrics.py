"""The page, the dashboard and the alert rules name the metrics that exist."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from support.metrics.values import described
from support.repository.checkout import ROOT
from support.services.cache_harness import CacheHarness

from cybershop_customer.entrypoints.metrics import SessionCheckerCollector

PAGE = (ROOT / "docs" / "metrics.md").read_text()
DASHBOARD = ROOT / "deploy" / "grafana" / "customer.json"
RULES = ROOT / "deploy" / "prometheus" / "customer.rules.yaml"
NAME = re.compile(r"\bcustomer_[a-z_]+\b")
ROW = re.compile(r"^\| `(customer_\w+)` \| (\w+) \| (.*?) \| (.*?) \|$", re.MULTILINE)


def of_checkers() -> dict[str, tuple[str, tuple[str, ...], str]]:
    """The metrics of a session checker that follows the feed, as ``described``."""
    harness = CacheHarness(followed=True)
    harness.is_live(harness.log_in())
    harness.checker.poll()
    found = {}
    for family in SessionCheckerCollector(harness.checker).collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = (family.type, tuple(family.samples[0].labels), family.documentation)
    return found


def every_metric() -> dict[str, tuple[str, tuple[str, ...], str]]:
    return described() | of_checkers()


def series() -> set[str]:
    """The names of all series: a histogram has three, a summary two."""
    names = set()
    for name, (kind, _labels, _meaning) in every_metric().items():
        endings = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}
        names |= {name + ending for ending in endings.get(kind, ("",))}
    return names


def test_the_page_has_every_metric_and_no_other() -> None:
    told = {
        name: (kind, tuple(re.findall(r"`(\w+)`", labels)), meaning)
        for name, kind, labels, meaning in ROW.findall(PAGE)
    }

    assert told == every_metric()


def expressions(node: Any) -> list[str]:
    """Every query in the dashboard."""
    if isinstance(node, dict):
        own = [node["expr"]] if "expr" in node else []
        own += [node["query"]["query"]] if isinstance(node.get("query"), dict) else []
        return own + [text for child in node.values() for text in expressions(child)]
    if isinstance(node, list):
        return [text for child in node for text in expressions(child)]
    return []


def rules() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    asked = {
        name
        for text in expressions(json.loads(DASHBOARD.read_text()))
        for name in NAME.findall(text)
    }

    assert len(asked) > 20
    assert asked <= series()


def test_the_dashboard_shows_every_metric() -> None:
    shown = " ".join(expressions(json.loads(DASHBOARD.read_text())))

    assert [name for name in every_metric() if name not in shown] == []


def test_the_alerts_use_metrics_that_exist() -> None:
    used = {name for rule in rules() for name in NAME.findall(rule["expr"])}

    assert len(used) > 10
    assert used <= series()


@pytest.mark.parametrize(
    "command",
    [
        ("check", "rules", "customer.rules.yaml"),
        ("check", "config", "scrape.yaml"),
        ("test", "rules", "customer.test.yaml"),
    ],
    ids=" ".join,
)
def test_promtool_accepts_the_rules(command: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    done = subprocess.run(
        [promtool, *command], cwd=RULES.parent, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_have_a_test_for_each_alert() -> None:
    tests = (RULES.parent / "customer.test.yaml").read_text()

    assert [rule["alert"] for rule in rules() if f'alertname="{rule["alert"]}"' not in tests] == []
