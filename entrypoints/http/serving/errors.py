"""Refusals of the server that waitress does not know."""

from waitress.utilities import BadRequest, Error


class RequestTimeoutError(BadRequest):
    """The request did not arrive in time."""

    code = 408
    reason = "Request Timeout"


class VersionNotSupportedError(Error):
    """The request is not HTTP/1.0 or HTTP/1.1."""

    code = 505
    reason = "HTTP Version Not Supported"
