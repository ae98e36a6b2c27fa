"""Numbers as arguments of a command."""

from math import isfinite

import click


class WholeNumber(click.ParamType[int]):
    """A whole number from ``least`` to ``most``, or without an end if there is no ``most``.

    Unlike click's ranges it says in words what it accepts.
    """

    name = "whole number"

    def __init__(self, least: int, most: int | None = None) -> None:
        self._least = least
        self._most = most

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """The number that ``value`` is."""
        try:
            number = int(str(value))
        except ValueError:
            number = self._least - 1
        if number < self._least or (self._most is not None and number > self._most):
            most = self._most
            range_ = (
                f"of at least {self._least}" if most is None else f"from {self._least} to {most:,}"
            )
            self.fail(f"{value} is no whole number {range_}", param, ctx)
        return number


class Number(click.ParamType[float]):
    """A number from 0 to ``most``, or without an end if there is no ``most``."""

    name = "number"

    def __init__(self, most: float | None = None) -> None:
        self._most = most

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number that ``value`` is."""
        try:
            number = float(str(value))
        except ValueError:
            number = -1.0
        if not isfinite(number) or number < 0 or (self._most is not None and number > self._most):
            range_ = "of at least 0" if self._most is None else f"from 0 to {self._most:,.0f}"
            self.fail(f"{value} is no number {range_}", param, ctx)
        return number
