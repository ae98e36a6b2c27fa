"""The plan of a change to the tables, before it is carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What an operator decides about the tables. The defaults are production's.

    A store that does not offer an option says so in ``TablePlan.notes``.
    """

    point_in_time_recovery: bool = True
    """Whether a table can be restored to its state at any second of the last 35 days."""
    deletion_protection: bool = True
    """Whether the store refuses to delete a table."""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of a table that is created."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One change to one table. A store adds what it needs to carry the step out."""

    text: str
    """What the step does, for the operator."""


StepT_co = TypeVar("StepT_co", bound=PlanStep, covariant=True)


@dataclass(frozen=True, slots=True)
class TablePlan(Generic[StepT_co]):
    """The state of one table, and the steps that change it."""

    name: str
    steps: tuple[StepT_co, ...] = ()
    differences: tuple[str, ...] = ()
    """What is wrong with the table, and the steps fix."""
    obstacles: tuple[str, ...] = ()
    """What is wrong with the table, and only the operator can fix; each says how."""
    notes: tuple[str, ...] = ()
    """What the options ask for, but this store does not offer; and what else is worth knowing."""
    present: bool = True
    """Whether the table exists after the steps."""
