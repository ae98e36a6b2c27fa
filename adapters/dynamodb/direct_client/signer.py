"""Signs requests by AWS Signature Version 4.

AWS Identity and Access Management User Guide, "Create a signed AWS API request".
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from typing import Final
from urllib.parse import quote

from .credential_source import FrozenCredentials

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SERVICE: Final = "dynamodb"


class Signer:
    """Signs POST requests to one endpoint.

    A signing key is valid for a day, a region and a secret key. The signer keeps the last one,
    which saves four of the five HMACs of a request.

    Args:
        region: the region that the signature names.
        path: the path of each request.
        now: this machine's clock, in seconds since the epoch.
    """

    def __init__(
        self,
        region: str,
        path: str = "/",
        *,
        # Looked up at each call, as libraries that freeze the time expect.
        now: Callable[[], float] = lambda: time.time(),  # noqa: PLW0108
    ) -> None:
        self._region = region
        self._path = quote(path, safe="/~")
        self._now = now
        # Each is replaced as a whole, so threads need no lock.
        self._last_time = (-1, "")
        self._last_key: tuple[str, str, bytes] = ("", "", b"")

    def timestamp(self) -> str:
        """The current time as the header ``X-Amz-Date`` has it."""
        now = int(self._now())
        second, text = self._last_time
        if second != now:
            text = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
            self._last_time = (now, text)
        return text

    def authorization(
        self,
        headers: Mapping[str, str],
        body: bytes,
        timestamp: str,
        credentials: FrozenCredentials,
    ) -> str:
        """The header ``Authorization``.

        Args:
            headers: the headers to sign, by their names in lower case, in the order of the names.
            body: the body of the request.
            timestamp: the header ``X-Amz-Date``, which ``headers`` has too.
            credentials: what signs.
        """
        signed = ";".join(headers)
        lines = "".join([f"{name}:{value}\n" for name, value in headers.items()])
        canonical = f"POST\n{self._path}\n\n{lines}\n{signed}\n{sha256(body).hexdigest()}"
        date = timestamp[:8]
        scope = f"{date}/{self._region}/{_SERVICE}/aws4_request"
        hashed = sha256(canonical.encode()).hexdigest()
        text = f"{_ALGORITHM}\n{timestamp}\n{scope}\n{hashed}"
        key = self._signing_key(date, credentials.secret_key)
        signature = digest(key, text.encode(), "sha256").hex()
        return (
            f"{_ALGORITHM} Credential={credentials.access_key}/{scope},"
            f" SignedHeaders={signed}, Signature={signature}"
        )

    def _signing_key(self, date: str, secret: str) -> bytes:
        last_date, last_secret, key = self._last_key
        if date != last_date or secret != last_secret:
            key = f"AWS4{secret}".encode()
            for part in (date, self._region, _SERVICE, "aws4_request"):
                key = digest(key, part.encode(), "sha256")
            self._last_key = (date, secret, key)
        return key
