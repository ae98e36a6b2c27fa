"""Tells a session checker for asyncio from a blocking one."""

from inspect import iscoroutinefunction
from typing import TypeAlias

from ...ports.async_session_checker import AsyncSessionChecker
from ...ports.session_checker import SessionChecker

AnyChecker: TypeAlias = SessionChecker | AsyncSessionChecker


def is_async(checker: AnyChecker) -> bool:
    """Whether the ``check_session`` of ``checker`` is a coroutine function."""
    return iscoroutinefunction(checker.check_session)


def require_blocking(checker: SessionChecker) -> SessionChecker:
    """Refuse a checker for asyncio where no event loop would run its coroutine.

    Without this the coroutine itself would be taken for the session, and admit every request.

    Raises:
        TypeError: the checker's ``check_session`` is a coroutine function.
    """
    if is_async(checker):
        raise TypeError(
            f"{type(checker).__name__} is a session checker for asyncio, which this middleware"
            " cannot await. Use a blocking one, such as http_session_checker(...)."
        )
    return checker
