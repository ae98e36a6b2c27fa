"""The session checker that the settings of a Django project name."""

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

SETTING: Final = "CYBERSHOP_SESSION_CHECKER"


@dataclass(frozen=True, slots=True)
class MadeChecker:
    """A checker, and the value of the setting for which it was made."""

    source: object
    sync: SessionChecker
    asynchronous: AsyncCheck


class ConfiguredChecker:
    """Makes the checker at the first request of each process, and when the setting changes.

    So a process that is forked shares no socket and no thread with its parent, and
    ``override_settings`` works in tests.

    Args:
        threads: how many checks may run at a time under ASGI.
        time_limit: seconds that a request waits for its check under ASGI.

    Raises:
        ImproperlyConfigured: the setting is missing.
    """

    def __init__(self, *, threads: int, time_limit: float) -> None:
        _source()
        self._own = ProcessLocal(lambda: _CheckerOfProcess(threads, time_limit))

    def made(self) -> MadeChecker | None:
        """The checker, if it was made already."""
        own = self._own.peek()
        return None if own is None else own.made()

    def get(self) -> MadeChecker:
        """The checker, which is made if need be; that may block.

        Raises:
            ImproperlyConfigured: the setting leads to no checker.
            CheckerUnavailableError: another thread did not finish making it within ``time_limit``.
        """
        return self._own.get().get()


class _CheckerOfProcess:
    def __init__(self, threads: int, time_limit: float) -> None:
        self._threads = threads
        self._time_limit = time_limit
        self._lock = Lock()
        self._made: MadeChecker | None = None

    def made(self) -> MadeChecker | None:
        made = self._made
        return None if made is None or made.source is not _source() else made

    def get(self) -> MadeChecker:
        if not self._lock.acquire(timeout=self._time_limit):
            raise CheckerUnavailableError
        try:
            return self.made() or self._make()
        finally:
            self._lock.release()

    def _make(self) -> MadeChecker:
        source = _source()
        checker = _checker_of(source)
        asynchronous = AsyncCheck(checker, threads=self._threads, time_limit=self._time_limit)
        self._made = MadeChecker(source, checker, asynchronous)
        return self._made


def _source() -> object:
    source: object = getattr(settings, SETTING, None)
    if source is None:
        raise ImproperlyConfigured(
            f"{SETTING} is missing. Set it to the dotted path of a function that makes the checker."
        )
    return source


def _checker_of(source: object) -> SessionChecker:
    found: Any = import_string(source) if isinstance(source, str) else source
    if isinstance(found, type) or not hasattr(found, "check_session"):
        found = found() if callable(found) else found
    if not hasattr(found, "check_session"):
        raise ImproperlyConfigured(
            f"{SETTING} leads to {type(found).__name__}, which is no session checker. Set it to a"
            " checker, to a function that makes one, or to the dotted path of either."
        )
    return cast("SessionChecker", found)
