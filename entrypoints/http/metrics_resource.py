"""``GET /metrics``: the metrics, for Prometheus."""

import falcon

from ...adapters.metrics.exposition import Exposition


class MetricsResource:
    """``GET /metrics``, without credentials: no metric has personal data."""

    def __init__(self, exposition: Exposition) -> None:
        self._exposition = exposition

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Write the metrics in the format that the header Accept prefers."""
        resp.data, resp.content_type = self._exposition.write(req.accept)
