"""Session checks for other services: Falcon, any WSGI application, any ASGI application."""
