"""A system in a process of its own, so that no other system's memory and threads are in the way."""

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from measured import AT_ONCE_SECONDS, WATCH_SECONDS
from system import CUSTOMERS, Answer, Prepare, Prepared

ROUND_SECONDS = 0.08
"""Of CPU time."""
LEAVING = "customer-10"
"""The customer who logs out; an admin. No round asks for this session."""


@dataclass(frozen=True)
class SystemProcess:
    """The pipe to the process. Each method waits for its answer."""

    pipe: Connection
    process: Any

    @classmethod
    def start(cls, place: str, folder: Path) -> Self:
        """Begin to prepare the system. ``place`` is ``module:function``."""
        context = get_context("spawn")
        pipe, other_end = context.Pipe()
        folder.mkdir()
        process = context.Process(target=_serve, args=(other_end, place, folder), daemon=True)
        process.start()
        other_end.close()
        return cls(pipe, process)

    def wait_until_prepared(self) -> None:
        """It is prepared, and has answered for every customer."""
        self.receive()

    def measure(self, core: int | None) -> float:
        """Check for the length of a round. Returns microseconds of CPU time of a check."""
        self.pipe.send(("measure", core))
        return float(self.receive())

    def begin_logout(self) -> None:
        """Log out, and go on checking. ``receive`` returns when the check refused the token."""
        self.pipe.send(("log_out", None))

    def receive(self) -> Any:  # noqa: ANN401
        """The next answer."""
        try:
            answer = self.pipe.recv()
        except EOFError:
            raise SystemExit(f"{self.process.name} ended. Its error is above.") from None
        return answer

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.join()


def versions(packages: Sequence[str]) -> str:
    """The names and versions of installed packages.

    Raises:
        SystemExit: one is not installed.
    """
    try:
        return ", ".join(f"{name} {version(name)}" for name in packages)
    except PackageNotFoundError as error:
        raise SystemExit(
            f"{error.name} is not installed. Run: pip install -r benchmarks/peers/requirements.txt"
        ) from None


class _System:
    """The prepared system, in its process."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._leaving = prepared.tokens[LEAVING]
        self._tokens = [token for token in prepared.tokens.values() if token != self._leaving]

    def require_right_answers(self) -> None:
        """Every session is that of its customer, and a changed token is none."""
        for customer_id, token in self._prepared.tokens.items():
            found, expected = self._ask(token), (customer_id, CUSTOMERS[customer_id])
            if found != expected:
                raise AssertionError(f"The check answers {found}, and not {expected}.")
        middle = len(self._leaving) // 3
        changed = "A" if self._leaving[middle] != "A" else "B"
        forged = self._leaving[:middle] + changed + self._leaving[middle + 1 :]
        if (found := self._ask(forged)) is not None:
            raise AssertionError(f"The check answers {found} for a token that is none.")

    def measure(self, core: int | None) -> float:
        """Microseconds of CPU time of a check."""
        if core is not None:
            for thread in threading.enumerate():
                os.sched_setaffinity(thread.native_id or 0, {core})
        runner = self._prepared.runner
        return self._round() if runner is None else runner.run(self._async_round())

    def log_out(self, _: object) -> float | None:
        """Seconds until the session is refused, or None."""
        expected = (LEAVING, CUSTOMERS[LEAVING])
        if self._ask(self._leaving) != expected:
            raise AssertionError("The session ended before the logout.")
        self._prepared.logout(self._leaving)
        began = time.monotonic()
        seen: float | None = AT_ONCE_SECONDS
        while self._ask(self._leaving) is not None:
            seen = time.monotonic() - began
            if seen > WATCH_SECONDS:
                seen = None
                break
            time.sleep(0.02)
        if self._ask(self._tokens[0]) is None:
            raise AssertionError("The logout ended the session of another customer.")
        return seen

    def _ask(self, token: str) -> Answer | None:
        check: Any = self._prepared.check
        runner = self._prepared.runner
        answer: Answer | None = check(token) if runner is None else runner.run(check(token))
        return answer

    def _round(self) -> float:
        check, tokens, calls = self._prepared.check, self._tokens, 0
        began = time.process_time()
        while (used := time.process_time() - began) < ROUND_SECONDS:
            for token in tokens:
                check(token)
            calls += len(tokens)
        return used / calls * 1e6

    async def _async_round(self) -> float:
        check: Any = self._prepared.check
        tokens, calls = self._tokens, 0
        began = time.process_time()
        while (used := time.process_time() - began) < ROUND_SECONDS:
            for token in tokens:
                await check(token)
            calls += len(tokens)
        return used / calls * 1e6


def _serve(pipe: Connection, place: str, folder: Path) -> None:
    module, _, function = place.partition(":")
    prepare: Prepare = getattr(import_module(module), function)
    system = _System(prepare(folder))
    system.require_right_answers()
    pipe.send("prepared")
    while True:
        try:
            name, argument = pipe.recv()
        except EOFError:
            return
        pipe.send(getattr(system, name)(argument))
