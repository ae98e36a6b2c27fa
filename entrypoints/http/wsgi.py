"""The WSGI application ``cybershop_customer.entrypoints.http.wsgi:application``.

The import reads the settings from the environment, and raises SettingsError if one is wrong.
docs/wsgi.md has the commands for gunicorn, uWSGI and granian.
"""

import os
from typing import Final

from .service_application import make_application

__all__ = ["application"]

application: Final = make_application(os.environ)
