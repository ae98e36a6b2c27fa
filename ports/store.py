"""A store, as the settings of a deployment choose it."""

from abc import abstractmethod
from typing import Protocol

from .storage import Storage
from .store_administration import StoreAdministration
from .store_observer import StoreObserver


class Store(Protocol):
    """Gives access to one store: to the service by ``make_storage``, and to its operator."""

    @abstractmethod
    def check_settings(self) -> None:
        """Check the settings that only this store knows, such as AWS's. Connects to nothing.

        Raises:
            SettingsError: names the setting that is missing or wrong.
        """

    @abstractmethod
    def make_storage(self, observer: StoreObserver | None = None) -> Storage:
        """The storage ports of this store. Connects to nothing yet.

        Args:
            observer: told of each request, if the store is another server.

        Raises:
            SettingsError: names the setting that is missing or wrong.
        """

    @abstractmethod
    def administration(self) -> StoreAdministration | None:
        """The operator's access, or None if the store exists only inside the service's process."""
