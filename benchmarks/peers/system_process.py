"""A system in a process of its own, so that no other system's memory and threads are in the way."""

import os
import threading
import time
from collections.abc import Callable, Sequence
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
LEAVING = tuple(f"customer-{number}" for number in range(10, 16))
"""The customers who log out, the first of them an admin. No round asks for their sessions."""
PAUSE_SECONDS = 0.1
"""Between two logouts, so that they fall into different moments of what repeats in a second."""


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
        """Log customers out and check their tokens again; ``receive`` returns what was seen."""
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


def versions(packages: Sequence[str]) -> tuple[str, ...]:
    """The names and versions of installed packages.

    Raises:
        SystemExit: one is not installed.
    """
    try:
        return tuple(f"{name} {version(name)}" for name in packages)
    except PackageNotFoundError as error:
        raise SystemExit(
            f"{error.name} is not installed. Run: pip install -r benchmarks/peers/requirements.txt"
        ) from None


class PreparedSystem:
    """The system in its process.

    Args:
        prepared: as its module prepares it.
        monotonic: the time, in seconds.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        prepared: Prepared,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._prepared = prepared
        self._monotonic = monotonic
        self._sleep = sleep
        self._tokens = [
            token for customer_id, token in prepared.tokens.items() if customer_id not in LEAVING
        ]

    def require_right_answers(self) -> None:
        """Every session is that of its customer, and a changed token is none."""
        for customer_id, token in self._prepared.tokens.items():
            found, expected = self._ask(token), (customer_id, CUSTOMERS[customer_id])
            if found != expected:
                raise AssertionError(f"The check answers {found}, and not {expected}.")
        token = self._tokens[0]
        place = len(token) // 3
        changed = "A" if token[place] != "A" else "B"
        forged = token[:place] + changed + token[place + 1 :]
        if (found := self._ask(forged)) is not None:
            raise AssertionError(f"The check answers {found} for a token that is none.")

    def measure(self, core: int | None) -> float:
        """Microseconds of CPU time of a check."""
        if core is not None:
            for thread in threading.enumerate():
                os.sched_setaffinity(thread.native_id or 0, {core})
        runner = self._prepared.runner
        return self._round() if runner is None else runner.run(self._async_round())

    def log_out(self, _: object = None) -> float | None:
        """Log customers out, one shortly after the other.

        Returns:
            Seconds until the last session to be refused was refused, or None if one never was.
        """
        late: dict[str, float] = {}
        delays = [AT_ONCE_SECONDS]

        def watch(until: float) -> None:
            while (now := self._monotonic()) < until:
                refused = [token for token in late if self._ask(token) is None]
                delays.extend(now - late.pop(token) for token in refused)
                self._sleep(0.02)

        for customer_id in LEAVING:
            token = self._prepared.tokens[customer_id]
            if self._ask(token) != (customer_id, CUSTOMERS[customer_id]):
                raise AssertionError("The session ended before the logout.")
            self._prepared.logout(token)
            if self._ask(token) is not None:
                late[token] = self._monotonic()
            watch(self._monotonic() + PAUSE_SECONDS)
        if late:
            watch(max(late.values()) + WATCH_SECONDS)
        if self._ask(self._tokens[0]) is None:
            raise AssertionError("The logout ended the session of another customer.")
        return None if late else max(delays)

    def _ask(self, token: str) -> Answer | None:
        check: Any = self._prepared.check
        runner = self._prepared.runner
        answer: Answer | None = check(token) if runner is None else runner.run(check(token))
        return answer

    def _round(self) -> float:
        check, tokens, calls = self._prepared.check, self._tokens, 0
        used, began = 0.0, time.process_time()
        while not calls or used < ROUND_SECONDS:
            for token in tokens:
                check(token)
            calls += len(tokens)
            used = time.process_time() - began
        return used / calls * 1e6

    async def _async_round(self) -> float:
        check: Any = self._prepared.check
        tokens, calls = self._tokens, 0
        used, began = 0.0, time.process_time()
        while not calls or used < ROUND_SECONDS:
            for token in tokens:
                await check(token)
            calls += len(tokens)
            used = time.process_time() - began
        return used / calls * 1e6


def _serve(pipe: Connection, place: str, folder: Path) -> None:
    module, _, function = place.partition(":")
    prepare: Prepare = getattr(import_module(module), function)
    system = PreparedSystem(prepare(folder))
    system.require_right_answers()
    pipe.send("prepared")
    while True:
        try:
            name, argument = pipe.recv()
        except EOFError:
            return
        pipe.send(getattr(system, name)(argument))
