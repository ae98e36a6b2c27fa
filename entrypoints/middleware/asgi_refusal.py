"""Sends a refusal as ASGI events."""

from typing import Any, Final

from .asgi_types import Receive, Scope, Send
from .reply import Reply

_POLICY_VIOLATION: Final = 1008  # RFC 6455, 7.4.1


async def refuse_http(reply: Reply, scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer a request without reading its body."""
    body = b"" if scope["method"] == "HEAD" else reply.body
    await send({"type": "http.response.start", **_start(reply)})
    await send({"type": "http.response.body", "body": body})


async def refuse_websocket(reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a handshake with the extension "WebSocket Denial Response", if the server has it.

    A server without the extension answers the handshake with a bare 403.
    """
    opening = await receive()
    if opening["type"] != "websocket.connect":
        return
    if "websocket.http.response" in (scope.get("extensions") or {}):
        await send({"type": "websocket.http.response.start", **_start(reply)})
        await send({"type": "websocket.http.response.body", "body": reply.body})
    else:
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})


def _start(reply: Reply) -> dict[str, Any]:
    headers = {**reply.headers, "Content-Length": str(len(reply.body))}
    return {
        "status": reply.status,
        "headers": [
            (name.lower().encode("ascii"), value.encode("latin-1"))
            for name, value in headers.items()
        ],
    }
