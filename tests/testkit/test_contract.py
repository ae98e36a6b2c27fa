"""The contract of the session check finds the fault of each broken checker."""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BROKEN = HERE / "broken_checkers.py"
FOUND_BY = {
    "IgnoresThePair": "test_the_pair_with_another_customer_is_unknown_after_any_check",
    "IgnoresTheRole": "test_the_error_names_the_missing_role",
    "DropsTheProof": "test_the_answer_says_that_the_address_is_proven",
    "TakesEveryAddressForProven": "test_the_address_of_a_new_customer_is_not_proven",
    "KeepsTheProofOfTheFirstCheck": "test_a_change_of_a_cached_answer_is_known_in_time",
    "RefusesWhatItCannotKnow": "test_an_outage_makes_the_checker_unavailable",
    "HasOneReason": "test_an_unused_session_expires_exactly_at_its_expiry",
    "RaisesErrorsOfItsOwn": "test_an_empty_context_id_is_missing",
    "TrimsWhatItGets": "test_a_context_id_of_another_form_is_malformed",
    "ShowsWhatItWasAsked": "test_the_checker_and_its_answer_do_not_show_the_context_id",
    "ShowsItInErrors": "test_no_error_shows_the_context_id",
    "NeverAsksAgain": "test_every_end_is_known_in_time_with_its_reason",
    "RemembersRefusals": "test_a_guess_is_unknown_and_does_not_affect_the_session",
    "MixesThreadsUp": "test_each_thread_gets_its_own_answer",
    "LivesAMomentTooLong": "test_an_unused_session_expires_exactly_at_its_expiry",
    "LagsMoreThanItSays": "test_a_revoked_role_is_known_in_time",
    "HasNoChecker": "test_the_answer_is_the_session_of_the_login",
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


def test_every_broken_checker_is_listed() -> None:
    broken = re.findall(
        r"^class (?:Test)?(\w+)\((?:Sound|SessionCheckerContract)\)",
        BROKEN.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert set(broken) == set(FOUND_BY)
