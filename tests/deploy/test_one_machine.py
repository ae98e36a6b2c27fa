"""The files of ``deploy/one-machine`` work: settings, units of systemd, nginx, the operator."""

import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import ExitStack, contextmanager
from http.client import HTTPSConnection
from pathlib import Path
from typing import Final

import pytest
from support.http.api import Api
from support.http.certificate import self_signed
from support.http.customer_api import BASE, PASSWORD, add, is_live, log_in
from support.http.transports import TIMEOUT, over_connection, over_http
from support.processes.command import SERVICE_ALONE, Service
from support.processes.nginx import free_port, needs_nginx, running_nginx
from support.repository.checkout import ROOT

from cybershop_customer.entrypoints.settings import SETTINGS, Settings

FOLDER: Final = ROOT / "deploy" / "one-machine"
PROGRAM: Final = "/opt/cybershop-customer/bin/cybershop-customer"
SETTINGS_FILE: Final = "/etc/cybershop-customer/settings.env"
STATE: Final = "/var/lib/cybershop-customer"
BACKUPS: Final = "/var/lib/cybershop-customer-backup"
PAGE: Final = (ROOT / "docs" / "sqlite.md").read_text(encoding="utf-8")
SERVICES: Final = ("cybershop-customer.service", "cybershop-customer-backup.service")
NAME: Final = "customer.shop.example"

