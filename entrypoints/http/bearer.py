"""The header in which a ``context_id`` travels."""

from ...domain.errors import RefusalReason, SessionRefusedError


def parse_bearer(authorization: str | None) -> str | None:
    """What ``Authorization: Bearer`` carries (RFC 6750, 2.1), or None without that header.

    Raises:
        SessionRefusedError: the header is there, but not of this form (MALFORMED).
    """
    if authorization is None:
        return None
    scheme, _, credentials = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise SessionRefusedError(RefusalReason.MALFORMED)
    return credentials.strip()
