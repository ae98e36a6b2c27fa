"""The answers in the cache, and their eviction."""

from collections import OrderedDict
from threading import Lock

from ...domain.errors import RefusalReason
from .cached_answer import CachedAnswer


class CachedAnswers:
    """Answers by the ``digest`` of the ``context_id``, so that no secret stays in memory.

    Sessions and refusals have separate limits. At its limit, the cache evicts the answer that was
    unused for longest.
    """

    def __init__(self, max_sessions: int) -> None:
        self._lock = Lock()
        self._max_sessions = max_sessions
        self._max_refusals = max(1, max_sessions // 10)
        self._sessions: OrderedDict[bytes, CachedAnswer] = OrderedDict()
        self._refusals: OrderedDict[bytes, CachedAnswer] = OrderedDict()

    def get(self, digest: bytes) -> CachedAnswer | None:
        """The answer of any age, or None."""
        with self._lock:
            answers = self._sessions
            answer = answers.get(digest)
            if answer is None:
                answers = self._refusals
                answer = answers.get(digest)
            if answer is not None:
                answers.move_to_end(digest)
            return answer

    def put(self, digest: bytes, answer: CachedAnswer) -> None:
        """Store ``answer``, unless the cache has the answer of a check that began later."""
        with self._lock:
            stored = self._sessions.get(digest) or self._refusals.get(digest)
            if stored is not None and stored.began > answer.began:
                return
            if isinstance(answer.verdict, RefusalReason):
                answers, others = self._refusals, self._sessions
                limit = self._max_refusals
            else:
                answers, others = self._sessions, self._refusals
                limit = self._max_sessions
            others.pop(digest, None)
            # A replaced answer is in the last place already: the check called ``get`` before.
            answers[digest] = answer
            if len(answers) > limit:
                answers.popitem(last=False)

    def __len__(self) -> int:
        return len(self._sessions) + len(self._refusals)
