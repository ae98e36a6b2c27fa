"""``cybershop-customer serve``: the service on HTTP."""

import argparse
import logging
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import FrameType
from typing import Final

from ...domain.errors import FieldFault, SettingsError
from ..container import make_container
from ..demo import add_samples
from ..http.app import create_app
from ..http.preparation import Preparation
from ..http.server import Server
from ..http.serving.host_field import is_loopback
from ..http.serving.open_files import fit_open_files
from ..services import Services
from ..settings import Settings, unknown_settings
from .command import FAILURE, Command
from .leave import leave
from .logs import log_to_stderr

LOGGER: Final = logging.getLogger("cybershop_customer.start")


def _configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--demo",
        action="store_true",
        help="in memory, on this machine alone, with an admin, samples and weak passwords",
    )
    parser.add_argument("--host", help="where to listen; wins over CUSTOMER_HOST")
    parser.add_argument("--port", help="where to listen; wins over CUSTOMER_PORT")


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Serve until SIGINT or SIGTERM. Returns 0 if every request in flight was answered."""
    options_given = {"CUSTOMER_HOST": options.host, "CUSTOMER_PORT": options.port}
    environ = {
        **environ,
        **{name: text for name, text in options_given.items() if text is not None},
    }
    read = Settings.demo_from_environ if options.demo else Settings.from_environ
    settings = read(environ)
    log_to_stderr()
    for sentence in unknown_settings(environ):
        LOGGER.warning(sentence)

    services = make_container(settings).services()
    preparation = Preparation(
        lambda: _prepare(services, settings, demo=options.demo), services.probe
    )
    server = _listen(replace(services, probe=preparation), settings, demo=options.demo)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stopper(server))
    preparation.start()
    print(f"customer listens on {server.url}", flush=True)
    if options.demo:
        print(f"Demo: data in {settings.storage}; weak passwords are allowed.")
        given = environ.get("CUSTOMER_ADMIN_PASSWORD")
        password = "as CUSTOMER_ADMIN_PASSWORD says" if given else settings.admin_password
        print(f"Admin: {settings.admin_id}, password: {password}", flush=True)
    finished = server.run()
    server.close()
    preparation.stop()
    return leave(0 if finished else FAILURE)


def _prepare(services: Services, settings: Settings, *, demo: bool) -> None:
    if settings.admin_id is not None and settings.admin_password is not None:
        services.roles.ensure_admin(settings.admin_id, settings.admin_password)
    if demo:
        add_samples(services.customers)
    services.probe.probe()


def _listen(services: Services, settings: Settings, *, demo: bool) -> Server:
    try:
        return Server(
            create_app(
                services,
                feed_token=settings.session_feed_token,
                # While only this machine reaches the demo, other sites' pages must not either.
                loopback_only=demo and is_loopback(settings.host),
            ),
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            limits=fit_open_files(settings.server_limits),
        )
    except (OSError, ValueError) as fault:
        address = f"{settings.host}:{settings.port}"
        detail = f"or CUSTOMER_HOST: cannot listen on {address}: {fault}"
        raise SettingsError([FieldFault("CUSTOMER_PORT", detail)]) from fault


def _stopper(server: Server) -> Callable[[int, FrameType | None], None]:
    def stop(number: int, _frame: FrameType | None) -> None:
        server.stop()
        # Whoever sends it again means it.
        signal.signal(number, signal.SIG_DFL)

    return stop


COMMAND: Final = Command("serve customers and sessions over HTTP", _configure, _run)
