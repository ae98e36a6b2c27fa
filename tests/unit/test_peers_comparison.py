"""The comparison with other systems, without them: what it verifies, prints and draws."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.repository.checkout import ROOT
from support.repository.requirements import packages_of

if str(ROOT / "benchmarks" / "peers") not in sys.path:
    sys.path.append(str(ROOT / "benchmarks" / "peers"))
if str(ROOT / "tools") not in sys.path:
    sys.path.append(str(ROOT / "tools"))
from locked import pins
from measured import Measured, Row
from plot import plot
from run import FIGURES, FLASK_CONTEXT, PAGE, PICTURE, SYSTEMS
from system import CUSTOMERS, Answer, Prepared
from system_process import LEAVING, PreparedSystem
from table import BEGIN, END, table, with_table

FOLDER: Final = ROOT / "benchmarks" / "peers"


def row(name: str, *costs: float, seen: float | None = 0.0, ends: str = "") -> Row:
    return Row(
        name=name,
        library=(f"{name} 1.0",),
        kept="memory",
        is_ours=name == "ours",
        costs=costs,
        logout_seconds=seen,
        ends=ends,
    )


MEASURED: Final = Measured(
    python="3.11.7",
    cores=2,
    load=3.2,
    flask_context=36.4,
    rows=[
        row("slow", 1200, 1000, 900, seen=None, ends="valid until its `exp`"),
        row("ours", 5.5, 4.0, 5.0),
        row("cached <5", 10, 10, 10, seen=4.98, ends="at most 5 s"),
    ],
)


class TestTable:
    def test_it_has_the_fastest_first_and_says_what_a_logout_does(self) -> None:
        assert table(MEASURED).splitlines()[2:] == [
            "| **ours** | memory | 5.0 µs (4.5 to 5.2) | 200,000 | at once |",
            "| cached <5 | memory | 10.0 µs (10.0 to 10.0) | 100,000 | after 5.0 s: at most 5 s |",
            "| slow | memory | 1,000 µs (950 to 1,100) | 1,000 | never: valid until its `exp` |",
        ]

    def test_it_replaces_what_is_between_the_marks(self) -> None:
        once = with_table(f"before\n{BEGIN}\nold\n{END}\nafter\n", MEASURED)

        assert re.match(rf"before\n{BEGIN}\n\| system ", once)
        assert re.search(rf"\n{END}\nafter\n$", once)
        assert "old" not in once
        assert "Versions: cached <5 1.0, ours 1.0, slow 1.0.\n" in once
        assert with_table(once, MEASURED) == once

    @pytest.mark.parametrize("page", ["", BEGIN, f"{BEGIN}{END}{END}"])
    def test_a_page_without_the_marks_is_refused(self, page: str) -> None:
        with pytest.raises(ValueError, match="once each"):
            with_table(page, MEASURED)

    def test_a_file_keeps_the_figures(self, tmp_path: Path) -> None:
        MEASURED.write(tmp_path / "figures.json")

        assert Measured.read(tmp_path / "figures.json") == MEASURED


class TestPlot:
    def test_each_system_has_a_line_with_its_rate_and_its_logout(self) -> None:
        labels = ["".join(text.itertext()) for text in elements("text")]

        assert labels[labels.index("ours") :] == [
            *("ours", "200,000 · at once"),
            *("cached <5", "100,000 · after 5.0 s"),
            *("slow", "1,000 · never"),
        ]

    def test_the_scale_is_logarithmic(self) -> None:
        ours, cached, slow = (float(mark.attrib["cx"]) for mark in elements("circle")[3:])

        # Two powers of ten lie between the slow one and the cached one.
        one, thousandth = (
            float(plain.attrib["x"])
            for plain in elements("text")
            if plain.text in {"1,000,000", "1,000"}
        )
        power = abs(one - thousandth) / 3
        assert cached - slow == pytest.approx(2 * power, abs=0.2)
        assert ours - cached == pytest.approx(0.301 * power, abs=0.2)

    def test_the_colour_is_that_of_the_legend(self) -> None:
        colours = [mark.attrib["fill"] for mark in elements("circle")]

        at_once, late, never = colours[:3]
        assert colours[3:] == [at_once, late, never]


def elements(name: str) -> list[ET.Element]:
    return [*ET.fromstring(plot(MEASURED)).iter(f"{{http://www.w3.org/2000/svg}}{name}")]


class TestDocuments:
    def test_the_page_and_the_picture_show_the_same_run(self) -> None:
        measured = Measured.read(FIGURES)
        page = PAGE.read_text(encoding="utf-8")

        assert with_table(page, measured) == page
        assert plot(measured) == PICTURE.read_text(encoding="utf-8")

    def test_the_run_had_every_system(self) -> None:
        assert [its.name for its in Measured.read(FIGURES).rows] == [its.name for its in SYSTEMS]


class Sessions:
    """A system that forgets a session some seconds after the logout; None: never."""

    def __init__(self, delay: float | None) -> None:
        self.now = 0.0
        self._delay = delay
        self._ended: dict[str, float] = {}

    def check(self, token: str) -> Answer | None:
        customer_id = token.removesuffix(" token")
        known = customer_id in CUSTOMERS and self._ended.get(token, self.now + 1) > self.now
        return (customer_id, CUSTOMERS[customer_id]) if known else None

    def logout(self, token: str) -> None:
        if self._delay is not None:
            self._ended[token] = self.now + self._delay

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def prepared(self) -> PreparedSystem:
        tokens = {customer_id: f"{customer_id} token" for customer_id in CUSTOMERS}
        return PreparedSystem(
            Prepared(tokens, self.check, self.logout),
            monotonic=lambda: self.now,
            sleep=self.sleep,
        )


class TestWhatItVerifies:
    @pytest.mark.parametrize("delay", [0.0, 0.5, 5.0, 7.9])
    def test_it_finds_when_a_logout_is_seen(self, delay: float) -> None:
        assert Sessions(delay).prepared().log_out() == pytest.approx(delay, abs=0.05)

    @pytest.mark.parametrize("delay", [None, 8.1])
    def test_it_finds_that_a_logout_is_not_seen(self, delay: float | None) -> None:
        assert Sessions(delay).prepared().log_out() is None

    def test_right_answers_are_accepted(self) -> None:
        Sessions(0).prepared().require_right_answers()

    @pytest.mark.parametrize(
        ("check", "fault"),
        [
            (lambda _: None, "answers None, and not"),
            (lambda _: ("customer-0", frozenset()), "answers .*, and not"),
            (
                lambda token: ((name := token.split()[0]), CUSTOMERS.get(name, frozenset())),
                "for a token that is none",
            ),
        ],
    )
    def test_a_system_that_answers_wrongly_ends_the_run(
        self, check: Callable[[str], Answer | None], fault: str
    ) -> None:
        tokens = {customer_id: f"{customer_id} token" for customer_id in CUSTOMERS}
        system = PreparedSystem(Prepared(tokens, check, lambda _: None))

        with pytest.raises(AssertionError, match=fault):
            system.require_right_answers()

    def test_a_logout_that_ends_other_sessions_ends_the_run(self) -> None:
        sessions = Sessions(0)
        everyone = [
            f"{customer_id} token" for customer_id in CUSTOMERS if customer_id not in LEAVING
        ]
        log_out = sessions.logout
        sessions.logout = lambda token: [log_out(each) for each in (token, *everyone)]

        with pytest.raises(AssertionError, match="another customer"):
            sessions.prepared().log_out()


@pytest.mark.parametrize("place", [*(its.place for its in SYSTEMS), FLASK_CONTEXT])
def test_each_system_is_a_function_of_a_module(place: str) -> None:
    module, function = place.split(":")
    source = (FOLDER / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")

    assert re.search(rf"^def {function}\(", source, re.MULTILINE)


class TestRequirements:
    LOCK: Final = FOLDER / "requirements.txt"
    LISTED: Final = [
        Requirement(line)
        for line in (FOLDER / "requirements.in").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]

    def test_each_is_pinned_with_hashes(self) -> None:
        found = {pin.name: pin for pin in pins(self.LOCK)}

        assert [pin.name for pin in found.values() if not pin.hashes] == []
        for requirement in self.LISTED:
            pin = found[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(pin.version), requirement

    def test_those_of_the_service_are_as_in_setup_cfg(self) -> None:
        service = packages_of("service")
        own = {its.name: its.specifier for its in self.LISTED if its.name in service}

        assert own == {name: service[name].specifier for name in own}
        assert {"bcrypt", "dependency-injector", "email-validator"} <= {*own}

    def test_the_library_of_each_row_is_pinned(self) -> None:
        pinned = {pin.name for pin in pins(self.LOCK)}

        assert {canonicalize_name(it) for its in SYSTEMS for it in its.packages} <= pinned
