"""The Lambda authorizer."""

from ...adapters.caching.session_checker import CachingSessionChecker
from ...adapters.system.elapsed_time import ElapsedTime
from ...domain.errors import ForbiddenError, SessionRefusedError
from .authorizer_answer import Answer, answer_refusal, answer_session
from .authorizer_event import read_event
from .feed_poll import FeedPoll

__all__ = ["LambdaAuthorizer"]


class LambdaAuthorizer:
    """Checks the session of each request to an API. An instance is a Lambda handler.

    An error that it raises becomes a 500 of API Gateway, so no request passes unchecked.

    Args:
        checker: made with ``elapsed.seconds`` as its monotonic time.
        role: the role that every session must have, or None.
        elapsed: the time by which answers age.
        follow_feed: whether to read the session change feed, which the checker must have.
    """

    def __init__(
        self,
        checker: CachingSessionChecker,
        *,
        role: str | None = None,
        elapsed: ElapsedTime,
        follow_feed: bool = False,
    ) -> None:
        self._checker = checker
        self._role = role
        self._elapsed = elapsed
        self._feed = FeedPoll(checker, elapsed.seconds) if follow_feed else None

    def __call__(self, event: object, context: object = None) -> Answer:  # noqa: ARG002 (Lambda's)
        """Answer API Gateway's event.

        Raises:
            UnknownEventError: the event is not one of an authorizer.
            CheckerUnavailableError: the session cannot be checked currently.
            Exception: with the text ``Unauthorized``, which a REST API turns into a 401.
        """
        request = read_event(event)
        if request.seconds is not None:
            self._elapsed.note_wall_time(request.seconds)
        if self._feed is not None:
            self._feed.poll_if_due()
        try:
            session = self._checker.check_session(request.bearer(), role=self._role)
        except (SessionRefusedError, ForbiddenError) as error:
            return answer_refusal(request, error)
        return answer_session(request, session)
