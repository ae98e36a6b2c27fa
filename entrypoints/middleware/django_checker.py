"""The session checker from the settings of a Django project."""

# Django has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false

from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from ...adapters.forking.process_local import ProcessLocal
from ...domain.errors import CheckerUnavailableError
from ...ports.session_checker import SessionChecker
from .asgi_check import AsyncCheck
from .checker_kind import AnyChecker, is_async

SETTING: Final = "CYBERSHOP_SESSION_CHECKER"


@dataclass(frozen=True, slots=True)
class MadeChecker:
    """A checker in its two forms, and the value of the setting that it was made from."""

    setting: object
    checker: AnyChecker
    asynchronous: AsyncCheck
    is_async: bool

    @property
    def sync(self) -> SessionChecker:
        """The checker, for WSGI.

        Raises:
            ImproperlyConfigured: it is a checker for asyncio. Its coroutine would be taken for the
                session.
        """
        if self.is_async:
            raise ImproperlyConfigured(
                f"{SETTING} leads to a checker for asyncio, which needs ASGI. Under WSGI, set it to"
                " a blocking one, such as http_session_checker(...)."
            )
        return cast("SessionChecker", self.checker)


class ConfiguredChecker:
    """Makes the checker at the first request of each process, and again if the setting changes.

    So a forked process shares no socket and no thread with its parent, and ``override_settings``
    works in tests.

    Args:
        threads: how many checks may run at a time under ASGI.
        time_limit: seconds that a request waits for its check under ASGI.

    Raises:
        ImproperlyConfigured: the setting is missing.
    """

    def __init__(self, *, threads: int, time_limit: float) -> None:
        _read_setting()
        self._factory = ProcessLocal(lambda: _CheckerFactory(threads, time_limit))

    def peek(self) -> MadeChecker | None:
        """The checker, or None if it must be made first. This never blocks."""
        factory = self._factory.peek()
        return None if factory is None else factory.peek()

    def get(self) -> MadeChecker:
        """The checker, made now if there is none. This may block.

        Raises:
            ImproperlyConfigured: the setting leads to no checker.
            CheckerUnavailableError: another thread did not finish making it within ``time_limit``.
        """
        return self._factory.get().get()


class _CheckerFactory:
    """Makes and keeps the checker of one process."""

    def __init__(self, threads: int, time_limit: float) -> None:
        self._threads = threads
        self._time_limit = time_limit
        self._lock = Lock()
        self._made: MadeChecker | None = None

    def peek(self) -> MadeChecker | None:
        made = self._made
        return None if made is None or made.setting is not _read_setting() else made

    def get(self) -> MadeChecker:
        if not self._lock.acquire(timeout=self._time_limit):
            raise CheckerUnavailableError
        try:
            return self.peek() or self._make()
        finally:
            self._lock.release()

    def _make(self) -> MadeChecker:
        setting = _read_setting()
        checker = _make_checker(setting)
        asynchronous = AsyncCheck(checker, threads=self._threads, time_limit=self._time_limit)
        self._made = MadeChecker(setting, checker, asynchronous, is_async(checker))
        return self._made


def _read_setting() -> object:
    setting: object = getattr(settings, SETTING, None)
    if setting is None:
        raise ImproperlyConfigured(
            f"{SETTING} is missing. Set it to the dotted path of a function that makes the checker."
        )
    return setting


def _make_checker(setting: object) -> AnyChecker:
    target: Any = import_string(setting) if isinstance(setting, str) else setting
    # A class has the attribute too, but must be called first.
    is_checker = hasattr(target, "check_session") and not isinstance(target, type)
    checker: Any = target() if callable(target) and not is_checker else target
    if not hasattr(checker, "check_session"):
        raise ImproperlyConfigured(
            f"{SETTING} leads to {type(checker).__name__}, which is no session checker. Set it to a"
            " checker, to a function that makes one, or to the dotted path of either."
        )
    return cast("AnyChecker", checker)
