"""PyJWT: a signed token that says whose it is, by a shared key or by a pair of keys."""

import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from system import CUSTOMERS, SECRET, TOKEN_SECONDS, Answer, Prepared


def hs256(_folder: Path) -> Prepared:
    """HMAC: who checks a token could make one too."""
    return _prepared("HS256", signing_key=SECRET, checking_key=SECRET)


def eddsa(_folder: Path) -> Prepared:
    """Ed25519: who checks a token has the public key alone."""
    private_key = Ed25519PrivateKey.generate()
    return _prepared("EdDSA", signing_key=private_key, checking_key=private_key.public_key())


def _prepared(algorithm: str, *, signing_key: Any, checking_key: Any) -> Prepared:  # noqa: ANN401
    expires_at = int(time.time()) + TOKEN_SECONDS
    required = {"require": ["exp", "sub"]}

    def check(token: str) -> Answer | None:
        try:
            claims = jwt.decode(token, checking_key, algorithms=[algorithm], options=required)
        except jwt.InvalidTokenError:
            return None
        return claims["sub"], frozenset(claims["roles"])

    return Prepared(
        tokens={
            customer_id: jwt.encode(
                {"sub": customer_id, "roles": sorted(roles), "exp": expires_at},
                signing_key,
                algorithm=algorithm,
            )
            for customer_id, roles in CUSTOMERS.items()
        },
        check=check,
        # The library cannot end a token. The customer's browser forgets it.
        logout=lambda _token: None,
    )
