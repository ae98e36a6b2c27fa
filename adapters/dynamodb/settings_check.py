"""Checks the AWS settings before anything connects."""

from botocore.exceptions import InvalidRegionError
from botocore.utils import validate_region_name

from ...domain.errors import FieldFault, SettingsError
from .aws_session import aws_session


def check_aws_settings(endpoint: str | None) -> None:
    """Raise SettingsError, naming the variable, if no client for ``endpoint`` can be made."""
    try:
        validate_region_name(aws_session(endpoint).region_name)
    except InvalidRegionError as error:
        raise SettingsError([FieldFault("AWS_DEFAULT_REGION", "must name a region")]) from error
