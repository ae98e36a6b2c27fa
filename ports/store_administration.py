"""An operator's work on a store: examine it, and create, check and delete its tables."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from .bulk_access import BulkSource, BulkTarget
from .finding import Finding
from .scan_estimate import ScanEstimate
from .store_backups import StoreBackups
from .table_plan import PlanStep, TableOptions, TablePlan

StepT = TypeVar("StepT", bound=PlanStep)


class TableProvisioner(Protocol[StepT]):
    """Plans changes to the tables of one store, and carries them out."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the tables are, for the operator."""

    @abstractmethod
    def plan(self, options: TableOptions) -> Sequence[TablePlan[StepT]]:
        """For each table, what has to change so that the service can use it. Changes nothing."""

    @abstractmethod
    def plan_deletion(self) -> Sequence[TablePlan[StepT]]:
        """For each table, what has to be done to delete it. Changes nothing."""

    @abstractmethod
    def apply_plans(
        self,
        plans: Sequence[TablePlan[StepT]],
        *,
        before_step: Callable[[str, PlanStep], None],
    ) -> None:
        """Take every step of ``plans``; return when the tables can be used, or no longer exist.

        If this is interrupted, the next plan has the steps that are left.

        Args:
            plans: what ``plan`` or ``plan_deletion`` returned.
            before_step: is called before each step, with the name of its table.
        """


class StoreAdministration(Protocol):
    """The operator's access to one store. The running service does not use it."""

    @abstractmethod
    def examine(self) -> Iterator[Finding]:
        """Check all that the service needs of the store. Changes nothing.

        Returns:
            Each finding as soon as it is known. The last one says so if a failure made further
            checks impossible.
        """

    @abstractmethod
    def require_present(self) -> None:
        """Check that the store exists, if its first use would create it. Changes nothing.

        So no command works on a new and empty store because a path is misspelt. A store that its
        first use does not create passes: its calls say that it does not exist.

        Raises:
            StoreFaultError: it does not exist; the message says how to create it.
        """

    @abstractmethod
    def provisioner(self) -> AbstractContextManager[TableProvisioner[Any]]:
        """Connect to the store.

        Inside the context every failure of the store is a StoreFaultError, whose message is for
        the operator.

        Raises:
            SettingsError: names the setting that is missing or wrong.
        """

    @abstractmethod
    def estimate_scan(self) -> ScanEstimate | None:
        """What a list of all customers costs, or None if the store bills nothing.

        Raises:
            SettingsError: names the setting that is missing or wrong.
            StoreFaultError: the store does not exist, or does not say how much it holds.
        """

    @abstractmethod
    def backups(self) -> StoreBackups:
        """The backups of the store as files.

        Raises:
            StoreFaultError: the store has backups of its own; the message says which.
        """

    @abstractmethod
    def bulk_source(self, *, exclusive: bool = True) -> AbstractContextManager[BulkSource]:
        """Connect to the store, to read all of it.

        With ``exclusive``, a store that can lock out changes does so; otherwise a running service
        goes on, and a store that can show one state of all its entries does that.

        Inside the context every failure of the store is a StoreUnavailableError or a
        StoreFaultError, whose message, or a line of the log, is for the operator.

        Raises:
            SettingsError: names the setting that is missing or wrong.
            StoreFaultError: the store does not exist, or is in use.
        """

    @abstractmethod
    def bulk_target(self) -> AbstractContextManager[BulkTarget]:
        """Connect to the store, to fill it. Creates it if that needs no decision of the operator.

        Raises:
            SettingsError: names the setting that is missing or wrong.
            StoreFaultError: the store does not exist; the message says how to create it.
        """
