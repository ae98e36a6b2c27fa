"""Customers over HTTP: add, read, update and delete."""

from typing import Any, Final

import falcon

from ...domain.errors import (
    CustomerExistsError,
    CustomerNotFoundError,
    EmailTakenError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    LoginRequiredError,
    SelfRemovalError,
    ServiceBusyError,
    TooManyAttemptsError,
    VersionConflictError,
)
from ...domain.fields import PROFILE
from ..customer_json import CustomerJson, customer_json
from ..services import Services
from .answers import ChangeAnswer, CustomersAnswer
from .credentials import require_session
from .customer_list import LIST_PARAMETERS, answer_list
from .entity_tag import IF_MATCH, VERSION, entity_tag, parse_if_match
from .idempotency_key import IDEMPOTENCY_KEY_HEADER, parse_idempotency_key
from .operation import Credentials, RequestBody, Tag, operation
from .problem import PRECONDITION_FAILED
from .request_schema import NO_FIELDS, RequestSchema
from .target_customer import ID_MESSAGE, read_id_message, resolve_customer_id

_CUSTOMER_FIELDS = ("customer_id", "email", "password", *PROFILE)
_ADD = RequestSchema(_CUSTOMER_FIELDS, required=("email", "password"))
_UPDATE = RequestSchema(_CUSTOMER_FIELDS)
_UPDATE_PROBLEMS: Final = (
    ForbiddenError,
    LoginRequiredError,
    CustomerNotFoundError,
    EmailTakenError,
    VersionConflictError,
    PRECONDITION_FAILED,
    ServiceBusyError,
)
_DELETE_PROBLEMS: Final = (
    ForbiddenError,
    SelfRemovalError,
    CustomerNotFoundError,
    VersionConflictError,
    PRECONDITION_FAILED,
)


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

    @operation(
        "add_customer",
        Tag.SHOP,
        ChangeAnswer,
        body=_ADD,
        credentials=Credentials.NONE,
        parameters=(IDEMPOTENCY_KEY_HEADER,),
        headers=VERSION,
        problems=(
            CustomerExistsError,
            EmailTakenError,
            IdempotencyKeyReusedError,
            VersionConflictError,
            TooManyAttemptsError,
            ServiceBusyError,
        ),
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

    @operation(
        "list_customers",
        Tag.ADMIN,
        CustomersAnswer,
        body=NO_FIELDS,
        parameters=LIST_PARAMETERS,
        problems=(ForbiddenError,),
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List customers, or find those with an address."""
        actor = require_session(req, self._session_check)
        answer_list(req, resp, self._customer_list, actor)

    @operation(
        "get_customer",
        Tag.ADMIN,
        CustomerJson,
        body=ID_MESSAGE,
        headers=VERSION,
        problems=(ForbiddenError, CustomerNotFoundError),
    )
    def on_get_one(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """Read a customer."""
        actor = require_session(req, self._session_check)
        message = read_id_message(req, customer_id)
        customer = self._customers.get_customer(customer_id, actor=actor, found=message.faults)
        req.context.target = customer_id
        resp.media = customer_json(customer)
        resp.set_header("ETag", entity_tag(customer.version))

    @operation(
        "update_customer",
        Tag.SHOP,
        ChangeAnswer,
        body=RequestBody(
            schema=_UPDATE,
            required=("customer_id",),
            any_of=("email", "password", *PROFILE),
        ),
        parameters=(IF_MATCH,),
        headers=VERSION,
        problems=_UPDATE_PROBLEMS,
    )
    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Update the customer that the message names."""
        self._update(req, resp, None)

    @operation(
        "update_customer",
        Tag.SHOP,
        ChangeAnswer,
        body=RequestBody(schema=_UPDATE, any_of=("email", "password", *PROFILE)),
        parameters=(IF_MATCH,),
        headers=VERSION,
        problems=_UPDATE_PROBLEMS,
    )
    def on_put_one(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """Update the customer that the path names."""
        self._update(req, resp, customer_id)

    @operation(
        "delete_customer",
        Tag.SHOP,
        ChangeAnswer,
        body=RequestBody(schema=ID_MESSAGE, required=("customer_id",)),
        parameters=(IF_MATCH,),
        problems=_DELETE_PROBLEMS,
    )
    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Delete the customer that the message names."""
        self._delete(req, resp, None)

    @operation(
        "delete_customer",
        Tag.SHOP,
        ChangeAnswer,
        body=ID_MESSAGE,
        parameters=(IF_MATCH,),
        problems=_DELETE_PROBLEMS,
    )
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
    answer: ChangeAnswer = {"customer_id": customer_id, "message": message}
    resp.media = answer
