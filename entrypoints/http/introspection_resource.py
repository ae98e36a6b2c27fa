"""Token introspection (RFC 7662): the session check for services in any language."""

from collections.abc import Collection
from typing import Final

import falcon

from ...domain.errors import SessionRefusedError
from ...domain.services.session_check_service import SessionCheckService
from ..session_json import IntrospectionJson, introspection_json
from .answers import InactiveAnswer
from .asking_services import AskingServices
from .form_body import read_form
from .media_type import FORM
from .operation import Credentials, RequestBody, Tag, operation
from .problem import INTROSPECTION_OFF, INTROSPECTION_REFUSED, MALFORMED_MESSAGE, MessageError
from .request_schema import RequestSchema

_INACTIVE: Final[InactiveAnswer] = {"active": False}
_FORM: Final = RequestSchema(("token", "token_type_hint"), required=("token",))


class IntrospectionResource:
    """``POST /api/v1/customer/session/introspect``, for services that send a secret.

    Args:
        session_check: the session check.
        tokens: see ``AskingServices``.

    Raises:
        SettingsError: see ``AskingServices``.
    """

    def __init__(
        self, session_check: SessionCheckService, tokens: str | Collection[str] | None
    ) -> None:
        self._session_check = session_check
        self._asking_services = AskingServices(tokens)

    @operation(
        "introspect",
        Tag.SERVICES,
        IntrospectionJson,
        InactiveAnswer,
        body=RequestBody(schema=_FORM, media_types=(FORM,)),
        credentials=Credentials.ASKING_SERVICE,
        problems=(INTROSPECTION_OFF, INTROSPECTION_REFUSED),
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Say whether a ``context_id`` opens a live session, and whose.

        An answer about any other text is the same, whatever the reason (RFC 7662, 2.2).
        """
        authorization = req.get_header("Authorization")
        req.context.asking_service = self._asking_services.recognise(authorization)
        try:
            token = _read_token(req)
        except MessageError as error:
            error.members["error"] = "invalid_request"  # RFC 6749, 5.2
            raise
        try:
            session = self._session_check.check_session(token)
        except SessionRefusedError:
            resp.media = _INACTIVE
            return
        req.context.customer_id = session.customer_id
        resp.media = introspection_json(session)


def _read_token(req: falcon.Request) -> str:
    """The parameter ``token``. The ``token_type_hint`` may have any value, or be left out.

    Raises:
        MessageError: the form cannot be read or has no ``token``, or the URL has one.
    """
    if "token" in req.params:
        detail = "The token must not stand in the URL, which is logged. Send it in the form."
        raise MessageError(MALFORMED_MESSAGE, detail)
    token = read_form(req, _FORM.fields).get("token")
    if token is None:
        raise MessageError(MALFORMED_MESSAGE, "The form has no token. Send token=… in it.")
    return token
