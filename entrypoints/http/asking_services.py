"""Recognises the services that may introspect sessions, by the header Authorization."""

from base64 import b64decode
from collections.abc import Collection
from hmac import compare_digest
from typing import Final
from urllib.parse import unquote_to_bytes

from ...domain.errors import FieldFault, SettingsError
from ...domain.introspection_tokens import introspection_tokens_fault, split_introspection_tokens
from .problem import INTROSPECTION_OFF, INTROSPECTION_REFUSED, MessageError

_CHALLENGES: Final = 'Basic realm="customer", Bearer realm="customer"'


class AskingServices:
    """The asking services with their secrets.

    Args:
        tokens: the pairs ``name=secret``, as one text with commas between them or as a collection.
            None switches introspection off.

    Raises:
        SettingsError: a pair breaks a rule of ``domain/introspection_tokens.py``.
    """

    def __init__(self, tokens: str | Collection[str] | None) -> None:
        fault = None if tokens is None else introspection_tokens_fault(tokens)
        if fault is not None:
            raise SettingsError([FieldFault("introspection_tokens", fault)])
        pairs = () if tokens is None else split_introspection_tokens(tokens)
        self._secrets = tuple((pair.name, pair.secret.encode("ascii")) for pair in pairs)

    def recognise(self, authorization: str | None) -> str:
        """The name of the service that sends the header ``authorization``.

        The header is ``Basic`` with the name and a secret (RFC 6749, 2.3.1) or ``Bearer`` with a
        secret (RFC 6750, 2.1).

        Raises:
            MessageError: introspection is off (INTROSPECTION_OFF), or the header is missing or
                has a wrong name or secret (INTROSPECTION_REFUSED).
        """
        if not self._secrets:
            raise MessageError(
                INTROSPECTION_OFF,
                "The operator of this service switches it on with CUSTOMER_INTROSPECTION_TOKENS.",
            )
        sent_name, sent_secret = _read_credentials(authorization)
        # Comparisons in constant time, with every secret, so that the duration does not help to
        # guess one.
        found = [
            name
            for name, secret in self._secrets
            if compare_digest(sent_secret, secret) and sent_name in (None, name.encode("ascii"))
        ]
        if not found:
            raise MessageError(
                INTROSPECTION_REFUSED,
                "Send the name and the secret of a pair of the service's"
                " CUSTOMER_INTROSPECTION_TOKENS by HTTP Basic, or the secret as bearer.",
                {"WWW-Authenticate": _challenge(sent_name, sent_secret)},
                {"error": "invalid_client"},
            )
        return found[0]


def _read_credentials(authorization: str | None) -> tuple[bytes | None, bytes]:
    """The name and the secret that a header Authorization has. The name of a bearer is None.

    RFC 6749, 2.3.1, encodes both as in a form, before they are joined and encoded in base64. Some
    clients leave that out. Both have no ``%`` and no space, so both forms are read in one way.
    """
    scheme, _, credentials = (authorization or "").strip().partition(" ")
    # WSGI passes headers as latin-1.
    sent = credentials.strip().encode("latin-1", "replace")
    if scheme.lower() == "bearer":
        return None, sent
    if scheme.lower() != "basic":
        return b"", b""
    try:
        name, _, secret = b64decode(sent, validate=True).partition(b":")
    except ValueError:
        return b"", b""
    return unquote_to_bytes(name), unquote_to_bytes(secret)


def _challenge(sent_name: bytes | None, sent_secret: bytes) -> str:
    """The header ``WWW-Authenticate``: both schemes (RFC 7662, 2.3).

    Only a wrong bearer has an error code, which is the last scheme's (RFC 6750, 3.1).
    """
    is_wrong_bearer = sent_name is None and sent_secret
    return f'{_CHALLENGES}, error="invalid_token"' if is_wrong_bearer else _CHALLENGES
