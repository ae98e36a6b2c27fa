"""Customers over HTTP: add, read, update and delete."""

from typing import Any

import falcon

from ...domain.fields import PROFILE
from ..customer_json import customer_json
from ..services import Services
from .credentials import require_session
from .customer_list import answer_list
from .entity_tag import entity_tag, parse_if_match
from .idempotency_key import parse_idempotency_key
from .request_schema import RequestSchema
from .target_customer import read_id_message, resolve_customer_id

_CUSTOMER_FIELDS = ("customer_id", "email", "password", *PROFILE)
_ADD = RequestSchema(_CUSTOMER_FIELDS, required=("email", "password"))
_UPDATE = RequestSchema(_CUSTOMER_FIELDS)


class CustomerResource:
    """``/api/v1/customer`` and ``/api/v1/customer/{customer_id}``."""

    def __init__(self, services: Services) -> None:
        self._customers = services.customers
        self._customer_list = services.customer_list
        self._session_check = services.session_check
        self._added = (
            "Customer added. Follow the link in the mail to prove the e-mail address."
            if services.email_verification.is_required
            else "Customer added."
        )

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add a customer."""
        message = _ADD.read(req)
        key = parse_idempotency_key(req, message.faults)
        fields: dict[str, Any] = message.fields
        customer = self._customers.add_customer(
            **fields, source=req.context.source, idempotency_key=key, found=message.faults
        )
        req.context.customer_id = customer.customer_id
        _respond(resp, customer.customer_id, self._added)
        resp.set_header("ETag", entity_tag(customer.version))

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List customers, or find those with an address."""
        actor = require_session(req, self._session_check)
        answer_list(req, resp, self._customer_list, actor)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """Read a customer."""
        actor = require_session(req, self._session_check)
        message = read_id_message(req, customer_id)
        customer = self._customers.get_customer(customer_id, actor=actor, found=message.faults)
        req.context.target = customer_id
        resp.media = customer_json(customer)
        resp.set_header("ETag", entity_tag(customer.version))

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Update the customer that the message names."""
        self._update(req, resp, None)

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """Update the customer that the path names."""
        self._update(req, resp, customer_id)

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Delete the customer that the message names."""
        self._delete(req, resp, None)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """Delete the customer that the path names."""
        self._delete(req, resp, customer_id)

    def _update(self, req: falcon.Request, resp: falcon.Response, path_id: str | None) -> None:
        actor = require_session(req, self._session_check)
        message = _UPDATE.read(req)
        customer_id = resolve_customer_id(message, path_id)
        if_version = parse_if_match(req, message.faults)
        changes: dict[str, Any] = message.fields
        version = self._customers.update_customer(
            actor=actor, if_version=if_version, found=message.faults, **changes
        )
        req.context.target = customer_id
        _respond(resp, customer_id, "Customer updated.")
        resp.set_header("ETag", entity_tag(version))

    def _delete(self, req: falcon.Request, resp: falcon.Response, path_id: str | None) -> None:
        actor = require_session(req, self._session_check)
        message = read_id_message(req, path_id)
        customer_id = message.fields["customer_id"]
        version = parse_if_match(req, message.faults)
        self._customers.delete_customer(
            customer_id, actor=actor, if_version=version, found=message.faults
        )
        req.context.target = customer_id
        _respond(resp, customer_id, "Customer deleted.")


def _respond(resp: falcon.Response, customer_id: str, message: str) -> None:
    resp.media = {"customer_id": customer_id, "message": message}
