"""The product service: add, update and delete products, for admins of the shop.

``create_app`` takes whatever answers the session check; ``main`` reads the environment, and asks
the customer service over HTTP.
"""

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, Final

import falcon
import waitress
from catalogue import Catalogue, Product, ProductExistsError, ProductNotFoundError
from message import read_message
from problem import on_product_exists, on_product_not_found, write_problem

from cybershop_customer import SessionChecker, SettingsError
from cybershop_customer.entrypoints.middleware.falcon import (
    from_message,
    protect,
    public,
    require,
)
from cybershop_customer.entrypoints.session_checkers import CachePolicy, http_session_checker

App = falcon.App[falcon.Request, falcon.Response]

PATH: Final = "/api/v1/product"
MAX_PORT: Final = 65535
HOST: Final = "127.0.0.1"
"""An example is for this machine alone."""


@falcon.before(require("admin"))
class ProductResource:
    """The three operations. Who comes here has a live session, and is an admin."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """``add_product``."""
        product = Product(**read_message(req, required=("product_id", "name", "price")))
        self._catalogue.add(product)
        resp.media = _answer(product, "Product added.")

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """``update_product``: what the message leaves out keeps its value."""
        changes = read_message(req, required=("product_id",), optional=("name", "price"))
        product = self._catalogue.update(changes.pop("product_id"), changes)
        resp.media = _answer(product, "Product updated.")

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        """``delete_product``."""
        product_id = read_message(req, required=("product_id",))["product_id"]
        self._catalogue.delete(product_id)
        resp.media = {"product_id": product_id, "message": "Product deleted."}


@public
class LiveResource:
    """For an orchestrator, which has no session."""

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Answer while the process does."""
        resp.media = {"message": "alive"}


def create_app(checker: SessionChecker) -> App:
    """The WSGI application, with an empty catalogue. Reads no environment, starts nothing."""
    app: App = falcon.App()
    app.req_options.strip_url_path_trailing_slash = True
    app.set_error_serializer(write_problem)
    app.add_error_handler(ProductExistsError, on_product_exists)
    app.add_error_handler(ProductNotFoundError, on_product_not_found)
    protect(app, checker, credentials=from_message)
    app.add_route(PATH, ProductResource(Catalogue()))
    app.add_route("/livez", LiveResource())
    return app


def main(environ: Mapping[str, str]) -> int:
    """Serve until SIGTERM or Ctrl-C. ``PRODUCT_PORT`` 0 takes a free port."""
    port = environ.get("PRODUCT_PORT") or "30001"
    if not port.isascii() or not port.isdigit() or int(port) > MAX_PORT:
        print(f"PRODUCT_PORT must be a whole number from 0 to {MAX_PORT}", file=sys.stderr)
        return 2
    try:
        # What admins do is seldom, and must not outlive a logout: no answer is used twice.
        checker = http_session_checker(
            environ.get("CUSTOMER_URL") or "http://127.0.0.1:30000", policy=CachePolicy(max_age=0)
        )
    except SettingsError as error:
        print(f"CUSTOMER_URL cannot be used: {error}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _stop)
    server: Any = waitress.create_server(create_app(checker), host=HOST, port=int(port))
    print(f"product listens on http://{HOST}:{server.effective_port}", flush=True)
    server.run()
    checker.close()
    return 0


def _stop(_number: int, _frame: object) -> None:
    # waitress takes it for the end, and finishes the requests that are being served.
    raise SystemExit(0)


def _answer(product: Product, message: str) -> dict[str, str]:
    return {
        "product_id": product.product_id,
        "name": product.name,
        "price": product.price,
        "message": message,
    }


if __name__ == "__main__":
    sys.exit(main(os.environ))
