"""Completes a change that was made, or may have been."""

from collections.abc import Generator
from contextlib import contextmanager

from ...domain.errors import StoreFaultError, StoreUnavailableError
from ...domain.use_case import own_use_case


@contextmanager
def completing_change() -> Generator[None]:
    """Around calls that follow a change, such as those that publish it.

    The calls have a deadline of their own. The use case may have used up its time, but a change
    that stays half done would harm more than a late answer. No error says that nothing was changed.

    Raises:
        StoreUnavailableError: a call failed. The outcome is not known.
    """
    try:
        with own_use_case():
            yield
    except StoreUnavailableError as error:
        raise StoreUnavailableError(error.retry_after, outcome_known=False) from error
    except StoreFaultError as error:
        raise StoreUnavailableError(outcome_known=False) from error
