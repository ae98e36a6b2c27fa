"""The ids that no new customer may have, and those that only an operator may give."""

from typing import Final

PATH_WORDS: Final = frozenset(
    {
        *("api", "customer", "docs", "health", "livez", "metrics", "openapi.json", "readiness"),
        *("readyz", "v1"),
        # Below /api/v1/customer, those of planned operations included.
        *("authorize", "complete", "email", "email-verification", "export", "feed", "introspect"),
        *("log", "login", "logoff", "me", "password", "password-reset", "session", "sessions"),
        "throttle",
    }
)
"""Every word of a path, in lower case. Such a customer would hide behind that path."""

AUDIT_NAMES: Final = frozenset({"-", "operator"})
"""What the audit log calls an unknown actor, and the operator."""

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
"""Names behind which customers expect the shop; RFC 2142 has several. Without separators."""


def is_reserved(customer_id: str) -> bool:
    """Whether the service keeps this id for itself, in any letter case."""
    return customer_id.lower() in PATH_WORDS | AUDIT_NAMES | DOT_SEGMENTS


def impersonates(customer_id: str) -> bool:
    """Whether this id, in any letter case and with any separators, speaks for the shop."""
    return customer_id.lower().translate(_SEPARATORS) in IMPERSONATING
