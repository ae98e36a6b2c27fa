"""Customers over HTTP: add, read, update, delete."""

import re
from typing import Any

import falcon

from ...domain.audit import rfc3339
from ...domain.customer import Customer
from ...domain.fields import PROFILE, Faults
from ..services import Services
from .credentials import session_of
from .named_customer import name_customer, read_named
from .request_schema import RequestSchema

_FIELDS = ("customer_id", "email", "password", *PROFILE)
_ADD = RequestSchema(_FIELDS, required=("email", "password"))
_UPDATE = RequestSchema(_FIELDS)
_VERSION = re.compile(r'"(\d{1,15})"', re.ASCII)
_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]+"'
"""RFC 9110, 8.8.3, but not the empty tag: no customer has one, and a client sends it by mistake."""
_ONE_TAG = re.compile(_TAG)
_NOT_A_TAG = "must be a version in double quotes, as the header ETag gave it"
_NO_VERSION = -1
_LIST_OF_TAGS = re.compile(rf"{_TAG}(?:[ \t]*,[ \t]*{_TAG})+")


class CustomerResource:
    """``/api/v1/customer`` and, where the path names the customer, ``/api/v1/customer/{id}``."""

    def __init__(self, services: Services) -> None:
        self._customers = services.customers
        self._session_check = services.session_check

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add a customer."""
        message = _ADD.read(req)
        fields: dict[str, Any] = message.fields
        customer = self._customers.add_customer(**fields, found=message.faults)
        _answer(resp, customer.customer_id, "Customer added.")
        resp.set_header("ETag", _etag(customer.version))

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """Read a customer."""
        actor = session_of(req, self._session_check)
        message = read_named(req, customer_id)
        customer = self._customers.get_customer(customer_id, actor=actor, found=message.faults)
        resp.media = _profile(customer)
        resp.set_header("ETag", _etag(customer.version))

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

    def _update(self, req: falcon.Request, resp: falcon.Response, in_path: str | None) -> None:
        actor = session_of(req, self._session_check)
        message = _UPDATE.read(req)
        customer_id = name_customer(message, in_path)
        if_version = _if_version(req, message.faults)
        changes: dict[str, Any] = message.fields
        version = self._customers.update_customer(
            actor=actor, if_version=if_version, found=message.faults, **changes
        )
        _answer(resp, customer_id, "Customer updated.")
        resp.set_header("ETag", _etag(version))

    def _delete(self, req: falcon.Request, resp: falcon.Response, in_path: str | None) -> None:
        actor = session_of(req, self._session_check)
        message = read_named(req, in_path)
        customer_id = message.fields["customer_id"]
        version = _if_version(req, message.faults)
        self._customers.delete_customer(
            customer_id, actor=actor, if_version=version, found=message.faults
        )
        _answer(resp, customer_id, "Customer deleted.")


def _answer(resp: falcon.Response, customer_id: str, message: str) -> None:
    resp.media = {"customer_id": customer_id, "message": message}


def _profile(customer: Customer) -> dict[str, Any]:
    return {
        "customer_id": customer.customer_id,
        "email": customer.email,
        **customer.profile,
        "roles": sorted(customer.roles),
        "created_at": rfc3339(customer.created_at),
        "updated_at": rfc3339(customer.updated_at),
    }


def _etag(version: int) -> str:
    return f'"{version}"'


def _if_version(req: falcon.Request, faults: Faults) -> int | None:
    """The version that If-Match asks for (RFC 9110, 13.1.1); None without it, or for ``*``.

    A tag that no version can have, such as a weak one, is well-formed and matches no version. The
    answer is then 412, as for an old version. A header that is not well-formed is a fault.
    """
    header = req.get_header("If-Match")
    if header is None:
        return None
    text = header.strip(" \t")
    if text == "*":
        return None
    if not _ONE_TAG.fullmatch(text):
        several = _LIST_OF_TAGS.fullmatch(text)
        faults.note("If-Match", "must name one version" if several else _NOT_A_TAG)
        return None
    version = _VERSION.fullmatch(text)
    return _NO_VERSION if version is None else int(version[1])
