"""What this service refuses by itself, as problems (RFC 9457), like those of the middleware."""

import json
from typing import NoReturn

import falcon
from catalogue import ProductExistsError, ProductNotFoundError


def on_product_exists(
    _req: falcon.Request, _resp: falcon.Response, error: ProductExistsError, _params: object
) -> NoReturn:
    """409."""
    raise falcon.HTTPConflict(
        title="Product exists", description=f"There is already a product {error}"
    )


def on_product_not_found(
    _req: falcon.Request, _resp: falcon.Response, error: ProductNotFoundError, _params: object
) -> NoReturn:
    """404."""
    raise falcon.HTTPNotFound(title="Product not found", description=f"There is no product {error}")


def write_problem(_req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError) -> None:
    """Write any refusal of Falcon's, ours among them, as a problem."""
    # Falcon's own titles begin with the status: "404 Not Found".
    title = error.title.lstrip("0123456789 ")
    problem = {
        "type": f"urn:cybershop:product:problem:{title.lower().replace(' ', '-')}",
        "title": title,
        "status": error.status_code,
        "detail": f"{(error.description or title).rstrip('.')}.",
    }
    resp.content_type = "application/problem+json"
    resp.data = json.dumps(problem).encode("ascii")
