"""``cybershop-customer sessions``: list and end the sessions of a customer, as the operator."""

import os
from collections.abc import Mapping

import click

from ..session_json import details_json
from .command import CliGroup, command
from .confirm import confirm
from .operator import system_operator
from .options import customer_id_argument, json_option, yes_option
from .output import print_json, print_table, whole_seconds
from .shared_store import shared_container


@command(
    only_prints=True,
    summary="list the live sessions of a customer, oldest first",
    examples=[
        "cybershop-customer sessions list zoe",
        "cybershop-customer sessions list zoe --json",
    ],
)
@customer_id_argument
@json_option
def _list(customer_id: str, *, as_json: bool) -> None:
    """List the sessions. What opens a session is not shown; the store does not have it."""
    with shared_container(os.environ) as container:
        described = container.sessions().describe_sessions(customer_id, actor=system_operator())
    found: list[Mapping[str, object]] = [details_json(details) for details in described]
    if as_json:
        print_json(found)
        return
    columns = ("session_id", "issued_at", "expires_at", "source", "user_agent", "device")
    times = [
        {
            "issued_at": whole_seconds(details.session.issued_at),
            "expires_at": whole_seconds(details.session.expires_at),
        }
        for details in described
    ]
    rows = [{**row, **time} for row, time in zip(found, times, strict=True)]
    print_table(columns, [[str(row[name] or "") for name in columns] for row in rows])


@command(
    summary="end one session of a customer, or all",
    examples=[
        "cybershop-customer sessions end zoe",
        "cybershop-customer sessions end zoe --yes",
        "cybershop-customer sessions end zoe kPq2J0nZ3TqUuRzN1mXb0w",
    ],
)
@customer_id_argument
@click.argument(
    "session_id", required=False, help="One that `sessions list` shows; without it, all are ended."
)
@yes_option
@json_option
def _end(customer_id: str, session_id: str | None, *, yes: bool, as_json: bool) -> int:
    """End sessions. Returns the exit status."""
    named = "every session" if session_id is None else f"the session {session_id}"
    with shared_container(os.environ) as container:
        sessions, actor = container.sessions(), system_operator()
        status = confirm(f"End {named} of the customer {customer_id}? [y/N] ", yes=yes)
        if status:
            return status
        if session_id is None:
            count = len(sessions.list_sessions(customer_id, actor=actor))
            # Without a session too: this also makes a link useless that a thief has asked for.
            sessions.end_sessions(customer_id, actor=actor)
        else:
            sessions.end_session(customer_id, session_id, actor=actor)
            count = 1
    if as_json:
        print_json(
            {
                "customer_id": customer_id,
                "session_id": session_id,
                "ended": True,
                "sessions": count,
            }
        )
    elif session_id is not None:
        print(f"The session {session_id} of the customer {customer_id} is ended.")
    elif count:
        print(f"Sessions of the customer {customer_id} that are ended: {count}.")
    else:
        print(
            f"The customer {customer_id} had no session. A link that was sent to prove an address"
            " works no more."
        )
    return 0


sessions = CliGroup().add({"list": _list, "end": _end})
