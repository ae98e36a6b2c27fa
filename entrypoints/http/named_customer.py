"""Which customer a request is about: the path says it, or the message, or both."""

import falcon

from .credentials import require_same
from .request_schema import Reading, RequestSchema

_NAME = RequestSchema(("customer_id",))


def read_named(req: falcon.Request, in_path: str | None) -> Reading:
    """The message of an operation that takes nothing but the ``customer_id``.

    Every operation on a customer reads its message, also where the path is enough: a message
    that names another customer is meant for that one.

    Raises:
        MessageError: the message cannot be read.
    """
    message = _NAME.read(req)
    name_customer(message, in_path)
    return message


def name_customer(message: Reading, in_path: str | None) -> str:
    """The ``customer_id``, which is in the message's fields afterwards.

    Empty, with a fault in the message, if there is none or if path and message disagree.
    """
    in_message = message.fields.get("customer_id")
    customer_id = require_same("customer_id", in_message, in_path, message.faults)
    if customer_id is None:
        message.faults.note("customer_id", "is missing")
    message.fields["customer_id"] = customer_id or ""
    return message.fields["customer_id"]
