"""The settings of a service that is killed under load."""

from typing import Final

from support.consistency.load_over_http import ADMIN_ID, ADMIN_PASSWORD

SETTINGS: Final = {
    "CUSTOMER_ADMIN_ID": ADMIN_ID,
    "CUSTOMER_ADMIN_PASSWORD": ADMIN_PASSWORD,
    "CUSTOMER_BCRYPT_ROUNDS": "4",
    "CUSTOMER_PASSWORD_BLOCKLIST": "false",
    "CUSTOMER_MAX_SESSIONS": "100",
    # A login that a crash interrupts stays charged.
    "CUSTOMER_LOGIN_ATTEMPTS": "100",
}
