"""What each operation may cost on SQLite: reading transactions, changes, syncs of the disk."""

from typing import Final

from support.dynamodb.operation_budgets import BUDGETS, WITH_FEED

OPERATIONS: Final = {
    **{name: operate for name, (operate, _) in BUDGETS.items()},
    "read of the feed": WITH_FEED["read of the feed"][0],
}
"""Those of the DynamoDB store. The feed is always on, and costs no transaction."""

_NAMES_BY_COST: Final = {
    (1, 0, 0): (
        "add, taken id",
        "get",
        "verify",
        "list sessions",
        "page of the log",
        "registration with a proof, in the background",
        "probe",
        "read of the feed",
    ),
    (3, 0, 0): ("add, repeated with its key",),
    (2, 0, 0): (
        "verify an ended one",
        "verify an unknown one",
        "lock-outs of a customer",
        "own sessions, described",
        "find by address",
    ),
    (0, 1, 0): ("extend", "charge, budget in debt"),
    (0, 2, 0): ("charge and refund",),
    (0, 1, 1): (
        "add, random id",
        "update",
        "password change",
        "password set by an admin",
        "role",
        "logout",
        "end all sessions",
        "refusal in the log",
        "own sessions, end one",
        "own sessions, end the others",
    ),
    (1, 1, 1): (
        "page of customers",
        "add",
        "add, no e-mail key",
        "add, with a key",
        "e-mail change",
        "login by id",
        "login on a known device",
        "login with rehash",
        "login, one expired",
        "login with eviction",
        "delete",
        "unlock",
        "unlock, 3 known devices",
        "own profile",
        "own password",
        "own e-mail, request",
        "own e-mail, completion",
        "own deletion",
        "registration with a proof",
        "proof of the address",
        "forgotten password by id, in the background",
        "forgotten password, completion",
    ),
    (2, 1, 1): ("login by e-mail", "forgotten password by e-mail, in the background"),
    (3, 1, 1): ("export",),
}

COSTS: Final = {name: cost for cost, names in _NAMES_BY_COST.items() for name in names}
