"""The session check over HTTP."""

import random
import time
from collections.abc import Callable
from typing import Final, Self

from ...domain.errors import RefusalReason, SessionRefusedError
from ...domain.session import ContextId, Session
from ...ports.session_checker import SessionChecker
from .caller import Caller
from .failure import Failure
from .outage_log import OutageLog
from .session_answer import Verdict, read_session
from .transport import Transport

_TARGET: Final = "/api/v1/customer/session"
_MAX_BODY: Final = 64 * 1024
"""Bytes. An answer has a few hundred."""


class HttpSessionChecker(SessionChecker):
    """Asks the customer service at ``url``: a logout is effective for the very next check.

    What is no ``context_id``, or another customer's, is refused without asking. Make one for the
    process, after any fork, and share it among threads.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``.
        time_limit: seconds that a check may take, whatever the service does; only looking up a
            host name may take longer.
        connections: how many to keep open, one for each thread that checks.

    Raises:
        SettingsError: the URL, the limit or the number cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        time_limit: float = 2.0,
        connections: int = 10,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._transport = Transport(url, connections=connections, max_body=_MAX_BODY)
        self._caller = Caller(
            time_limit,
            OutageLog(f"the session check at {self._transport.url}"),
            sleep=sleep,
            monotonic=monotonic,
            uniform=uniform,
        )

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        claimed = ContextId.parse_pair(context_id, customer_id)

        def ask(seconds: float) -> Verdict | Failure:
            answer = self._transport.get(_TARGET, bearer=claimed.secret, seconds=seconds)
            return answer if isinstance(answer, Failure) else read_session(answer, claimed)

        found = self._caller.call(ask)
        if isinstance(found, RefusalReason):
            raise SessionRefusedError(found)
        if role is not None:
            found.require(role)
        return found

    def close(self) -> None:
        """Close the connections. Make no check after this."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
