"""The runbook: its commands work one after the other, and it has every alert and line of the log.

systemd, sudo and the paths of the machine are stand-ins. The service behind them is a real one,
with its settings in a file.
"""

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from support.http.api import Api
from support.http.customer_api import BASE, PASSWORD, add, is_live, log_in
from support.http.transports import TIMEOUT, over_http
from support.processes.command import environ
from support.processes.nginx import free_port
from support.repository.checkout import ROOT, sources
from support.repository.log_calls import log_calls
from support.repository.markdown import Document

PAGE: Final = Document(ROOT / "docs" / "operations.md")
OLD: Final = "0123456789abcdef0123456789ABCDEF"
NEW: Final = "8c1f60d2a97b34e5f02d7b96ac58e13f"
OLD_SECRET, NEW_SECRET = OLD[::-1], NEW[::-1]
ADMIN_PASSWORD: Final = "correct battery staple"

PROGRAMS: Final = {
    "sudo": 'exec "$@"',
    "cybershop-customer": """
        set -a; . "$MACHINE/settings.env"; set +a
        exec "$PYTHON" -m cybershop_customer "$@" """,
    "journalctl": 'cat "$MACHINE/log"',
    "systemctl": """
        case $1-$2 in
        start-*-backup)
            exec cybershop-customer backup "$MACHINE/backups/customer-$(date -u +%s%N).db" ;;
        esac
        case $1 in stop | restart)
            kill "$(cat "$MACHINE/pid")"
            while kill -0 "$(cat "$MACHINE/pid")" 2>/dev/null; do sleep 0.05; done ;;
        esac
        case $1 in start | restart)
            cybershop-customer serve --host 127.0.0.1 --port "$PORT" \\
                >"$MACHINE/out" 2>>"$MACHINE/log" &
            echo $! >"$MACHINE/pid"
            until curl -sf "http://127.0.0.1:$PORT/readyz" >/dev/null; do
                kill -0 $! || { cat "$MACHINE/log"; exit 1; }
                sleep 0.05
            done ;;
        esac""",
}


