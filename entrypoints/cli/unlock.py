"""``cybershop-customer customers unlock``: let a customer log in again, as the operator."""

import os

from .command import command
from .lockouts import lockouts_json, lockouts_text
from .operator import system_operator
from .options import customer_id_argument, json_option
from .output import print_json
from .shared_store import shared_container


@command(
    summary="let a customer log in again after too many failures",
    examples=["cybershop-customer customers unlock zoe"],
)
@customer_id_argument
@json_option
def unlock(customer_id: str, *, as_json: bool) -> None:
    """Unlock the customer in the store that the settings name."""
    with shared_container(os.environ) as container:
        throttle, actor = container.throttle(), system_operator()
        lockouts = throttle.read_lockouts(customer_id, actor=actor)
        throttle.unlock(customer_id, actor=actor)
    if as_json:
        ended = lockouts_json(lockouts)
        print_json({"customer_id": customer_id, "unlocked": True, "lockouts": ended})
    elif lockouts:
        refused = lockouts_text(lockouts)
        print(f"Customer {customer_id} is unlocked. Logins were refused {refused}.")
    else:
        print(f"Customer {customer_id} was not locked. No failed login counts any more.")
