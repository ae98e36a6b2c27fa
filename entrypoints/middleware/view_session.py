"""The session of a request, typed, from the place where the middleware keeps it."""

from typing import Final

from ...domain.session import Session

NOT_CHECKED: Final = object()
"""Stands for the session of a request that no middleware has seen."""


def require_session(found: object, middleware: str) -> Session:
    """``found``, which the middleware has kept for the view.

    Args:
        found: the session, None on a public path, or NOT_CHECKED.
        middleware: the dotted path of the middleware, for the text of the error.

    Raises:
        RuntimeError: there is no session. That is an error in the program, not of the caller.
    """
    if isinstance(found, Session):
        return found
    if found is None:
        raise RuntimeError(
            "no session here: this is public. Make it require a session, or do not ask for one."
        )
    raise RuntimeError(f"no session here: {middleware} is missing. Add it to the application.")
