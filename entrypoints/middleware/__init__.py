"""Session checks for other services: Falcon, Django, any WSGI or ASGI application."""
