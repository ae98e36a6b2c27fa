"""Shows the progress of a long command on the standard error."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic
from typing import Final

SECONDS_A_LINE: Final = 10.0
"""How often a line is printed if the standard error is no terminal."""


@contextmanager
def progress_bar(
    label: str,
    total: int | None,
    *,
    unit: str = "entries",
    done: int = 0,
    monotonic: Callable[[], float] = monotonic,
) -> Generator[Callable[[int], None]]:
    """Show a bar on a terminal, and else a line now and then.

    Args:
        label: what is done, in one word.
        total: about how many there are; None if that is not known.
        unit: what is counted, in the plural.
        done: how many were done before.
        monotonic: returns the time in seconds.

    The block gets a function, to call with the number of further ones that are done.
    """
    # None is a closed standard error.
    if sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison]
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar(label, total, unit, done) as advance:
            yield advance
    else:
        yield _Lines(label, total, unit, done, monotonic).advance


@contextmanager
def _bar(label: str, total: int | None, unit: str, done: int) -> Generator[Callable[[int], None]]:
    # Slow to load, and every command would load it.
    from rich import progress  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415

    with progress.Progress(
        progress.TextColumn("{task.description}:"),
        progress.BarColumn(),
        progress.TaskProgressColumn(show_speed=True),
        progress.MofNCompleteColumn(),
        progress.TextColumn(f"{unit},"),
        progress.TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(file=sys.stderr),
        # No thread that draws the bar: each page moves it.
        auto_refresh=False,
    ) as bar:
        task = bar.add_task(label, total=total, completed=done)

        def advance(more: int) -> None:
            bar.update(task, advance=more, refresh=True)

        yield advance


class _Lines:
    """Prints a plain line every ``SECONDS_A_LINE``."""

    def __init__(
        self,
        label: str,
        total: int | None,
        unit: str,
        done: int,
        monotonic: Callable[[], float],
    ) -> None:
        self._label = label
        self._unit = unit
        self._of = "" if total is None else f" of about {total}"
        self._done = done
        self._monotonic = monotonic
        self._next = monotonic() + SECONDS_A_LINE

    def advance(self, more: int) -> None:
        self._done += more
        now = self._monotonic()
        if now >= self._next:
            self._next = now + SECONDS_A_LINE
            print(
                f"{self._label}: {self._done}{self._of} {self._unit}", file=sys.stderr, flush=True
            )
