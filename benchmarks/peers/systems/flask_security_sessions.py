"""Flask-Security: the user of a signed cookie and the user's roles, from SQLite."""

from pathlib import Path

from flask import Flask
from flask_login import current_user
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security.models import fsqla_v3
from flask_security.utils import login_user, logout_user
from flask_sqlalchemy import SQLAlchemy
from system import CUSTOMERS, ROLE, SECRET, Prepared
from systems.flask_sessions import prepare


def on_sqlite(folder: Path) -> Prepared:
    """The models of the library, over Flask-SQLAlchemy."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=SECRET,
        SECURITY_PASSWORD_SALT=SECRET,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'flask.db'}",
    )
    db = SQLAlchemy(app)
    fsqla_v3.FsModels.set_db_info(db)

    class Role(db.Model, fsqla_v3.FsRoleMixin):
        """Has a name."""

    class User(db.Model, fsqla_v3.FsUserMixin):
        """Has roles."""

    datastore = SQLAlchemyUserDatastore(db, User, Role)
    Security(app, datastore, register_blueprint=False)
    with app.app_context():
        db.create_all()
        role = datastore.create_role(name=ROLE)
        for customer_id, roles in CUSTOMERS.items():
            datastore.create_user(
                email=f"{customer_id}@shop.example",
                username=customer_id,
                roles=[role] if roles else [],
            )
        db.session.commit()
    return prepare(
        app,
        log_in=lambda customer_id: login_user(datastore.find_user(username=customer_id)),
        log_out=logout_user,
        answer=lambda: (
            current_user.username,
            frozenset(role.name for role in current_user.roles),
        ),
    )
