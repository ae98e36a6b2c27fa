"""The folder in which the workers of one service count their metrics together."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import os
import shutil
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from ...adapters.extras import requires_extra
from ...adapters.metrics.exposition import FOLDER_VARIABLE

with requires_extra("service"):
    from prometheus_client import values

from .arbiter_log import LOGGER
from .shared_state import temporary_folder


class MetricsFolder:
    """A private folder, made before the first worker. Make it in the process that starts workers.

    A worker counts in the files of a slot. When it has ended, the worker that replaces it takes
    over the slot and goes on with its counts. So there are at most two slots for each worker,
    however often workers are replaced, and no count is ever lost or read twice.

    The folder is made in memory, or in the one that ``PROMETHEUS_MULTIPROC_DIR`` names.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._given = os.environ.get(FOLDER_VARIABLE)
        parent = self._given or temporary_folder()
        self.path = Path(mkdtemp(prefix="cybershop-customer-metrics-", dir=parent))
        os.environ[FOLDER_VARIABLE] = str(self.path)

    @property
    def hooks(self) -> dict[str, Any]:
        """What gunicorn's arbiter calls, by the names of its settings."""
        return {
            "pre_fork": self._take_slot,
            "post_fork": self._count_in_slot,
            "child_exit": self._free_slot,
        }

    def close(self) -> None:
        """Remove the folder. It does nothing in a worker."""
        if os.getpid() == self._process:
            self.remove()
            if self._given is None:
                os.environ.pop(FOLDER_VARIABLE, None)
            else:
                os.environ[FOLDER_VARIABLE] = self._given

    def remove(self) -> None:
        """Remove the folder, also if its files are still in use. Never raises."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _take_slot(self, arbiter: Any, worker: Any) -> None:  # noqa: ANN401 (gunicorn has no types)
        """Before the fork: give ``worker`` the lowest number that no other worker has."""
        try:
            # Someone may have cleaned up the folder of temporary files.
            self.path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            LOGGER.warning("a new worker cannot count with the others: %s", error)
        taken = {other.slot for other in arbiter.WORKERS.values()}
        worker.slot = next(number for number in count() if number not in taken)
        self._forget_present(worker.slot)

    def _count_in_slot(self, _arbiter: Any, worker: Any) -> None:  # noqa: ANN401
        """In the new worker: let it count in the files of its slot, or alone without the folder."""
        if not self.path.is_dir():
            values.ValueClass = values.MutexValue
            os.environ.pop(FOLDER_VARIABLE, None)
            return
        name = _file_name(worker.slot)
        values.ValueClass = values.MultiProcessValue(lambda: name)  # type: ignore[no-untyped-call]

    def _free_slot(self, _arbiter: Any, worker: Any) -> None:  # noqa: ANN401
        """When ``worker`` has ended: it is not busy any more. Its counts stay."""
        self._forget_present(worker.slot)

    def _forget_present(self, slot: int) -> None:
        for file in self.path.glob(f"gauge_live*_{_file_name(slot)}.db"):
            file.unlink(missing_ok=True)


def _file_name(slot: int) -> str:
    """What stands for the slot in the names of its files. It is not the id of a process."""
    return f"s{slot}"
