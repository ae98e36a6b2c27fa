"""Health checks for orchestrators and load balancers: liveness and readiness."""

from typing import Final

import falcon

from ...domain.errors import StoreFaultError, StoreUnavailableError
from ...ports.store_probe import StoreProbe
from .answers import MessageAnswer
from .operation import Credentials, Tag, operation

PROBES: Final = ("/livez", "/readyz", "/api/v1/customer/health", "/api/v1/customer/readiness")
"""The routes of the health checks."""

POLLED_ROUTES: Final = (*PROBES, "/metrics")
"""Routes that machines ask every few seconds. Their requests are logged at debug, and have neither
spans nor metrics."""


class LiveResource:
    """``GET /livez`` and ``/api/v1/customer/health``: 200 while the process serves requests."""

    @operation("live", Tag.PROBES, MessageAnswer, credentials=Credentials.NONE)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:  # noqa: ARG002
        """Say that the process is alive."""
        answer: MessageAnswer = {"message": "Alive."}
        resp.media = answer


class ReadyResource:
    """``GET /readyz`` and ``/api/v1/customer/readiness``: 200 if the store can serve, else 503."""

    def __init__(self, probe: StoreProbe) -> None:
        self._probe = probe

    @operation(
        "ready",
        Tag.PROBES,
        MessageAnswer,
        credentials=Credentials.NONE,
        problems=(StoreUnavailableError,),
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:  # noqa: ARG002
        """Probe the store."""
        try:
            self._probe.probe()
        except StoreFaultError as error:
            raise StoreUnavailableError(retry_after=5) from error
        answer: MessageAnswer = {"message": "Ready."}
        resp.media = answer