class Machine:
    """A machine with the service, and the operator's shell on it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = folder / "programs"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.desk = folder / "desk"
        for made in (self._programs, self.desk, folder / "backups"):
            made.mkdir()
        for name, text in PROGRAMS.items():
            program = self._programs / name
            program.write_text(f"#!/bin/sh\nset -eu\n{text}\n")
            program.chmod(0o755)
        self._settings = {
            "CUSTOMER_STORAGE": "sqlite",
            "CUSTOMER_SQLITE_PATH": str(folder / "customer.db"),
            "CUSTOMER_BCRYPT_ROUNDS": "4",
            "CUSTOMER_ADMIN_ID": "admin",
            "CUSTOMER_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "CUSTOMER_SESSION_FEED": "true",
            "CUSTOMER_SESSION_FEED_TOKEN": OLD,
            "CUSTOMER_INTROSPECTION_TOKENS": f"orders={OLD_SECRET}",
        }
        self.writes()

    def writes(self, **settings: str) -> None:
        """Write these settings into ``settings.env`` too, as the operator does by hand."""
        self._settings |= settings
        lines = [f"{name}='{value}'\n" for name, value in self._settings.items()]
        (self._folder / "settings.env").write_text("".join(lines))

    def shell(self, block: str) -> str:
        """Run a block of the page; what it printed. It must succeed."""
        RAN.add(block)
        block = block.replace("30000", str(self.port))
        block = block.replace("/var/lib/cybershop-customer-backup", str(self._folder / "backups"))
        variables = environ(
            PATH=f"{self._programs}:{os.environ['PATH']}",
            MACHINE=str(self._folder),
            PYTHON=sys.executable,
            PORT=str(self.port),
        )
        with (self._folder / "printed").open("w+") as printed:
            # To a file: the service that a block starts keeps the output open.
            done = subprocess.run(
                ["sh", "-eu", "-c", block],
                cwd=self.desk,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                timeout=TIMEOUT,
                check=False,
            )
            printed.seek(0)
            text = printed.read()
        assert done.returncode == 0, text
        return text

    def runs(self, section: str) -> list[str]:
        """Run each block of a section; what each printed."""
        return [self.shell(block) for block in BLOCKS[section]]

    def stop(self) -> None:
        try:
            os.kill(int((self._folder / "pid").read_text()), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            return


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", PAGE.text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


BLOCKS: Final = {
    title: blocks
    for title, text in sections().items()
    if (blocks := re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
}
LOGIN, ROLE, LOGOUT = BLOCKS["Log in as an admin"]
AT_THE_TERMINAL: Final = "sudo cybershop-customer customers update zoe --password\n"
"""It asks for a password on a terminal, which no test has here; ``tests/cli`` types one."""
RAN: Final[set[str]] = set()
"""What ``Machine.shell`` has run in this process."""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    try:
        machine.shell("systemctl start cybershop-customer")
        yield machine
    finally:
        machine.stop()


@pytest.fixture
def api(machine: Machine) -> Iterator[Api]:
    with over_http(machine.url) as send:
        api = Api(send)
        assert add(api, "zoe").status == 200
        yield api


@pytest.fixture
def admin(machine: Machine) -> None:
    (machine.desk / "login.json").write_text(
        f'{{"customer_id": "admin", "password": "{ADMIN_PASSWORD}"}}'
    )
    machine.shell(LOGIN)


pytestmark_machine: Final = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl: it is not installed"),
]


class TestCommands:
    """The last test looks at what the others ran."""

    pytestmark = pytestmark_machine

    def test_the_first_look_and_the_unlocking(self, machine: Machine, api: Api) -> None:
        looked = machine.runs("Look first")
        for _ in range(15):
            api.put(f"{BASE}/login", {"customer_id": "zoe", "password": "wrong"})
        assert api.put(f"{BASE}/login", {"customer_id": "zoe", "password": PASSWORD}).status == 429

        unlocked = machine.runs("Unlock a customer")

        assert '"message": "request"' in looked[0]
        (said,) = unlocked
        assert "logins\trefused: by id until 20" in said
        assert "Customer zoe is unlocked. Logins were refused by id until 20" in said
        assert api.put(f"{BASE}/login", {"customer_id": "zoe", "password": PASSWORD}).status == 200

    def test_what_an_admin_does_for_a_customer(
        self, machine: Machine, api: Api, admin: None
    ) -> None:
        again = log_in(api, "zoe")
        with_shell, without = BLOCKS["End the sessions of a customer"]
        machine.shell(without)
        assert not is_live(api, again)
        session = log_in(api, "zoe")
        assert machine.shell(with_shell)
        assert not is_live(api, session)

        (machine.desk / "password.json").write_text('{"password": "winter is over"}')
        _, without = BLOCKS["Reset a password"]
        machine.shell(without)
        message = {"customer_id": "zoe", "password": "winter is over"}
        assert api.put(f"{BASE}/login", message).status == 200

        by_command, records, exported = machine.runs("Read the audit log")
        assert "update_customer" in by_command
        assert '"operation_name": "update_customer"' in records
        assert exported == ""
        assert '"zoe"' in (machine.desk / "zoe.json").read_text()
        assert "has the role admin" in machine.shell(ROLE)
        machine.shell(LOGOUT)
        assert [path.name for path in machine.desk.iterdir()] == ["zoe.json"]

    def test_a_backup_is_restored(self, machine: Machine, api: Api) -> None:
        (made,) = machine.runs("Back up")
        assert made.splitlines()[-1].endswith(".db")
        assert add(api, "ann").status == 200

        machine.runs("Restore")

        with over_http(machine.url) as send:
            again = Api(send)
            assert log_in(again, "zoe")
            message = {"customer_id": "ann", "password": PASSWORD}
            assert again.put(f"{BASE}/login", message).status == 401

    def test_each_secret_is_rotated(self, machine: Machine, api: Api) -> None:
        make, restart = BLOCKS["Rotate the secrets"]
        assert re.fullmatch(r"[0-9a-f]{64}\n", machine.shell(make))

        def served(**settings: str) -> tuple[str, list[int], list[int]]:
            """What ``doctor`` says, and the answers to the old and to the new secrets."""
            machine.writes(**settings)
            printed = machine.shell(restart)
            with over_http(machine.url) as send:
                asked = Api(send)
                answers = [
                    [feed(asked, token), introspection(asked, secret)]
                    for token, secret in ((OLD, OLD_SECRET), (NEW, NEW_SECRET))
                ]
            return printed, answers[0], answers[1]

        both = served(
            CUSTOMER_SESSION_FEED_TOKEN=f"{OLD},{NEW}",
            CUSTOMER_INTROSPECTION_TOKENS=f"orders={OLD_SECRET},orders={NEW_SECRET}",
        )
        alone = served(
            CUSTOMER_SESSION_FEED_TOKEN=NEW,
            CUSTOMER_INTROSPECTION_TOKENS=f"orders={NEW_SECRET}",
            CUSTOMER_ADMIN_PASSWORD="another horse battery",
        )

        assert re.search(r"feed tokens.*\b2\b", both[0])
        assert both[1:] == ([200, 200], [200, 200])
        assert alone[1:] == ([401, 401], [200, 200])
        with over_http(machine.url) as send:
            for password, status in ((ADMIN_PASSWORD, 401), ("another horse battery", 200)):
                message = {"customer_id": "admin", "password": password}
                assert Api(send).put(f"{BASE}/login", message).status == status

    def test_each_command_of_the_page_was_run(self, request: pytest.FixtureRequest) -> None:
        """It is the last test of this class, and needs the others."""
        names = {name for name in vars(TestCommands) if name.startswith("test_")}
        chosen = {
            item.originalname
            for item in request.session.items
            if isinstance(item, pytest.Function) and item.cls is TestCommands
        }
        if chosen != names:
            pytest.skip("some tests of this class were not chosen")
        printed = {block for blocks in BLOCKS.values() for block in blocks}
        assert printed - RAN == {AT_THE_TERMINAL}


def feed(api: Api, token: str) -> int:
    """The status of the answer to a follower with ``token``."""
    return api.get(f"{BASE}/session/feed", bearer=token).status


def introspection(api: Api, secret: str) -> int:
    """The status of the answer to a service that asks with ``secret``."""
    headers = {
        "Authorization": f"Bearer {secret}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    path = f"{BASE}/session/introspect"
    return api.post(path, body=b"token=unknown", headers=headers).status


def table(section: str) -> list[list[str]]:
    """The rows of the tables of a section."""
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
        for line in sections()[section].splitlines()
        if line.startswith("| ")
    ]
    return [row for row in rows if row[0] not in {"line", "alert"}]


def test_each_alert_has_a_row_and_each_row_is_an_alert() -> None:
    rules: list[dict[str, Any]] = [
        rule
        for path in sorted((ROOT / "deploy" / "prometheus").glob("*.y*ml"))
        for group in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("groups", ())
        for rule in group["rules"]
    ]
    alerts = sorted(rule["alert"] for rule in rules if "alert" in rule)
    assert sorted(row[0].strip("`") for row in table("Alerts")) == alerts


def told() -> list[str]:
    """The lines of the log that the page explains."""
    return [row[0].strip("`").replace("`", "'") for row in table("What the log says")]


def test_each_line_of_the_log_that_warns_is_on_the_page() -> None:
    """A message that is all ``…`` is a line of another module, which the page has too."""
    warned = {
        call.message.replace("`", "'")
        for call in log_calls()
        if call.level not in {"DEBUG", "INFO", "varies"} and call.message != "…"
    }

    assert len(warned) > 20
    assert warned - {*told()} == set()


def test_no_line_is_on_the_page_twice() -> None:
    assert [line for line, count in Counter(told()).items() if count > 1] == []


def test_each_line_on_the_page_is_one_of_the_log() -> None:
    literals = [
        re.sub(r"%(?:\.\d+)?[a-z]|\{[^}]*\}", "…", text.replace("`", "'"))
        for path in sources()
        for text in _texts(ROOT / path)
    ]
    assert [line for line in told() if line not in literals] == []


def _texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (it.value if isinstance(it, ast.Constant) else "…" for it in node.values)
            yield "".join(map(str, parts))
