"""``cybershop-customer serve``: the service over HTTP."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Final
from wsgiref.types import WSGIApplication

import click

from ...adapters.extras import MissingExtraError
from ...domain.errors import (
    FieldFault,
    SettingsError,
    StoreFaultError,
    StoreUnavailableError,
)
from ..http.server import Server
from ..http.service_application import STOP_SECONDS, ServiceApplication, make_application
from ..http.serving.listening_sockets import open_listening_sockets
from ..http.serving.open_files import fit_open_files
from ..mail_values import PRINTED
from ..processes.leave import leave
from ..processes.stop_limit import SPARE_SECONDS, end_within
from ..processes.stop_signals import end_at_once_on
from ..settings import Settings
from ..store import make_store
from .command import FAILURE, SUCCESS, CommandFailedError, WrongCallError, command
from .listening import explain_listen_error
from .options import setting_check

SWITCH_SECONDS: Final = 0.001
"""How long a thread may run before another may. Python's 5 milliseconds, times the other request
threads, are what a session check waits during a flood: ``benchmarks/login_storm.py``."""

_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@command(
    examples=[
        "cybershop-customer serve --demo",
        "cybershop-customer serve --demo --keep",
        "CUSTOMER_STORAGE=sqlite cybershop-customer serve --port 8080",
    ],
    without_aws="Without AWS: `cybershop-customer serve --demo` tries it out,"
    " CUSTOMER_STORAGE=sqlite keeps everything in a file, CUSTOMER_STORAGE=memory in this process,"
    " and CUSTOMER_DYNAMODB_ENDPOINT=http://127.0.0.1:8000 uses DynamoDB Local.",
)
@click.option(
    "--demo",
    is_flag=True,
    help="In memory, on this machine alone, with an admin, samples and weak passwords.",
)
@click.option(
    "--keep",
    is_flag=True,
    help="With --demo: keep the data over a restart, in the file that CUSTOMER_SQLITE_PATH names,"
    " by default demo.db.",
)
@click.option(
    "--host",
    callback=setting_check("host"),
    help="Where to listen; wins over CUSTOMER_HOST.",
)
@click.option(
    "--port",
    callback=setting_check("port"),
    help="Where to listen, 0 for any free port; wins over CUSTOMER_PORT.",
)
@click.option(
    "--workers",
    callback=setting_check("workers"),
    help="How many processes serve; wins over CUSTOMER_WORKERS.",
)
def serve(
    *, demo: bool, keep: bool, host: str | None, port: str | None, workers: str | None
) -> int:
    """Serve until SIGINT or SIGTERM. Returns 0 if every in-flight request was answered."""
    environ = _with_options(os.environ, demo=demo, keep=keep, host=host, port=port, workers=workers)
    application = make_application(environ, demo=demo)
    settings = application.settings
    if keep:
        _require_file(settings)
    if settings.workers > 1:
        return _run_workers(application, environ, demo=demo)
    server = _listen(application, settings)
    # CUSTOMER_PORT may be 0; links of the demo name the port.
    settings = replace(settings, port=server.port, check_admin_password=False)
    application.settings = settings
    sys.setswitchinterval(SWITCH_SECONDS)
    for number in _STOP_SIGNALS:
        signal.signal(number, _make_stop_handler(server, settings.stop_seconds))
    application.start()
    _announce(server.url, settings, environ, demo=demo)
    finished = server.run()
    server.close()
    application.stop(max(STOP_SECONDS, server.stop_seconds_left))
    return leave(SUCCESS if finished else FAILURE)


def _run_workers(application: ServiceApplication, environ: Mapping[str, str], *, demo: bool) -> int:
    """Serve with several processes. Returns 0 if every in-flight request was answered."""
    if sys.platform == "win32":
        raise WrongCallError(
            "several workers need a system that forks, which Windows is not. Use one worker, and"
            " several services behind a proxy"
        )
    try:
        from ..workers.arbiter import serve_with_workers  # noqa: PLC0415 (only Unix has it)
    except MissingExtraError as error:
        fault = FieldFault("CUSTOMER_WORKERS", f"above 1 needs another package: {error}")
        raise SettingsError([fault]) from error
    settings = application.settings
    try:
        sockets = open_listening_sockets(settings.host, settings.port)
    except (OSError, ValueError) as error:
        raise explain_listen_error(error, settings.host, settings.port) from error
    sys.setswitchinterval(SWITCH_SECONDS)
    finished = serve_with_workers(
        application,
        sockets,
        lambda url: _announce(url, application.settings, environ, demo=demo),
    )
    return SUCCESS if finished else FAILURE


def _announce(url: str, settings: Settings, environ: Mapping[str, str], *, demo: bool) -> None:
    """Print where the service is, and what the user of a demo must know."""
    print(f"customer listens on {url}", flush=True)
    if demo:
        print(f"Demo: data in {_place(settings)}; weak passwords are allowed.")
        given = environ.get("CUSTOMER_ADMIN_PASSWORD")
        password = "as CUSTOMER_ADMIN_PASSWORD says" if given else settings.admin_password
        print(f"Admin: {settings.admin_id}, password: {password}", flush=True)
        if settings.api_docs:
            print(f"Try it: {url}/docs", flush=True)
    if settings.smtp_url == PRINTED:
        print(
            f"Mail: printed here, with links such as {settings.link_base}/verify-email", flush=True
        )


def _with_options(
    environ: Mapping[str, str],
    *,
    demo: bool,
    keep: bool,
    host: str | None,
    port: str | None,
    workers: str | None,
) -> dict[str, str]:
    """``environ``, changed by the options that win over it."""
    given = {"CUSTOMER_HOST": host, "CUSTOMER_PORT": port, "CUSTOMER_WORKERS": workers}
    if keep:
        if not demo:
            raise WrongCallError(
                "--keep is an option of the demo: add --demo. Without it, CUSTOMER_STORAGE=sqlite"
                " keeps the data in a file, and so does dynamodb on AWS"
            )
        if environ.get("CUSTOMER_STORAGE") not in (None, "", "sqlite"):
            raise WrongCallError(
                "--keep stores in sqlite, but CUSTOMER_STORAGE names another store: leave one out"
            )
        given["CUSTOMER_STORAGE"] = "sqlite"
    return {**environ, **{name: text for name, text in given.items() if text is not None}}


def _require_file(settings: Settings) -> None:
    """Create the demo's file unless it exists, or raise: the demo ends at once without it."""
    storage = make_store(settings).make_storage()
    try:
        storage.probe.probe()
    except (StoreFaultError, StoreUnavailableError) as error:
        path = Path(settings.sqlite_path).absolute()
        raise CommandFailedError(f"cannot keep the data in {path}: {error}") from error
    finally:
        storage.close()


def _place(settings: Settings) -> str:
    """Where the demo keeps its data, and for how long."""
    if settings.storage == "sqlite":
        return f"{Path(settings.sqlite_path).absolute()}, kept over a restart"
    if settings.storage == "memory":
        return "memory, lost at the end (--keep keeps it)"
    return settings.storage


def _listen(application: WSGIApplication, settings: Settings) -> Server:
    try:
        return Server(
            application,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            limits=fit_open_files(settings.server_limits),
        )
    except (OSError, ValueError) as error:
        raise explain_listen_error(error, settings.host, settings.port) from error


def _make_stop_handler(
    server: Server, stop_seconds: float
) -> Callable[[int, FrameType | None], None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # A second signal of either kind ends the process at once.
        end_at_once_on(*_STOP_SIGNALS)
        end_within(stop_seconds + SPARE_SECONDS)
        server.stop()

    return stop
