"""Runs nginx, Caddy and HAProxy with the recipes of docs/gateways.md, on free ports of loopback."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from typing import Final

from support.http.transports import TIMEOUT
from support.repository.checkout import ROOT
from support.repository.markdown import Document

PAGE: Final = Document(ROOT / "docs" / "gateways.md")
_PATH: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
_MODULES: Final = Path("/usr/lib/nginx/modules")
_HASH_MODULES: Final = ("ndk_http_module.so", "ngx_http_set_misc_module.so")
_CACHE_FOLDER: Final = "/var/cache/nginx/gate"
_NGINX: Final = """
{modules}
user {user};
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    log_format gate '$status $customer_id';
    access_log {folder}/access.log gate;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {http}
}}
"""


@dataclass(frozen=True)
class Place:
    """Where the gateway listens, and where it finds the two services."""

    gateway: int
    customer: int
    product: int
    server: str = ""
    """What nginx's server block has beside the recipe."""

    def put_into(self, recipe: str) -> str:
        """The recipe with this place instead of that of the page."""
        text = recipe.replace("127.0.0.1:30000", f"127.0.0.1:{self.customer}")
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{self.product}")
        text, count = re.subn(r"(?<=[ \n:])8080\b|^:8080", str(self.gateway), text)
        assert count == 1, recipe
        return text


Write = Callable[[Path, Place], Sequence[str]]


def _nginx_recipe(folder: Path, place: Place) -> str:
    recipe = place.put_into(PAGE.blocks("nginx")[0])
    recipe = recipe.replace("listen ", f"{place.server}\n    listen 127.0.0.1:")
    return recipe.replace("/srv/shop", str(folder))


def _run_nginx(folder: Path, http: str, modules: str = "") -> Sequence[str]:
    configuration = folder / "nginx.conf"
    text = _NGINX.format(user=getuser(), folder=folder, http=http, modules=modules)
    configuration.write_text(text, encoding="utf-8")
    return ["nginx", "-p", str(folder), "-e", "error.log", "-c", str(configuration)]


def _nginx(folder: Path, place: Place) -> Sequence[str]:
    return _run_nginx(folder, _nginx_recipe(folder, place))


def _cached_nginx(folder: Path, place: Place) -> Sequence[str]:
    """As the page says: one line more within http, some more in the location of the gate."""
    zone, location = PAGE.blocks("nginx")[1:]
    zone = zone.replace(_CACHE_FOLDER, str(folder / "cache"))
    recipe = _nginx_recipe(folder, place)
    begin = "(?<required_role>.*)$ {"
    assert begin in recipe
    http = zone + recipe.replace(begin, begin + location)
    modules = "".join(f"load_module {_MODULES / name};\n" for name in _HASH_MODULES)
    return _run_nginx(folder, http, modules)


def _caddy(folder: Path, place: Place) -> Sequence[str]:
    (recipe,) = PAGE.blocks("caddyfile")
    site = place.put_into(recipe).replace(str(place.gateway), f"http://:{place.gateway}", 1)
    configuration = folder / "Caddyfile"
    options = "{\nadmin off\nauto_https off\ndefault_bind 127.0.0.1\n}\n"
    configuration.write_text(options + site, encoding="utf-8")
    return ["caddy", "run", "--config", str(configuration), "--adapter", "caddyfile"]


def _haproxy(folder: Path, place: Place) -> Sequence[str]:
    (recipe,), (lua,) = PAGE.blocks("haproxy"), PAGE.blocks("lua")
    script, configuration = folder / "customer-gate.lua", folder / "haproxy.cfg"
    script.write_text(lua.replace("127.0.0.1:30000", f"127.0.0.1:{place.customer}"), "utf-8")
    text = place.put_into(recipe).replace("/etc/haproxy/customer-gate.lua", str(script))
    configuration.write_text(text.replace("bind :", "bind 127.0.0.1:"), "utf-8")
    return ["haproxy", "-db", "-f", str(configuration)]


GATEWAYS: Final[dict[str, Write]] = {
    "nginx": _nginx,
    "nginx-cached": _cached_nginx,
    "caddy": _caddy,
    "haproxy": _haproxy,
}


def what_is_missing(name: str) -> str | None:
    """The program or the module that this gateway lacks here, or None."""
    program = name.partition("-")[0]
    if shutil.which(program, path=_PATH) is None:
        return f"{program}: it is not installed"
    if name == "nginx-cached" and not all((_MODULES / each).exists() for each in _HASH_MODULES):
        return "nginx: its module set-misc is not installed"
    return None


@contextmanager
def running(
    name: str, folder: Path, *, customer: int, product: int, server: str = ""
) -> Iterator[str]:
    """The URL of the gateway ``name``, in front of the services on these place."""
    place = Place(a_free_port(), customer, product, server)
    command = GATEWAYS[name](folder, place)
    environ = {"PATH": _PATH, "HOME": str(folder)}
    with (folder / "gateway.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environ, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            _await_listener(process, place.gateway, folder)
            yield f"http://127.0.0.1:{place.gateway}"
        finally:
            process.terminate()
            try:
                process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def a_free_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _await_listener(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    deadline = time.monotonic() + TIMEOUT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT).close()
        except OSError:
            printed = (folder / "gateway.log").read_text("utf-8", "replace")
            assert process.poll() is None, printed
            assert time.monotonic() < deadline, printed
            time.sleep(0.02)
        else:
            return
