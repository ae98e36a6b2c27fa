"""Finds out which customer a request is about, from its path and its message."""

from typing import Final

import falcon

from .credentials import require_same
from .request_schema import ParsedMessage, RequestSchema

ID_MESSAGE: Final = RequestSchema(("customer_id",))
"""The message of an operation whose only field is the ``customer_id``."""


def read_id_message(req: falcon.Request, path_id: str | None) -> ParsedMessage:
    """Read the message of an operation whose only field is the ``customer_id``.

    The message is read even if the path has the id. If the two differ, the caller made a
    mistake, and a fault is noted.

    Args:
        req: the request.
        path_id: the customer_id in the path, or None if the path has none.

    Raises:
        MessageError: the message cannot be read.
    """
    message = ID_MESSAGE.read(req)
    resolve_customer_id(message, path_id)
    return message


def resolve_customer_id(message: ParsedMessage, path_id: str | None) -> str:
    """Put the ``customer_id`` of path or message into the fields of ``message``, and return it.

    A missing id is noted as a fault and becomes an empty string. Two different ids are a fault.
    """
    message_id = message.fields.get("customer_id")
    customer_id = require_same("customer_id", message_id, path_id, message.faults)
    if customer_id is None:
        message.faults.note("customer_id", "is missing")
    message.fields["customer_id"] = customer_id or ""
    return message.fields["customer_id"]
