"""The answers remembered, as many as there is room for."""

from collections import OrderedDict
from threading import Lock

from ...domain.errors import RefusalReason
from .cached_answer import CachedAnswer


class CachedAnswers:
    """Keeps answers by ``session_id``: whoever reads the memory finds no secret.

    Sessions and refusals have room of their own. Where it is full, the answer that was unused for
    longest makes room.
    """

    def __init__(self, max_sessions: int) -> None:
        self._lock = Lock()
        self._max_sessions = max_sessions
        self._max_refusals = max(1, max_sessions // 10)
        self._sessions: OrderedDict[str, CachedAnswer] = OrderedDict()
        self._refusals: OrderedDict[str, CachedAnswer] = OrderedDict()

    def get(self, session_id: str) -> CachedAnswer | None:
        """What is remembered, however old, or None."""
        with self._lock:
            kept = self._sessions
            answer = kept.get(session_id)
            if answer is None:
                kept = self._refusals
                answer = kept.get(session_id)
            if answer is not None:
                kept.move_to_end(session_id)
            return answer

    def put(self, session_id: str, answer: CachedAnswer) -> None:
        """Remember ``answer`` instead of what was, unless that comes from a later check."""
        with self._lock:
            before = self._sessions.get(session_id) or self._refusals.get(session_id)
            if before is not None and before.began > answer.began:
                return
            refused = isinstance(answer.found, RefusalReason)
            kept, other = self._refusals, self._sessions
            room = self._max_refusals
            if not refused:
                kept, other = other, kept
                room = self._max_sessions
            other.pop(session_id, None)
            # Whoever puts an answer has looked for one before: its place is the last already.
            kept[session_id] = answer
            if len(kept) > room:
                kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._sessions) + len(self._refusals)
