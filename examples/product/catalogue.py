"""The products, in this process's memory."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock


@dataclass(frozen=True, slots=True)
class Product:
    """Something the shop sells."""

    product_id: str
    name: str
    price: str
    """With two decimals, such as ``19.90``: a binary fraction is no money."""


class ProductExistsError(Exception):
    """The product_id is taken."""


class ProductNotFoundError(Exception):
    """No product has this product_id."""


class Catalogue:
    """Keeps products. May be used by several threads at once."""

    def __init__(self) -> None:
        self._products: dict[str, Product] = {}
        self._lock = Lock()

    def add(self, product: Product) -> None:
        """Add a product.

        Raises:
            ProductExistsError: its id is taken.
        """
        with self._lock:
            if product.product_id in self._products:
                raise ProductExistsError(product.product_id)
            self._products[product.product_id] = product

    def update(self, product_id: str, changes: Mapping[str, str]) -> Product:
        """Set what ``changes`` names, leave the rest, and return the product.

        Raises:
            ProductNotFoundError: there is none.
        """
        with self._lock:
            if product_id not in self._products:
                raise ProductNotFoundError(product_id)
            product = replace(self._products[product_id], **changes)
            self._products[product_id] = product
            return product

    def delete(self, product_id: str) -> None:
        """Remove a product.

        Raises:
            ProductNotFoundError: there is none.
        """
        with self._lock:
            if self._products.pop(product_id, None) is None:
                raise ProductNotFoundError(product_id)
