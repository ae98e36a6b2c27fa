"""The answers in the cache, and their eviction."""

from collections import OrderedDict
from threading import Lock

from ...domain.errors import RefusalReason
from .cached_answer import CachedAnswer


class CachedAnswers:
    """Answers by ``session_id``, so that the process's memory holds no secret.

    Sessions and refusals have separate limits. At its limit, the cache evicts the answer that was
    unused for longest.
    """

    def __init__(self, max_sessions: int) -> None:
        self._lock = Lock()
        self._max_sessions = max_sessions
        self._max_refusals = max(1, max_sessions // 10)
        self._sessions: OrderedDict[str, CachedAnswer] = OrderedDict()
        self._refusals: OrderedDict[str, CachedAnswer] = OrderedDict()

    def get(self, session_id: str) -> CachedAnswer | None:
        """The answer of any age, or None."""
        with self._lock:
            answers = self._sessions
            answer = answers.get(session_id)
            if answer is None:
                answers = self._refusals
                answer = answers.get(session_id)
            if answer is not None:
                answers.move_to_end(session_id)
            return answer

    def put(self, session_id: str, answer: CachedAnswer) -> None:
        """Store ``answer``, unless the cache has the answer of a check that began later."""
        with self._lock:
            stored = self._sessions.get(session_id) or self._refusals.get(session_id)
            if stored is not None and stored.began > answer.began:
                return
            if isinstance(answer.verdict, RefusalReason):
                answers, others = self._refusals, self._sessions
                limit = self._max_refusals
            else:
                answers, others = self._sessions, self._refusals
                limit = self._max_sessions
            others.pop(session_id, None)
            # A replaced answer is in the last place already: the check called ``get`` before.
            answers[session_id] = answer
            if len(answers) > limit:
                answers.popitem(last=False)

    def __len__(self) -> int:
        return len(self._sessions) + len(self._refusals)
