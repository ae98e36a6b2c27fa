"""Which store a deployment uses."""

from importlib import import_module

from ..ports.store import Store
from .settings import Settings
from .store_registry import STORES


def make_store(settings: Settings) -> Store:
    """The store that ``CUSTOMER_STORAGE`` names. Connects to nothing.

    Raises:
        ImportError: it is DynamoDB, and the extra ``dynamodb`` is not installed.
    """
    module, _, name = STORES[settings.storage].partition(":")
    store: Store = getattr(import_module(f"..adapters.{module}", __package__), name)(settings)
    return store
