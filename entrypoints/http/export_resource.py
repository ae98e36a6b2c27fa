"""A customer's own data over HTTP."""

from typing import Final

import falcon

from ...domain.errors import (
    LoginRequiredError,
    ServiceBusyError,
    TooManyAttemptsError,
)
from ..export_json import MEDIA_TYPE, ExportJson, export_file_name, export_parts
from ..services import Services
from .answer_stream import AnswerStream, StreamPlaces
from .credentials import require_session
from .operation import Tag, operation
from .request_schema import NO_FIELDS

EXPORTS_AT_A_TIME: Final = 2
"""How many exports one process sends at a time."""
EXPORT_SECONDS: Final = 120.0
"""How long a client may take to read an export. Then the answer is cut short."""


class OwnExportResource:
    """``GET /api/v1/customer/me/export``, for the customer of the session.

    The answer is streamed, so its length does not matter to the memory of the service.
    """

    def __init__(self, services: Services) -> None:
        self._exports = services.exports
        self._session_check = services.session_check
        self._places = StreamPlaces(EXPORTS_AT_A_TIME, EXPORT_SECONDS)

    @operation(
        "export_account",
        Tag.OWN,
        ExportJson,
        body=NO_FIELDS,
        headers={"Content-Disposition": "The name of the file for a browser."},
        problems=(
            LoginRequiredError,
            TooManyAttemptsError,
            ServiceBusyError,
        ),
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Send everything that is held on the customer."""
        actor = require_session(req, self._session_check)
        faults = NO_FIELDS.read(req).faults
        place = self._places.take()
        try:
            export = self._exports.export_customer(actor.customer_id, actor=actor, found=faults)
        except BaseException:
            place.release()
            raise
        _set_headers(resp, actor.customer_id)
        resp.stream = AnswerStream(
            export_parts(export), place=place, request_id=req.context.request_id
        )

    def on_head(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Say whether the customer may export. Nothing is exported, recorded or counted."""
        actor = require_session(req, self._session_check)
        faults = NO_FIELDS.read(req).faults
        self._exports.require_permission(actor.customer_id, actor=actor, found=faults)
        _set_headers(resp, actor.customer_id)
        # Without a stream, Falcon would say that the answer to GET is empty.
        resp.stream = iter(())


def _set_headers(resp: falcon.Response, customer_id: str) -> None:
    resp.content_type = MEDIA_TYPE
    name = export_file_name(customer_id)
    resp.set_header("Content-Disposition", f'attachment; filename="{name}"')
