"""``cybershop_customer.entrypoints.http.wsgi:application``, for any WSGI server.

The settings are read from the environment on import, which raises SettingsError if they are wrong.
docs/wsgi.md has the commands for gunicorn, uWSGI and granian.
"""

import os
from typing import Final

from .service_application import make_application

__all__ = ["application"]

application: Final = make_application(os.environ)
