"""The ids that no new customer may have, and those that only an operator may give."""

from typing import Final

PATH_WORDS: Final = frozenset(
    {
        *("api", "customer", "docs", "health", "livez", "metrics", "openapi.json", "readiness"),
        *("readyz", "v1"),
        # The words below /api/v1/customer, also those of planned operations.
        *("authorize", "complete", "email", "email-verification", "export", "feed", "introspect"),
        *("log", "login", "logoff", "me", "password", "password-reset", "session", "sessions"),
        "throttle",
    }
)
"""Every word of a path, in lower case. The path of a customer with such an id would clash."""

AUDIT_NAMES: Final = frozenset({"-", "operator"})
"""The names of an unknown actor and of the operator in the audit log."""

DOT_SEGMENTS: Final = frozenset({".", ".."})
"""HTTP clients remove these from a path (RFC 3986, 5.2.4)."""

_SEPARATORS: Final = str.maketrans("", "", "-._~")

IMPERSONATING: Final = frozenset(
    {
        *("abuse", "admin", "administrator", "admins", "billing", "customerservice", "cybershop"),
        *("donotreply", "help", "helpdesk", "hostmaster", "info", "mailerdaemon", "moderator"),
        *("noreply", "operator", "operators", "postmaster", "root", "security", "staff", "sudo"),
        *("superuser", "support", "sysadmin", "sysop", "system", "webmaster"),
    }
)
"""Names that customers take for the shop's own (RFC 2142 has several), without separators."""


def is_reserved(customer_id: str) -> bool:
    """Whether ``customer_id`` is a reserved id, in any letter case."""
    return customer_id.lower() in PATH_WORDS | AUDIT_NAMES | DOT_SEGMENTS


def impersonates(customer_id: str) -> bool:
    """Whether customers may take ``customer_id`` for the shop, whatever its case and separators."""
    return customer_id.lower().translate(_SEPARATORS) in IMPERSONATING
