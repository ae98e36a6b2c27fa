"""Django: its session and authentication middleware, with sessions in a database or in a cache.

Users are in SQLite in both cases. The role is the flag ``is_staff``, which costs nothing; groups
would cost one more query. The connection to the database is kept, as with ``CONN_MAX_AGE=None``.
"""

from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from system import CUSTOMERS, ROLE, SECRET, Answer, Prepared


def in_database(folder: Path) -> Prepared:
    """Django's default."""
    return _prepared(folder, "django.contrib.sessions.backends.db")


def in_cache(folder: Path) -> Prepared:
    """Django's cache in local memory."""
    return _prepared(folder, "django.contrib.sessions.backends.cache")


def _prepared(folder: Path, engine: str) -> Prepared:
    settings.configure(
        SECRET_KEY=SECRET,
        SESSION_ENGINE=engine,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "django.db"),
                "CONN_MAX_AGE": None,
            }
        },
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
        ],
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)

    # These modules need the settings.
    from django.contrib import auth  # noqa: PLC0415
    from django.contrib.auth.middleware import AuthenticationMiddleware  # noqa: PLC0415
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.contrib.sessions.middleware import SessionMiddleware  # noqa: PLC0415
    from django.http import HttpRequest, HttpResponse  # noqa: PLC0415

    answers: list[Answer | None] = [None]

    def view(request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated:
            answers[0] = user.username, frozenset({ROLE} if user.is_staff else ())
        return HttpResponse()

    with_user = AuthenticationMiddleware(view)
    application = SessionMiddleware(with_user)

    def request_with(token: str) -> HttpRequest:
        request = HttpRequest()
        request.COOKIES = {settings.SESSION_COOKIE_NAME: token}
        return request

    def check(token: str) -> Answer | None:
        answers[0] = None
        application(request_with(token))
        return answers[0]

    def log_in(request: HttpRequest, customer_id: str) -> HttpResponse:
        auth.login(request, User.objects.get(username=customer_id))
        return HttpResponse()

    def open_session(customer_id: str, roles: frozenset[str]) -> str:
        User(username=customer_id, is_staff=ROLE in roles, password="!").save()
        log_in_user = SessionMiddleware(lambda request: log_in(request, customer_id))
        response = log_in_user(HttpRequest())
        return str(response.cookies[settings.SESSION_COOKIE_NAME].value)

    def log_out(request: HttpRequest) -> HttpResponse:
        auth.logout(request)
        return HttpResponse()

    def logout(token: str) -> None:
        SessionMiddleware(AuthenticationMiddleware(log_out))(request_with(token))

    tokens = {
        customer_id: open_session(customer_id, roles) for customer_id, roles in CUSTOMERS.items()
    }
    return Prepared(tokens=tokens, check=check, logout=logout)
