"""A ``context_id`` is a secret: a person who reads it in a log can use the session."""

from collections.abc import Iterator
from typing import Final

import pytest

from ....domain.errors import CustomerServiceError
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend
from .base import ContractBase

_PIECE: Final = 12
"""So many characters of a secret (72 bits) do not appear by accident."""


def _texts_of(error: BaseException | None) -> Iterator[str]:
    """The texts of an error and of its causes that a log could show."""
    while error is not None:
        yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
        error = error.__cause__ or error.__context__


def _contains(text: str, context_id: str) -> bool:
    return any(context_id[at : at + _PIECE] in text for at in range(43 - _PIECE + 1))


class SecrecyContract(ContractBase):
    """No error, no checker and no answer shows the ``context_id`` in its text."""

    def test_no_error_shows_the_context_id(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        live, ended = (backend.open_session("ann").context_id for _ in range(2))
        backend.end_session(ended)
        self.settle(backend)

        def error(context_id: str, **options: str) -> BaseException:
            with pytest.raises(CustomerServiceError) as raised:
                checker.check_session(context_id, **options)
            return raised.value

        errors = [
            error(live, role="admin"),
            error(live, customer_id="bob"),
            error(live + "\n"),
            error(live.removesuffix(".ann") + ".bob"),
            error(ended),
        ]
        unchecked = backend.open_session("ann").context_id
        backend.start_outage()
        errors.append(error(unchecked))

        texts = [text for raised in errors for text in _texts_of(raised)]
        for secret in (live, ended, unchecked):
            assert not [text for text in texts if _contains(text, secret)]

    def test_the_checker_and_its_answer_do_not_show_the_context_id(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        context_id = backend.open_session("ann").context_id
        answer = checker.check_session(context_id)

        for text in (str(checker), repr(checker), str(answer), repr(answer)):
            assert not _contains(text, context_id)
