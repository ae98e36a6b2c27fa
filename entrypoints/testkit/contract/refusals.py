"""Refusals of a ``context_id`` that never opened a session of the caller."""

from typing import Any

import pytest

from ....domain.errors import RefusalReason
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend
from .base import NEVER_ISSUED, ContractBase, refusal

_SECRET = "x" * 43
MALFORMED = {
    "a number": 7,
    "bytes": NEVER_ISSUED.encode(),
    "a list": [NEVER_ISSUED],
    "false": False,
    "an object": object(),
    "a word": "x",
    "a space": " ",
    "a secret alone": _SECRET,
    "no customer": f"{_SECRET}.",
    "42 characters": f"{_SECRET[1:]}.ann",
    "44 characters": f"x{_SECRET}.ann",
    "a customer_id of 129 characters": f"{_SECRET}.{'a' * 129}",
    "very long": _SECRET + "." + "a" * 100_000,
    "a space before": f" {NEVER_ISSUED}",
    "a space after": f"{NEVER_ISSUED} ",
    "a space within": f"{_SECRET}.an n",
    "a newline after": f"{NEVER_ISSUED}\n",
    "another header": f"{NEVER_ISSUED}\r\nX-Role: admin",
    "NUL": f"{NEVER_ISSUED}\0",
    "an umlaut in the secret": f"ä{_SECRET[1:]}.ann",
    "an umlaut in the customer_id": f"{_SECRET}.änn",
    "digits of another script": f"{_SECRET[1:]}٣.ann",
    "a lone surrogate": f"{_SECRET}.\ud800",
    "a path": f"{_SECRET}.../../admin",
    "base64 that is not for URLs": f"+/{_SECRET[2:]}.ann",
}


class RefusalsContract(ContractBase):
    """Missing, malformed and unknown ``context_id``."""

    @pytest.mark.parametrize("empty", [None, ""])
    def test_an_empty_context_id_is_missing(
        self, checker: SessionChecker, empty: str | None
    ) -> None:
        assert refusal(checker, empty) is RefusalReason.MISSING
        assert refusal(checker, empty, customer_id="ann") is RefusalReason.MISSING

    @pytest.mark.parametrize("context_id", MALFORMED.values(), ids=MALFORMED.keys())
    def test_a_context_id_of_another_form_is_malformed(
        self, checker: SessionChecker, context_id: Any
    ) -> None:
        assert refusal(checker, context_id) is RefusalReason.MALFORMED
        assert refusal(checker, context_id, customer_id="ann") is RefusalReason.MALFORMED

    def test_a_context_id_that_was_never_issued_is_unknown(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        assert refusal(checker, NEVER_ISSUED) is RefusalReason.UNKNOWN
        backend.open_session("ann")

        assert refusal(checker, NEVER_ISSUED) is RefusalReason.UNKNOWN

    def test_a_guess_is_unknown_and_does_not_affect_the_session(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")
        first = "A" if login.context_id[0] != "A" else "B"

        assert refusal(checker, first + login.context_id[1:]) is RefusalReason.UNKNOWN
        assert checker.check_session(login.context_id) == login.session
        assert refusal(checker, first + login.context_id[1:]) is RefusalReason.UNKNOWN

    def test_the_secret_of_one_customer_under_the_id_of_another_is_unknown(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        secret = backend.open_session("ann").context_id.removesuffix(".ann")
        backend.open_session("bob")

        assert refusal(checker, f"{secret}.bob") is RefusalReason.UNKNOWN

    def test_the_right_pair_is_accepted(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")

        assert checker.check_session(login.context_id, customer_id="ann") == login.session

    @pytest.mark.parametrize("customer_id", ["bob", "nobody", "", "Ann", "ann ", "ann\n", "än", 7])
    def test_the_pair_with_another_customer_is_unknown_after_any_check(
        self, checker: SessionChecker, backend: SessionBackend, customer_id: Any
    ) -> None:
        login = backend.open_session("ann")
        backend.open_session("bob")

        assert refusal(checker, login.context_id, customer_id=customer_id) is RefusalReason.UNKNOWN
        assert checker.check_session(login.context_id, customer_id="ann") == login.session
        assert refusal(checker, login.context_id, customer_id=customer_id) is RefusalReason.UNKNOWN
        assert checker.check_session(login.context_id) == login.session
