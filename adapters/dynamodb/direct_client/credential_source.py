"""The credentials that sign requests. A refresh of them blocks no request."""

from dataclasses import dataclass, field

from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from ...forking.fork_safe_lock import ForkSafeLock
from ..aws_session import HEADER_TEXT
from .refreshed_value import RefreshedValue, RefreshFailedError

_INTERVAL = 30.0
"""Seconds between two checks of the expiry. botocore tries to fetch new credentials from 15 minutes
before it, so requests use the old ones for up to 30 tries."""


@dataclass(frozen=True, slots=True)
class FrozenCredentials:
    """What signs a request, checked. It does not change, unlike botocore's ``Credentials``."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False)

    @classmethod
    def of(cls, credentials: Credentials) -> "FrozenCredentials":
        """What ``credentials`` currently are. Fetches new ones if they expire soon.

        Raises:
            NoCredentialsError: they have no key.
            CredentialRetrievalError: a header cannot have them. A line end in them would begin
                another header.
            Any error of the provider: they cannot be fetched.
        """
        frozen = credentials.get_frozen_credentials()
        if frozen.access_key is None or frozen.secret_key is None:
            raise NoCredentialsError
        # A receiver strips the spaces around a header's value. The signature merges those within.
        token = None if frozen.token is None else " ".join(filter(None, frozen.token.split(" ")))
        if not all(map(HEADER_TEXT.fullmatch, (frozen.access_key, token or ""))):
            raise CredentialRetrievalError(
                provider=credentials.method,
                error_msg="the access key or the session token has a character that it cannot have",
            )
        return cls(frozen.access_key, frozen.secret_key, token)


class CredentialSource:
    """Returns a copy of the credentials that botocore found: from variables, files, a role, IMDS.

    Credentials with an expiry are refreshed by a background thread. A request waits only if there
    are none yet, or if they have expired because every refresh failed.

    Args:
        credentials: what botocore found; None if it found none.
    """

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = credentials
        self._constant: FrozenCredentials | None = None
        self._refreshed: RefreshedValue[FrozenCredentials] | None = None
        if isinstance(credentials, RefreshableCredentials):
            # A fork waits for a refresh. It would copy the locks of OpenSSL, which a refresh holds
            # while it opens a connection, and the child would wait for them for ever.
            refresh = ForkSafeLock()

            def fetch() -> FrozenCredentials:
                with refresh:
                    return FrozenCredentials.of(credentials)

            self._refreshed = RefreshedValue(fetch, interval=_INTERVAL, name="aws-credentials")
        elif credentials is not None:
            self._constant = FrozenCredentials.of(credentials)

    def current(self, deadline: float) -> FrozenCredentials:
        """The credentials for a request.

        Args:
            deadline: the moment of the monotonic clock at which a wait for credentials ends.

        Raises:
            NoCredentialsError: botocore found none.
            CredentialRetrievalError: they could not be fetched.
        """
        if self._constant is not None:
            return self._constant
        if self._refreshed is None or not isinstance(self._credentials, RefreshableCredentials):
            raise NoCredentialsError
        try:
            if self._credentials.refresh_needed(refresh_in=0):
                return self._refreshed.fetch_now(deadline)
            return self._refreshed.get(deadline)
        except RefreshFailedError as error:
            raise CredentialRetrievalError(
                provider=self._credentials.method, error_msg=str(error)
            ) from None

    def close(self) -> None:
        """End the background thread, if there is one."""
        if self._refreshed is not None:
            self._refreshed.close()
