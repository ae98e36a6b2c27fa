"""The settings, for a command that is about DynamoDB and nothing else."""

from collections.abc import Mapping

from ...domain.errors import FieldFault, SettingsError
from ..read_settings import read_settings
from ..settings import Settings


def dynamodb_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in ``environ``.

    Raises:
        SettingsError: they are wrong, or name another store.
    """
    settings = read_settings(environ)
    if settings.storage != "dynamodb":
        detail = "must be dynamodb here: what is in memory lives and ends with its own process"
        raise SettingsError([FieldFault("CUSTOMER_STORAGE", detail)])
    return settings
