"""Translates the errors of the store into the error of the ports for other services."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from ..errors import CheckerUnavailableError, StoreFaultError, StoreUnavailableError

P = ParamSpec("P")
T = TypeVar("T")


def checker_errors(method: Callable[P, T]) -> Callable[P, T]:
    """Make ``method`` raise CheckerUnavailableError if the store fails.

    A caller of SessionChecker or SessionFeed does not know the store. It handles this one error,
    whether the answer comes from the store, over HTTP or from a cache.
    """

    @wraps(method)
    def translated(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except StoreUnavailableError as error:
            raise CheckerUnavailableError(error.retry_after) from error
        except StoreFaultError as error:
            raise CheckerUnavailableError from error

    return translated
