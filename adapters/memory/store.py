"""The memory of the process, as a store that the settings can choose."""

from ...ports.storage import Storage
from ...ports.store import Store
from .storage import memory_storage


class MemoryStore(Store):
    """Needs no settings. Its data end with the process, so an operator has no access to them."""

    def __init__(self, _settings: object) -> None:
        pass

    def check_settings(self) -> None:
        """Do nothing: memory has no settings."""

    def make_storage(self) -> Storage:
        return memory_storage()

    def administration(self) -> None:
        return None
