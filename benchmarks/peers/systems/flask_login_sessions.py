"""Flask-Login: the user of a signed cookie, from a dict."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from system import CUSTOMERS, SECRET, Prepared
from systems.flask_sessions import prepare


@dataclass(eq=False)
class User(UserMixin):
    """A user of the application, as its ``user_loader`` finds it."""

    id: str
    roles: frozenset[str]


def in_dict(_folder: Path) -> Prepared:
    """``user_loader`` looks into a dict."""
    app = Flask(__name__)
    app.secret_key = SECRET
    users = {customer_id: User(customer_id, roles) for customer_id, roles in CUSTOMERS.items()}
    manager = LoginManager(app)
    manager.user_loader(users.get)
    return prepare(
        app,
        log_in=lambda customer_id: login_user(users[customer_id]),
        log_out=logout_user,
        answer=lambda: (current_user.id, current_user.roles),
    )
