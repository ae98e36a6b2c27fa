"""The answer of each protected service at ``/mine``."""

from typing import Any

from cybershop_customer import Session


def seen_by_view(session: Session) -> dict[str, Any]:
    """What the view sees of the session that the middleware hands on."""
    return {
        "customer_id": session.customer_id,
        "roles": sorted(session.roles),
        "email_verified": session.email_verified,
    }
