"""The names of the operations, by method and route. The metrics have them as a label."""

from typing import Final

_BASE: Final = "/api/v1/customer"
_GATE: Final = f"{_BASE}/session/authorize"
OTHER: Final = "other"
"""The name of a request to no route, or with a method that its route does not have."""

OPERATIONS: Final = {
    f"POST {_BASE}": "add_customer",
    f"GET {_BASE}": "list_customers",
    f"PUT {_BASE}": "update_customer",
    f"DELETE {_BASE}": "delete_customer",
    f"PUT {_BASE}/login": "login",
    f"PUT {_BASE}/logoff": "logout",
    f"GET {_BASE}/session": "check_session",
    f"POST {_BASE}/session": "check_session",
    f"GET {_BASE}/session/feed": "read_session_feed",
    f"POST {_BASE}/session/introspect": "introspect_session",
    f"GET {_BASE}/me": "get_account",
    f"PATCH {_BASE}/me": "update_account",
    f"DELETE {_BASE}/me": "delete_account",
    f"PUT {_BASE}/me/password": "change_password",
    f"PUT {_BASE}/me/email": "change_email",
    f"GET {_BASE}/me/export": "export_account",
    f"GET {_BASE}/me/sessions": "list_own_sessions",
    f"DELETE {_BASE}/me/sessions": "end_other_sessions",
    f"DELETE {_BASE}/me/sessions/{{session_id}}": "end_session",
    f"POST {_BASE}/password-reset": "request_password_reset",
    f"POST {_BASE}/password-reset/complete": "complete_password_reset",
    f"POST {_BASE}/email-verification": "request_email_verification",
    f"POST {_BASE}/email-verification/complete": "complete_email_verification",
    f"GET {_BASE}/{{customer_id}}": "get_customer",
    f"PUT {_BASE}/{{customer_id}}": "update_customer",
    f"DELETE {_BASE}/{{customer_id}}": "delete_customer",
    f"GET {_BASE}/{{customer_id}}/sessions": "list_sessions",
    f"DELETE {_BASE}/{{customer_id}}/sessions": "end_sessions",
    f"GET {_BASE}/{{customer_id}}/log": "read_log",
    f"DELETE {_BASE}/{{customer_id}}/throttle": "unlock",
    "GET /livez": "live",
    f"GET {_BASE}/health": "live",
    "GET /readyz": "ready",
    f"GET {_BASE}/readiness": "ready",
    "GET /metrics": "metrics",
}
"""By the method, a space, and the route."""


def operation_name(method: str, route: str | None) -> str:
    """The name of the operation, or ``OTHER``. ``HEAD`` is the operation of ``GET``."""
    if route is None:
        return OTHER
    if route.startswith(_GATE):
        return "authorize"
    return OPERATIONS.get(f"{'GET' if method == 'HEAD' else method} {route}", OTHER)
