"""The routes that the application serves."""

from falcon.inspect import inspect_compiled_router

from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.http.app import create_app


def routes(container: Container) -> list[tuple[str, set[str]]]:
    """Each route of the application, and its methods."""
    app = create_app(container.services(), feed_token="0123456789abcdef0123456789ABCDEF")
    return [
        (route.path, {method.method for method in route.methods if not method.internal})
        for route in inspect_compiled_router(app._router)
    ]
