"""Lists of customers over HTTP: ``GET /api/v1/customer?email=&cursor=&limit=``, for admins."""

from typing import Final

import falcon

from ...domain.customer_page import DEFAULT_PAGE, MAX_PAGE
from ...domain.services.customer_list_service import CustomerListService
from ...domain.session import Session
from ..customer_json import listed_customer_json
from .answers import CustomersAnswer
from .operation import Parameter
from .query import parse_limit, read_query, refuse_unknown
from .request_schema import NO_FIELDS

_EMAIL: Final = "email"
LIST_PARAMETERS: Final = (
    Parameter(_EMAIL, "Only customers with this address.", {"type": "string"}),
    Parameter("cursor", "The `next_cursor` of the page before.", {"type": "string"}),
    Parameter(
        "limit",
        "How many customers at most.",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE},
    ),
)
_NAMES: Final = tuple(parameter.name for parameter in LIST_PARAMETERS)


def answer_list(
    req: falcon.Request, resp: falcon.Response, customer_list: CustomerListService, actor: Session
) -> None:
    """Answer with a page of all customers, or of those with an address."""
    faults = NO_FIELDS.read(req).faults
    # A misspelt email would otherwise list everyone.
    refuse_unknown(req, _NAMES, faults)
    query = read_query(req, _NAMES, faults)
    cursor = query.get("cursor")
    limit = parse_limit(query, faults, default=DEFAULT_PAGE, most=MAX_PAGE)
    # An address with a fault, such as one that is given twice, must not list everyone either.
    if _EMAIL in req.params:
        page = customer_list.find_customers(
            query.get(_EMAIL, ""), actor=actor, cursor=cursor, limit=limit, found=faults
        )
    else:
        page = customer_list.list_customers(actor=actor, cursor=cursor, limit=limit, found=faults)
    answer: CustomersAnswer = {
        "customers": [listed_customer_json(customer) for customer in page.customers],
        "next_cursor": page.next_cursor,
    }
    resp.media = answer
