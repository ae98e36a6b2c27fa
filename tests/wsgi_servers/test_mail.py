"""A worker that ends, under any WSGI server, first delivers the mail that waits."""

from pathlib import Path
from threading import Event

import pytest
from support.http.customer_api import BASE, add
from support.http.transports import TIMEOUT
from support.mail.scripted_server import Conversation, scripted_server
from support.processes.wsgi_servers import SERVERS, family, running

SETTINGS = {
    "CUSTOMER_STORAGE": "memory",
    "CUSTOMER_BCRYPT_ROUNDS": "4",
    "CUSTOMER_MAIL_FROM": "no-reply@shop.test",
    "CUSTOMER_LINK_URL": "https://shop.test",
}
GRACEFUL = {"uwsgi": ("--hook-master-start", "unix_signal:15 gracefully_kill_them_all")}
"""What docs/wsgi.md adds for the mail that waits."""
COUNT = 5


@pytest.mark.parametrize("name", SERVERS)
def test_mail_that_waits_is_delivered_before_a_worker_ends(name: str, tmp_path: Path) -> None:
    reached = Event()

    def greet_late(conversation: Conversation) -> bool:
        reached.set()
        conversation.server.ending.wait(0.5)
        conversation.wfile.write(b"220 mail.shop.test\r\n")
        return True

    with scripted_server({"CONNECT": greet_late}) as mail:
        url = f"smtp://127.0.0.1:{mail.port}"
        options = GRACEFUL.get(family(name), ())
        with running(name, tmp_path, *options, **SETTINGS, CUSTOMER_SMTP_URL=url) as server:
            with server.api() as api:
                for number in range(COUNT):
                    add(api, f"zoe{number}")
                    reset = api.post(f"{BASE}/password-reset", {"customer_id": f"zoe{number}"})
                    assert reset.status == 200
            assert reached.wait(TIMEOUT)
            server.process.terminate()
            server.await_exit()
        delivered = len(mail.contents)

    assert delivered == COUNT, server.log
