"""Says which extra is missing where a package of it is not installed."""

from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def requires_extra(extra: str, *packages: str) -> Generator[None]:
    """Imports of ``packages`` in this block need ``extra``.

    Raises:
        ImportError: one of them is not installed. The text names the extra.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in packages:
            raise
        raise ImportError(
            f"{error.name} is not installed. Install the extra {extra!r}:"
            f" pip install 'cybershop-customer[{extra}]'",
            name=error.name,
        ) from error
