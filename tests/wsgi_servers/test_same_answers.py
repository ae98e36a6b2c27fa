"""Every answer of the service under another server is the one that the application gives."""

import re
from pathlib import Path
from typing import Final

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import add
from support.http.every_answer import ADMIN_PASSWORD, METHODS, every_answer, paths_of
from support.http.transports import in_process
from support.processes.wsgi_servers import family, running

from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.http.service_application import make_application
from cybershop_customer.entrypoints.settings import Settings

pytestmark = pytest.mark.slow

SETTINGS: Final = {
    "CUSTOMER_STORAGE": "memory",
    "CUSTOMER_BCRYPT_ROUNDS": "4",
    "CUSTOMER_ADMIN_ID": "admin",
    "CUSTOMER_ADMIN_PASSWORD": ADMIN_PASSWORD,
    "CUSTOMER_ID_REUSE": "true",
    "CUSTOMER_UNIQUE_EMAIL": "false",
    "CUSTOMER_SOURCE_REGISTRATIONS": "0",
    "CUSTOMER_SESSION_FEED": "true",
    "CUSTOMER_SESSION_FEED_TOKEN": "0123456789abcdef0123456789ABCDEF",
    "CUSTOMER_INTROSPECTION_TOKENS": "cart=ABCDEF0123456789abcdef0123456789",
    "CUSTOMER_API_DOCS": "true",
}
OF_THE_SERVER: Final = {"date", "server", "connection", "transfer-encoding", "content-length"}
"""Headers that a server adds by its own rules (RFC 9110, 6.6.1; RFC 9112, 6 and 9)."""
CHANGING: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # the id of a request or a record
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
    r"|\b\d{6,}\b"  # a version
    r'|(?<=")[A-Za-z0-9_-]{22}(?=")|[A-Za-z0-9_-]{43}(?=[."])'  # an id or a secret of a session
    r'|(?<=")[A-Za-z0-9_-]{6}(?=")',  # the beginning of the id of one that ended
    re.ASCII,
)
FROM_HERE: Final = {"REMOTE_ADDR": "127.0.0.1"}


METHODS_OF: Final = {
    "gunicorn": METHODS,
    # It may close the connection without an answer to CONNECT.
    "granian": tuple(method for method in METHODS if method != "CONNECT"),
}


def comparable(answer: Answer) -> tuple[int, dict[str, str], str]:
    """The answer without what differs between two runs."""
    headers = {
        name: CHANGING.sub("*", value)
        for name, value in answer.headers.items()
        if name not in OF_THE_SERVER
    }
    return answer.status, headers, CHANGING.sub("*", answer.body.decode())


@pytest.mark.parametrize("name", ["granian", "gunicorn-gthread"])
def test_every_answer_is_the_one_of_the_application(name: str, tmp_path: Path) -> None:
    methods = METHODS_OF[family(name)]
    paths = paths_of(make_container(Settings.from_environ(SETTINGS)))

    application = make_application(SETTINGS)
    with in_process(lambda environ, start: application(FROM_HERE | environ, start)) as send:
        api = Api(send)
        add(api, "zoe")
        wanted = [comparable(answer) for answer in every_answer(api, paths, methods)]
    # A new connection for each request: a server may close one that has an unread body.
    with running(name, tmp_path, **SETTINGS) as server, server.api() as api:
        add(api, "zoe")
        found = [comparable(answer) for answer in every_answer(api, paths, methods)]

    assert len(found) > 1000
    differing = [pair for pair in zip(wanted, found, strict=True) if pair[0] != pair[1]]
    assert differing == []
