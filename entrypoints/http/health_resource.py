"""Whether the process lives, and whether it can serve (the paths that Kubernetes' own use)."""

import falcon

from ...domain.errors import StoreFaultError, StoreUnavailableError
from ...ports.store_probe import StoreProbe


class LiveResource:
    """``GET /livez``: 200 as long as the process answers at all."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:  # noqa: ARG002
        """Answer."""
        resp.media = {"message": "Alive."}


class ReadyResource:
    """``GET /readyz``: 200 if the store can serve, 503 if not."""

    def __init__(self, probe: StoreProbe) -> None:
        self._probe = probe

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:  # noqa: ARG002
        """Ask the store."""
        try:
            self._probe.probe()
        except StoreFaultError as fault:
            raise StoreUnavailableError(retry_after=5) from fault
        resp.media = {"message": "Ready."}