ANALYZE: Final = shutil.which("systemd-analyze")
needs_systemd: Final = pytest.mark.skipif(ANALYZE is None, reason="systemd: it is not installed")


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def settings_in(text: str) -> dict[str, str]:
    """The variables of an environment file, as systemd and the shell both read it."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = [re.fullmatch(r"([A-Z_]+)='([^']*)'", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def service_of(name: str) -> dict[str, list[str]]:
    """The section ``[Service]`` of a unit, which may have a key more than once."""
    section = text_of(name).split("[Service]\n")[1].split("\n[")[0]
    found: dict[str, list[str]] = {}
    for line in section.splitlines():
        if line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


class Machine:
    """A machine as the files expect it, inside a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = self.path(PROGRAM)
        # `-m` finds the package that is tested; an installed script might be another one.
        self._write(PROGRAM, f'#!/bin/sh\nexec {sys.executable} -m cybershop_customer "$@"\n')
        self._write("/bin/runuser", '#!/bin/sh\nprintf "%s\\n" "$2" >&2\nshift 3\nexec "$@"\n')
        self.path(STATE).mkdir(parents=True)
        self.path(BACKUPS).mkdir(parents=True)
        self._write(SETTINGS_FILE, self.here(text_of("settings.env")))
        self._write("/customer", self.here(text_of("cybershop-customer")))

    def path(self, absolute: str) -> Path:
        return self.folder / absolute.removeprefix("/")

    def here(self, text: str) -> str:
        """``text`` with the paths of this machine."""
        for absolute in (PROGRAM, SETTINGS_FILE, STATE):
            text = text.replace(absolute, str(self.path(absolute)))
        return text

    def run(self, command: list[str], **variables: str) -> "subprocess.CompletedProcess[str]":
        path = os.pathsep.join((str(self.path("/bin")), "/usr/bin", "/bin"))
        return subprocess.run(
            command,
            env={"PATH": path, "PYTHONPATH": SERVICE_ALONE, **variables},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    def _write(self, absolute: str, text: str) -> None:
        path = self.path(absolute)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def service(machine: Machine) -> Iterator[Service]:
    """The service, started as its unit starts it, on another port."""
    (start,) = service_of("cybershop-customer.service")["ExecStart"]
    program, *arguments = shlex.split(start)
    assert (program, arguments) == (PROGRAM, ["serve"])
    settings = settings_in(machine.path(SETTINGS_FILE).read_text(encoding="utf-8"))
    with ExitStack() as stack:
        yield Service.start(
            stack, "--port", "0", folder=machine.folder, CUSTOMER_BCRYPT_ROUNDS="4", **settings
        )


class TestSettings:
    def test_each_line_is_a_setting_and_each_value_is_valid(self) -> None:
        text = text_of("settings.env")
        suggested = text.replace("#CUSTOMER", "CUSTOMER")

        for variables in (settings_in(text), settings_in(suggested)):
            assert {*variables} <= {its.variable for its in SETTINGS.values()}
            Settings.from_environ(variables)
        assert len(settings_in(suggested)) == text.count("CUSTOMER_") > len(settings_in(text))

    def test_only_this_machine_reaches_the_port_and_the_proxy_has_no_limit_of_its_own(self) -> None:
        settings = Settings.from_environ(settings_in(text_of("settings.env")))

        assert (settings.storage, settings.sqlite_path) == ("sqlite", f"{STATE}/customer.db")
        assert settings.host == settings.trusted_proxies == "127.0.0.1"
        assert settings.connections_per_source == settings.connections
        assert Settings().stop_seconds + 10 == int(
            service_of("cybershop-customer.service")["TimeoutStopSec"][0]
        )


class TestPage:
    """docs/sqlite.md."""

    def test_it_names_every_file(self) -> None:
        names = {path.name for path in FOLDER.iterdir()}
        installed = set(re.findall(r"deploy/one-machine/([\w.*-]+)", PAGE))

        assert names == {name for name in names if any(Path(name).match(it) for it in installed)}
        assert installed - {"*.service", "*.timer"} <= names

    def test_it_has_the_settings_of_the_store(self) -> None:
        for its in SETTINGS.values():
            if its.name == "storage" or its.name.startswith("sqlite"):
                demo = f" (demo: `{its.demo}`)" if its.name == "sqlite_path" else ""
                assert f"| `{its.variable}` | `{its.default}`{demo} |" in PAGE

    def test_it_has_the_times_of_the_units(self) -> None:
        prune, clean = service_of(SERVICES[1])["ExecStartPost"]

        assert "customer-*.db -mtime +30 -delete" in prune
        assert ".customer-*.partial -mtime +0 -delete" in clean
        assert "deleted after 30 days" in " ".join(PAGE.split())
        assert "OnCalendar=*-*-* 03:30" in text_of("cybershop-customer-backup.timer")


class TestUnits:
    @needs_systemd
    def test_systemd_accepts_them(self, machine: Machine) -> None:
        names = [*SERVICES, "cybershop-customer-backup.timer"]
        for name in names:
            machine.path(name).write_text(machine.here(text_of(name)), encoding="utf-8")

        done = machine.run([str(ANALYZE), "verify", *(str(machine.path(name)) for name in names)])

        assert (done.returncode, done.stdout + done.stderr) == (0, "")

    @needs_systemd
    def test_systemd_accepts_the_workers(self, machine: Machine) -> None:
        unit = machine.path(SERVICES[0])
        unit.write_text(machine.here(text_of(SERVICES[0])), encoding="utf-8")
        folder = machine.path(f"{SERVICES[0]}.d")
        folder.mkdir()
        (folder / "workers.conf").write_text(machine.here(text_of("workers.conf")))

        done = machine.run([str(ANALYZE), "verify", str(unit)])

        assert (done.returncode, done.stdout + done.stderr) == (0, "")
        start, reload = re.findall(r"^Exec\w+=(/.+)$", text_of("workers.conf"), re.MULTILINE)
        assert shlex.split(start) == [PROGRAM, "serve", "--workers", "2"]
        assert reload == "/bin/kill -HUP $MAINPID"

    @needs_systemd
    @pytest.mark.parametrize(("name", "highest"), [(SERVICES[0], "15"), (SERVICES[1], "7")])
    def test_they_are_confined(self, name: str, highest: str, tmp_path: Path) -> None:
        """The exposure is 1.4 and 0.6 of 10 with systemd 252; its threshold is in tenths."""
        command = [str(ANALYZE), "security", "--offline=yes", f"--threshold={highest}"]
        done = subprocess.run(
            [*command, str(FOLDER / name)], capture_output=True, cwd=tmp_path, check=False
        )

        assert done.returncode == 0, done.stdout.decode()

    def test_the_backup_is_confined_as_the_service_is(self) -> None:
        service, backup = (service_of(name) for name in SERVICES)
        own = {"ExecStart", "Restart", "RestartSec", "RestartPreventExitStatus", "TimeoutStopSec"}
        own |= {"StateDirectory", "RestrictAddressFamilies"}

        assert {key: backup.get(key) for key in service.keys() - own} == {
            key: value for key, value in service.items() if key not in own
        }

    def test_the_timer_starts_the_backup(self) -> None:
        timer = ConfigParser()
        timer.read_string(text_of("cybershop-customer-backup.timer"))

        assert timer["Timer"]["Persistent"] == "yes"
        assert timer["Install"]["WantedBy"] == "timers.target"


def test_the_service_starts_with_its_settings_and_the_operator_names_an_admin(
    service: Service, machine: Machine
) -> None:
    file = machine.path(f"{STATE}/customer.db")
    with over_http(service.url) as send:
        api = Api(send)
        assert api.get("/readyz").status == 200
        assert file.stat().st_mode & 0o777 == 0o600
        add(api, "boss", password=PASSWORD)

        done = machine.run([str(machine.path("/customer")), "role", "grant", "boss"])

        assert done.returncode == 0, done.stderr
        assert done.stderr.splitlines()[0] == "cybershop-customer", "the user of the command"
        session = api.get(f"{BASE}/session", bearer=log_in(api, "boss"))
        assert session.json["roles"] == ["admin"]


@contextmanager
def https(port: int, trusted: Path, client: str) -> Iterator[Api]:
    """Sends requests over TLS from the address ``client`` of loopback."""
    context = ssl.create_default_context(cafile=str(trusted))
    connection = HTTPSConnection(
        "127.0.0.1", port, timeout=TIMEOUT, context=context, source_address=(client, 0)
    )
    with over_connection(connection) as send:
        yield Api(send)


@needs_nginx
def test_nginx_passes_requests_over_tls_and_says_who_sent_them(
    service: Service, tmp_path: Path
) -> None:
    _, trusted = self_signed(tmp_path)
    port, plain_port = free_port(), free_port()
    servers = text_of("nginx.conf")
    assert servers.count(NAME) == 5
    certificate = f"/etc/letsencrypt/live/{NAME}"
    for printed, here in {
        f"{certificate}/fullchain.pem": str(trusted),
        f"{certificate}/privkey.pem": str(tmp_path / "key.pem"),
        "listen 80;": f"listen 127.0.0.1:{plain_port};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "127.0.0.1:30000": f"127.0.0.1:{service.port}",
    }.items():
        assert servers.count(printed) == 1, printed
        servers = servers.replace(printed, here)
    servers = re.sub(r"listen \[::\].*", "", servers)

    with running_nginx(tmp_path, servers, port):
        forged = {"X-Forwarded-For": "198.51.100.1", "Forwarded": "for=198.51.100.2"}
        with https(port, trusted, "127.0.0.2") as api:
            add(api, "zoe")
            context_id = log_in(api, "zoe")
            assert is_live(api, context_id)
            answer = api.get(f"{BASE}/session", bearer=context_id, headers=forged)
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
            assert api.get("/readyz").status == 404
            assert api.post(BASE, body=b"x" * 65_537).status == 413
        with over_http(f"http://127.0.0.1:{plain_port}") as send:
            assert Api(send).get(f"{BASE}/session", bearer=context_id).status == 403

    service.signal()
    assert service.wait() == 0
    requests = [line for line in service.log_lines if line["message"] == "request"]
    assert {line["source"] for line in requests} == {"127.0.0.2"}


def test_the_units_command_makes_a_backup_while_the_service_runs_and_it_can_be_restored(
    service: Service, machine: Machine
) -> None:
    (command,) = service_of(SERVICES[1])["ExecStart"]
    # systemd replaces `$$` and `%%` before it runs a command.
    words = shlex.split(machine.here(command).replace("$$", "$").replace("%%", "%"))
    settings = settings_in(machine.path(SETTINGS_FILE).read_text(encoding="utf-8"))
    with over_http(service.url) as send:
        add(Api(send), "zoe", password=PASSWORD)

        forgotten = (".customer-x.partial", "customer-2020-01-01T03-30-00Z.db")
        for name in forgotten:
            path = machine.path(f"{BACKUPS}/{name}")
            path.touch()
            os.utime(path, (0, 0))
        done = machine.run(words, **settings)

        assert done.returncode == 0, done.stderr
        for command in service_of(SERVICES[1])["ExecStartPost"]:
            assert machine.run(shlex.split(machine.here(command))).returncode == 0
        (backup,) = machine.path(BACKUPS).iterdir()
        assert re.fullmatch(r"customer-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.db", backup.name)
        assert backup.stat().st_mode & 0o777 == 0o600
        add(Api(send), "ann", password=PASSWORD)
    service.signal()
    assert service.wait() == 0

    operator = str(machine.path("/customer"))
    assert machine.run([operator, "restore", str(backup)]).returncode == 0
    found = [machine.run([operator, "export", name]).returncode for name in ("zoe", "ann")]
    assert found == [0, 1]
