"""Why an import cannot begin, or cannot go on."""

from ...domain.errors import CustomerServiceError


class ImportFailedError(CustomerServiceError):
    """The import cannot begin, or cannot go on. The message says why, and what to do."""
