"""A child does not hang if it is forked while another thread of the parent builds or imports."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from threading import Event, Thread

import pytest
from support.dynamodb.stub_store import stub_store
from support.http.range_api import range_api
from support.http.raw_server import Conversation, raw_server, say
from support.http.session_replies import refusal
from support.processes.forks import in_child

from cybershop_customer.adapters.common_passwords.password_blocklist import CommonPasswordBlocklist
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings


def test_a_container_that_is_being_built() -> None:
    container = make_container(Settings.demo_from_environ({}))
    building = Event()
    results: list[object] = []

    def slow_storage() -> object:
        building.set()
        # The fork waits until this function returns.
        Event().wait(0.3)
        return memory_storage()

    container.storage.override(type(container.clock)(slow_storage))
    thread = Thread(target=lambda: results.append(container.services()))
    thread.start()
    assert building.wait(30)

    def child() -> str:
        container.services().probe.probe()
        return "serves"

    assert in_child(child) == "serves"

    thread.join(30)
    assert len(results) == 1


def test_a_password_list_that_is_being_loaded() -> None:
    blocklist = CommonPasswordBlocklist()
    begun = Event()

    def load() -> None:
        begun.set()
        blocklist.contains("password")

    thread = Thread(target=load)
    thread.start()
    assert begun.wait(30)

    assert in_child(lambda: blocklist.contains("password")) is True
    thread.join(30)


def test_a_look_up_of_breached_passwords_that_waits() -> None:
    """A child asks over a connection of its own, while a thread of the parent waits."""
    asked, ending = Event(), Event()

    def wait_then_answer(conversation: Conversation) -> None:
        asked.set()
        ending.wait(30)
        range_api(["known to thieves"])(conversation)

    with raw_server(range_api(["known to thieves"]), wait_then_answer) as server:
        settings = replace(
            Settings.demo_from_environ({}),
            breached_passwords_url=f"{server.url}/range",
            breached_passwords_seconds=10,
            threads=4,
        )
        breached = make_container(settings).breached_passwords()
        assert breached.contains("known to thieves")
        thread = Thread(target=lambda: breached.contains("known to thieves"))
        thread.start()
        assert asked.wait(30)
        # From here on, each answer comes at once.
        server.acts[:] = [range_api(["known to thieves"])]

        # The parent's only place is taken; the child has places of its own.
        assert breached.contains("known to thieves") is False
        assert in_child(lambda: breached.contains("known to thieves")) is True
        ending.set()
        thread.join(30)
        breached.close()


FIRST_CALLS: dict[str, str] = {
    "http": """
from cybershop_customer.entrypoints.session_checkers import http_session_checker
made = http_session_checker(sys.argv[1])
call = lambda: made.check_session("a" * 43 + ".zoe")
""",
    "dynamodb": """
from cybershop_customer.entrypoints.session_checkers import dynamodb_session_checker
made = dynamodb_session_checker(sys.argv[1])
call = lambda: made.check_session("a" * 43 + ".zoe")
""",
    "memory": """
from cybershop_customer.entrypoints.container import memory_container
made = memory_container().services()
def call():
    made.customers.add_customer(customer_id="zoe", email="zoe@shop.example", password="a secret")
    login = made.sessions.login(customer_id="zoe", password="a secret")
    made.sessions.logout(login.context_id)
    made.sessions.check_session(login.context_id)
""",
}
_BEGIN = "import sys\n"
_END = """
before = set(sys.modules)
try:
    call()
except Exception as error:
    print(type(error).__name__)
print(sorted(set(sys.modules) - before))
"""


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a session is refused, in the words of DynamoDB or of the service."""
    with stub_store() as store, raw_server(say(refusal("unknown", "a" * 43 + ".zoe"))) as service:
        urls = {"http": service.url, "dynamodb": store.url, "memory": ""}
        yield urls[request.param].replace("127.0.0.1", "localhost")


@pytest.mark.parametrize(
    ("case", "endpoint"),
    [(case, name) for name, case in FIRST_CALLS.items()],
    indirect=["endpoint"],
    ids=FIRST_CALLS,
)
def test_the_first_call_imports_nothing(case: str, endpoint: str) -> None:
    """A child that is forked during an import would wait forever for the import's end."""
    run = subprocess.run(
        [sys.executable, "-c", _BEGIN + case + _END, endpoint],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.stdout, run.stderr) == ("SessionRefusedError\n[]\n", "")
