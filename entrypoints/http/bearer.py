"""Parses the header ``Authorization: Bearer …``."""

from ...domain.errors import RefusalReason, SessionRefusedError


def parse_bearer(authorization: str | None) -> str | None:
    """The token of a header ``Authorization`` (RFC 6750, 2.1), or None without that header.

    Raises:
        SessionRefusedError: the header has another form (MALFORMED).
    """
    if authorization is None:
        return None
    scheme, _, credentials = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise SessionRefusedError(RefusalReason.MALFORMED)
    return credentials.strip()
