"""What has to be in the store before the service is ready, done as soon as the store lets it."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from ...adapters.forking.process_local import ProcessLocal
from ...domain.errors import StoreFaultError, StoreUnavailableError, VersionConflictError
from ...ports.store_probe import StoreProbe

LOGGER: Final = logging.getLogger("cybershop_customer.start")
RETRY_SECONDS: Final = 5.0


class Preparation(StoreProbe):
    """Runs ``prepare`` once with success; until then the service is up, but not ready.

    Args:
        prepare: the work; it may be repeated, and raises if the store does not let it.
        probe: asks the store whether it can serve, once the work is done.
    """

    def __init__(self, prepare: Callable[[], None], probe: StoreProbe) -> None:
        self._prepare = prepare
        self._probe = probe
        # Plain values: what is done, is done for a forked child too.
        self._done = False
        self._goes_on = False
        self._stopped = False
        self._stop = ProcessLocal(self._start_thread)

    def start(self) -> None:
        """Try now; if the store does not let it, go on trying in the background."""
        if not self._try():
            self._goes_on = True
            self._stop.get()

    def stop(self) -> None:
        """Try no more."""
        self._stopped = True
        stop = self._stop.peek()
        if stop is not None:
            stop.set()

    def probe(self) -> None:
        if not self._done:
            if self._goes_on and not self._stopped:
                # The parent's thread does not try in a forked child.
                self._stop.get()
            raise StoreUnavailableError(retry_after=round(RETRY_SECONDS))
        self._probe.probe()

    def _start_thread(self) -> Event:
        """Go on trying in this process, until the event happens that this returns."""
        stop = Event()
        Thread(target=self._keep_trying, args=(stop,), name="preparation", daemon=True).start()
        return stop

    def _keep_trying(self, stop: Event) -> None:
        while not self._stopped and not stop.wait(RETRY_SECONDS):
            if self._done or self._try():
                return

    def _try(self) -> bool:
        try:
            self._prepare()
        except (StoreUnavailableError, StoreFaultError, VersionConflictError) as fault:
            LOGGER.warning("not ready yet: %s", fault)
            return False
        self._done = True
        return True
