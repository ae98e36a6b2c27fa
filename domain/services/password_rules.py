"""The rules for passwords."""

from collections.abc import Iterable

from ...ports.password_blocklist import PasswordBlocklist
from ..guessable import is_sequence, is_variant, repeats_a_piece, without_ends
from ..policy import PasswordPolicy


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

        ``own_words`` are what is known of the customer: id, e-mail address and names.
        """
        fault = self.shape_fault(password)
        if fault is not None or not isinstance(password, str):
            return fault
        if len(password) < self._policy.min_length:
            return f"must have at least {self._policy.min_length} characters"
        if self._policy.refuse_guessable:
            return self._guessable_fault(password, own_words)
        return None

    def _guessable_fault(self, password: str, own_words: Iterable[object]) -> str | None:
        if is_variant(password, _with_local_parts(own_words)):
            return (
                "is the customer's own id, e-mail address or name, with at most digits and"
                " punctuation around it; choose another"
            )
        if is_variant(password, self._policy.context_words):
            return (
                "is one of the shop's own words, with at most digits and punctuation around it;"
                " choose another"
            )
        if repeats_a_piece(password):
            return "repeats a short piece; choose another"
        if is_sequence(password):
            return "is a plain sequence of characters; choose another"
        return self._common_fault(password)

    def _common_fault(self, password: str) -> str | None:
        if self._blocklist.contains(password):
            return "is one of the most common passwords; choose another"
        core = without_ends(password)
        if len(core) >= self._policy.min_length and self._blocklist.contains(core):
            return (
                "is one of the most common passwords, with digits or punctuation around it;"
                " choose another"
            )
        return None


def _with_local_parts(words: Iterable[object]) -> Iterable[str]:
    """The words that are texts, and the part before the @ of each that has one."""
    for word in words:
        if isinstance(word, str):
            yield word
            if "@" in word:
                yield word.partition("@")[0]
