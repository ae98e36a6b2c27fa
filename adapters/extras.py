"""Says which extra is missing where a package of it is not installed."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

__all__ = ["EXTRAS", "MissingExtraError", "require_package", "requires_extra", "requires_framework"]

_DYNAMODB: Final = frozenset({"boto3", "botocore", "pynamodb"})
_METRICS: Final = frozenset({"prometheus_client"})
_IN_PROCESS: Final = frozenset(
    {"bcrypt", "dependency_injector", "email_validator", "falcon", "waitress"}
)
_SERVICE: Final = _DYNAMODB | _IN_PROCESS | _METRICS | {"click", "gunicorn", "offapi", "rich"}
EXTRAS: Final[Mapping[str, frozenset[str]]] = {
    "async": frozenset(),
    "dynamodb": _DYNAMODB,
    "foreign-hashes": frozenset({"argon2"}),
    "granian": _SERVICE | {"granian"},
    "metrics": _METRICS,
    "otel": frozenset({"opentelemetry", "opentelemetry.exporter", "opentelemetry.sdk"}),
    "service": _SERVICE,
    "testkit": _IN_PROCESS | {"pytest"},
}
"""The packages of each extra, by the names under which they are imported."""


def require_package(package: str) -> None:
    """Look for ``package`` without importing it.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    if find_spec(package) is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)


class MissingExtraError(ImportError):
    """A package is not installed. The text names the package, and what to install."""


@contextmanager
def requires_extra(extra: str) -> Generator[None]:
    """Imports in this block need ``extra``. Of two such blocks, the outer one names the extra.

    Raises:
        MissingExtraError: a package of the extra is not installed.
    """
    try:
        yield
    except (ModuleNotFoundError, MissingExtraError) as error:
        if error.name not in EXTRAS[extra]:
            raise
        raise MissingExtraError(
            f"{error.name} is not installed. Install the extra {extra!r}:"
            f" pip install 'cybershop-customer[{extra}]'",
            name=error.name,
        ) from error


@contextmanager
def requires_framework(*packages: str) -> Generator[None]:
    """Imports in this block need a web framework, which no extra brings. It is the first package.

    Raises:
        MissingExtraError: one of ``packages`` is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in packages:
            raise
        raise MissingExtraError(
            f"{error.name} is not installed. Install the framework: pip install {packages[0]}",
            name=error.name,
        ) from error
