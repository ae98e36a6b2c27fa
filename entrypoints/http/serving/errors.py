"""The HTTP errors for which waitress has no class."""

from waitress.utilities import BadRequest, Error


class RequestTimeoutError(BadRequest):
    """The request did not arrive in time."""

    code = 408
    reason = "Request Timeout"


class VersionNotSupportedError(Error):
    """The request is neither HTTP/1.0 nor HTTP/1.1."""

    code = 505
    reason = "HTTP Version Not Supported"
