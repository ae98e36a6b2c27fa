"""The settings of a command that works on the same store as the running service."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

from ...domain.errors import FieldFault, SettingsError, StoreFaultError, StoreUnavailableError
from ...ports.store_administration import StoreAdministration
from ..container import Container, make_container
from ..read_settings import read_settings
from ..settings import Settings
from ..store import make_store
from ..store_registry import STORES
from .command import CommandFailedError

MAIL_SECONDS: Final = 10.0
"""How long a command waits at its end for the mail of a change."""


@contextmanager
def store_errors() -> Generator[None]:
    """Let the command fail with the store's error, and with the way to its cause.

    Raises:
        CommandFailedError: the block raised StoreFaultError or StoreUnavailableError.
    """
    try:
        yield
    except (StoreFaultError, StoreUnavailableError) as error:
        raise CommandFailedError(f"{error} (`cybershop-customer doctor` may know more)") from error


@contextmanager
def shared_container(environ: Mapping[str, str]) -> Generator[Container]:
    """The container on the store that the settings name. The end of the block closes the store.

    Raises:
        SettingsError, StoreFaultError: as ``read_shared_store`` does.
        CommandFailedError: as ``store_errors`` does.
    """
    settings, _ = read_shared_store(environ)
    container = make_container(settings)
    try:
        with store_errors():
            yield container
    finally:
        # A change may have mail to send.
        container.background().close(MAIL_SECONDS)
        container.storage().close()


def read_shared_store(
    environ: Mapping[str, str], *, may_be_missing: bool = False
) -> tuple[Settings, StoreAdministration]:
    """The settings in ``environ``, and the operator's access to their store.

    Args:
        environ: has the settings.
        may_be_missing: the command creates the store or looks whether there is one. Every other
            command refuses a store that does not exist, and does not create it.

    Raises:
        SettingsError: the settings are wrong, or their store exists only inside one process.
        StoreFaultError: the store does not exist.
    """
    settings = read_settings(environ)
    administration = make_store(settings).administration()
    if administration is None:
        others = " or ".join(name for name in STORES if name != settings.storage)
        detail = (
            f"must be {others} here: what is in {settings.storage} lives and ends with its own"
            " process"
        )
        raise SettingsError([FieldFault("CUSTOMER_STORAGE", detail)])
    if not may_be_missing:
        administration.require_present()
    return settings, administration
