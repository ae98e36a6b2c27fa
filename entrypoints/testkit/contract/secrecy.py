"""A ``context_id`` opens the session for whoever reads it, in a log for example."""

from collections.abc import Iterator
from typing import Final

import pytest

from ....domain.errors import CustomerServiceError
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend
from .base import ContractBase

_PIECE: Final = 12
"""So many characters of a secret are no accident: 72 bits."""


def _shown(error: BaseException | None) -> Iterator[str]:
    """What a log could show of an error, and of those that led to it."""
    while error is not None:
        yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
        error = error.__cause__ or error.__context__


def _holds(text: str, context_id: str) -> bool:
    return any(context_id[at : at + _PIECE] in text for at in range(43 - _PIECE + 1))


class SecrecyContract(ContractBase):
    """It shows in no error, and in nothing that a checker says of itself."""

    def test_no_error_shows_it(self, checker: SessionChecker, backend: SessionBackend) -> None:
        live, ended = (backend.open_session("ann").context_id for _ in range(2))
        backend.end_session(ended)
        self.settle(backend)

        def error(context_id: str, **asked: str) -> BaseException:
            with pytest.raises(CustomerServiceError) as raised:
                checker.check_session(context_id, **asked)
            return raised.value

        errors = [
            error(live, role="admin"),
            error(live, customer_id="bob"),
            error(live + "\n"),
            error(live.removesuffix(".ann") + ".bob"),
            error(ended),
        ]
        unseen = backend.open_session("ann").context_id
        backend.start_outage()
        errors.append(error(unseen))

        texts = [text for raised in errors for text in _shown(raised)]
        for secret in (live, ended, unseen):
            assert not [text for text in texts if _holds(text, secret)]

    def test_neither_the_checker_nor_its_answer_shows_it(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        context_id = backend.open_session("ann").context_id
        answer = checker.check_session(context_id)

        for text in (str(checker), repr(checker), str(answer), repr(answer)):
            assert not _holds(text, context_id)
