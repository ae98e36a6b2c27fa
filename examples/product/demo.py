"""Runs the customer service and the product service, and shows who may change the products.

    python demo.py [--customer-port 30000] [--product-port 30001]

Both are real processes on this machine; without a port each takes a free one. Exits with 0 if
every answer was as expected. Whatever happens, both are stopped at the end.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, Any, Final
from urllib.parse import urlsplit

from cybershop_customer import CustomerServiceError
from cybershop_customer.entrypoints.client import CustomerClient, HttpCustomerClient

HERE: Final = Path(__file__).parent
TIMEOUT: Final = 30.0
"""Seconds for a start, for an answer and for a stop; each needs far less."""
ADMIN: Final = {"customer_id": "admin", "password": "demo-admin"}
"""Whom ``cybershop-customer serve --demo`` lets in."""
SHOPPER: Final = {"customer_id": "zoe", "password": "open sesame"}
ONE_SPOON: Final = {"product_id": "spoon"}
SPOON: Final = ONE_SPOON | {"name": "Spoon", "price": "1.50"}


class UnexpectedError(Exception):
    """Something was not as this demonstration promises."""


@dataclass(frozen=True)
class Process:
    """A service that was started here."""

    name: str
    process: "subprocess.Popen[str]"
    log: IO[str]

    @classmethod
    def start(cls, stack: ExitStack, name: str, command: list[str], **environ: str) -> "Process":
        """Start a service, which ``stack`` stops."""
        log = stack.enter_context(TemporaryFile("w+"))  # noqa: SIM115 (it is one)
        kept = {key: text for key, text in os.environ.items() if not key.startswith("CUSTOMER_")}
        process = subprocess.Popen(  # noqa: S603 (the commands below)
            [sys.executable, *command],
            cwd=HERE,
            env=kept | environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        started = cls(name, process, log)
        stack.callback(started.stop)
        return started

    def url(self) -> str:
        """Where it listens, which is the first thing that it prints."""
        stdout = self.process.stdout
        hangs = Timer(TIMEOUT, self.process.kill)
        hangs.start()
        try:
            line = stdout.readline() if stdout is not None else ""
        finally:
            hangs.cancel()
        said, _, url = line.strip().partition(" listens on ")
        if said != self.name or not url:
            self.log.seek(0)
            raise UnexpectedError(f"{self.name} did not start:\n{line}{self.log.read()}")
        print(f"{self.name} listens on {url}")
        return url

    def stop(self) -> None:
        """Let it finish what it is doing, and end it if it does not."""
        self.process.terminate()
        try:
            self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def call(
    what: str, expected: int, method: str, url: str, message: Mapping[str, str]
) -> dict[str, Any]:
    """Send a message, print what came of it, and return the answer.

    Raises:
        UnexpectedError: its status is not ``expected``.
    """
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=TIMEOUT)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request(method, parts.path, json.dumps(message), headers)
        response = connection.getresponse()
        status, answer = response.status, dict(json.loads(response.read()))
    except (OSError, HTTPException, ValueError, TypeError) as error:
        raise UnexpectedError(f"{what}: no answer from {url}: {error}") from error
    finally:
        connection.close()
    reason = answer.get("reason") or answer.get("detail") or answer.get("message")
    print(f"{what:<36} {method:<6} {parts.path:<24} {status} {reason}")
    if status != expected:
        raise UnexpectedError(f"{what}: expected {expected}, not {status}")
    return answer


def show(customer: str, product: str) -> None:
    """Send one request after the other.

    Raises:
        UnexpectedError: one was not answered as expected.
    """
    products = f"{product}/api/v1/product/"
    try:
        with HttpCustomerClient(customer) as client:
            admin = log_in(client, "The admin", **ADMIN)
            call("... adds a product", 200, "POST", products, admin | SPOON)
            call(
                "... raises its price", 200, "PUT", products, admin | ONE_SPOON | {"price": "1.80"}
            )
            call("... deletes it", 200, "DELETE", products, admin | ONE_SPOON)

            client.add_customer(email="zoe@shop.test", **SHOPPER)
            zoe = log_in(client, "A new customer", **SHOPPER)
            call("... is no admin, and refused", 403, "POST", products, zoe | SPOON)
            call("A request without a session is refused", 401, "POST", products, SPOON)

            client.logout(admin["context_id"])
            print("The admin logs out")
            call("... is refused at once", 401, "POST", products, admin | SPOON)
    except CustomerServiceError as error:
        raise UnexpectedError(f"the customer service refused: {error}") from error


def log_in(client: CustomerClient, who: str, *, customer_id: str, password: str) -> dict[str, str]:
    """What every message of this customer carries from now on."""
    login = client.login(customer_id=customer_id, password=password)
    print(f"{who} logs in as {customer_id}")
    return {"customer_id": login.session.customer_id, "context_id": login.context_id}


def main(arguments: list[str]) -> int:
    """Start both, show it, stop both. 0 if all was as expected."""
    parser = argparse.ArgumentParser(description="Who may change the products?")
    parser.add_argument("--customer-port", default="0", help="0, the default: a free one")
    parser.add_argument("--product-port", default="0", help="likewise")
    ports = parser.parse_args(arguments)
    # So that both are stopped also when this is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with ExitStack() as stack:
            command = ["-m", "cybershop_customer", "serve", "--demo", "--port", ports.customer_port]
            customer = Process.start(stack, "customer", command).url()
            settings = {"PRODUCT_PORT": ports.product_port, "CUSTOMER_URL": customer}
            product = Process.start(stack, "product", ["product_service.py"], **settings).url()
            show(customer, product)
    except UnexpectedError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print("All as expected; both services are stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
