"""The types of an ASGI 3.0 application."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
ASGIApplication = Callable[[Any, Any, Any], Awaitable[None]]
"""Takes Scope, Receive and Send. Frameworks name them by types of their own, such as ``dict``."""
