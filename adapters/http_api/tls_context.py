"""Makes the TLS context of a client."""

import ssl
from pathlib import Path


def make_tls_context(certificates: str | None = None) -> ssl.SSLContext:
    """A context for a client, with verified certificates and TLS 1.2 or later.

    It takes tens of milliseconds to make, so make one for all connections.

    Args:
        certificates: the file or directory of the trusted authorities; None for the system's.

    Raises:
        OSError: the file cannot be read.
    """
    if certificates is None:
        context = ssl.create_default_context()
    elif Path(certificates).is_dir():
        context = ssl.create_default_context(capath=certificates)
    else:
        context = ssl.create_default_context(cafile=certificates)
    if certificates is not None:
        # Python 3.13 refuses authorities that lack an identifier, as those of many companies do.
        # botocore and the tools of AWS accept the same file.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
