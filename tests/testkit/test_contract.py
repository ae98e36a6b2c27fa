"""The contract of the session check finds what it is there to find."""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BROKEN = HERE / "broken_checkers.py"
FOUND_BY = {
    "IgnoresThePair": "test_the_pair_with_another_customer_is_unknown_whatever_was_asked_before",
    "IgnoresTheRole": "test_who_lacks_the_role_is_told_which",
    "RefusesWhatItCannotKnow": "test_what_cannot_be_known_is_not_refused",
    "HasOneReason": "test_what_is_not_used_expires_at_the_very_moment_that_was_told",
    "RaisesErrorsOfItsOwn": "test_nothing_is_missing",
    "TrimsWhatItGets": "test_what_has_not_the_form_is_malformed",
    "ShowsWhatItWasAsked": "test_neither_the_checker_nor_its_answer_shows_it",
    "ShowsItInErrors": "test_no_error_shows_it",
    "NeverAsksAgain": "test_every_ending_is_seen_in_time_and_named",
    "RemembersRefusals": "test_one_other_character_is_unknown_and_hurts_nobody",
    "MixesThreadsUp": "test_each_thread_gets_its_own_answer",
    "LivesAMomentTooLong": "test_what_is_not_used_expires_at_the_very_moment_that_was_told",
    "LagsMoreThanItSays": "test_a_role_revoked_later_is_seen_in_time",
    "HasNoChecker": "test_the_answer_is_what_the_login_told",
}


@pytest.fixture(scope="module")
def found() -> dict[str, set[str]]:
    """For each checker the tests that it fails.

    The sound checker runs the whole contract, and a broken one the test that finds its fault.
    """
    named = [f"{BROKEN}::Test{fault}::{test}" for fault, test in FOUND_BY.items()]
    options = ("-n", "0", "-q", "-rfE", "--tb=no")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"{BROKEN}::TestSound", *named],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, set[str]] = defaultdict(set)
    for name, test in re.findall(
        r"^(?:FAILED|ERROR) \S+::Test(\w+)::(\w+)", result.stdout, re.MULTILINE
    ):
        found[name].add(test)
    assert found, result.stdout + result.stderr
    return found


def test_a_sound_checker_has_no_fault(found: dict[str, set[str]]) -> None:
    assert found.get("Sound", set()) == set()


@pytest.mark.parametrize("fault", FOUND_BY)
def test_each_fault_is_found(found: dict[str, set[str]], fault: str) -> None:
    assert FOUND_BY[fault] in found[fault]


def test_every_broken_checker_is_looked_for() -> None:
    broken = re.findall(
        r"^class (?:Test)?(\w+)\((?:Sound|SessionCheckerContract)\)",
        BROKEN.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert set(broken) == set(FOUND_BY)
