"""itsdangerous: a signed token that says whose it is."""

from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer
from system import CUSTOMERS, SECRET, TOKEN_SECONDS, Answer, Prepared


def timed(_folder: Path) -> Prepared:
    """The serializer whose tokens expire."""
    serializer = URLSafeTimedSerializer(SECRET, salt="session")

    def check(token: str) -> Answer | None:
        try:
            content = serializer.loads(token, max_age=TOKEN_SECONDS)
        except BadData:
            return None
        return content["customer_id"], frozenset(content["roles"])

    return Prepared(
        tokens={
            customer_id: str(serializer.dumps({"customer_id": customer_id, "roles": sorted(roles)}))
            for customer_id, roles in CUSTOMERS.items()
        },
        check=check,
        # The library cannot end a token. The customer's browser forgets it.
        logout=lambda _token: None,
    )
