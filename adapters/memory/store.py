"""The memory of the process, as a store that the settings can choose."""

from datetime import timedelta
from typing import Protocol

from ...ports.storage import Storage
from ...ports.store import Store
from ...ports.store_observer import StoreObserver
from .storage import memory_storage


class MemorySettings(Protocol):
    """The settings that this store reads; ``Settings`` says what each one means."""

    @property
    def audit_retention(self) -> timedelta: ...


class MemoryStore(Store):
    """Its data end with the process, so an operator has no access to them."""

    def __init__(self, settings: MemorySettings) -> None:
        self._settings = settings

    def check_settings(self) -> None:
        """Do nothing: memory needs nothing beside the settings of the service."""

    def make_storage(
        self,
        observer: StoreObserver | None = None,  # noqa: ARG002
    ) -> Storage:
        return memory_storage(audit_retention=self._settings.audit_retention)

    def administration(self) -> None:
        return None
