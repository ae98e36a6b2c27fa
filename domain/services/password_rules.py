"""The rules for passwords."""

from collections.abc import Iterable
from typing import Final

from ...ports.password_blocklist import PasswordBlocklist
from ..policy import PasswordPolicy

_SERVICE_WORDS: Final = ("cybershop", "customer")


class PasswordRules:
    """Limits the length of a password, and refuses passwords that attackers try first."""

    def __init__(self, policy: PasswordPolicy, blocklist: PasswordBlocklist) -> None:
        self._policy = policy
        self._blocklist = blocklist

    def shape_fault(self, password: object) -> str | None:
        """The rule that ``password`` breaks in a login, or None if it may be a password.

        A login applies only the rules that every stored password meets.
        """
        if not isinstance(password, str):
            return "must be a string"
        if len(password) > self._policy.max_length:
            return f"must have at most {self._policy.max_length} characters"
        try:
            password.encode()
        except UnicodeEncodeError:
            return "must not contain lone surrogates"
        return None

    def new_password_fault(self, password: object, *, own_words: Iterable[object]) -> str | None:
        """The rule that ``password`` breaks as a new one, or None if it breaks none.

        ``own_words`` are the customer's id and e-mail address.
        """
        fault = self.shape_fault(password)
        if fault is not None or not isinstance(password, str):
            return fault
        if len(password) < self._policy.min_length:
            return f"must have at least {self._policy.min_length} characters"
        if password.casefold() in set(_guessable(own_words)):
            return "must not be the customer's own id or e-mail address, or the shop's name"
        if self._blocklist.contains(password):
            return "is one of the most common passwords; choose another"
        return None


def _guessable(own_words: Iterable[object]) -> Iterable[str]:
    yield from _SERVICE_WORDS
    for word in own_words:
        if isinstance(word, str):
            yield word.casefold()
            yield word.partition("@")[0].casefold()
