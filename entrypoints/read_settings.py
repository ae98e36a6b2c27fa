"""Reads the settings when the command line or the WSGI application starts."""

from collections.abc import Mapping

from ..domain.errors import FieldFault, SettingsError
from ..domain.services.password_rules import PasswordRules
from .password_blocklist import make_password_blocklist
from .settings import Settings


def read_settings(environ: Mapping[str, str], *, demo: bool = False) -> Settings:
    """The settings in ``environ``; the admin's password must not be a common one either.

    Raises:
        SettingsError: names every variable that is wrong, and what it should be.
    """
    settings = (Settings.demo_from_environ if demo else Settings.from_environ)(environ)
    # The demo's own password need not keep the rules.
    if environ.get("CUSTOMER_ADMIN_PASSWORD"):
        rules = PasswordRules(settings.password_policy, make_password_blocklist(settings))
        fault = rules.new_password_fault(settings.admin_password, own_words=(settings.admin_id,))
        if fault is not None:
            raise SettingsError([FieldFault("CUSTOMER_ADMIN_PASSWORD", fault)])
    return settings
