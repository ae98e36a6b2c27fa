"""How many processors this process may use."""

import os
from pathlib import Path
from typing import Final

_CGROUP: Final = Path("/sys/fs/cgroup")


def available_cores(cgroup: Path = _CGROUP) -> int:
    """The processors that the process may use, at least 1.

    It counts the processors that the process is bound to. On Linux it also knows the limit of the
    container, such as Kubernetes' ``limits.cpu``, rounded down: the system stops the whole process
    when that time is used up.

    Args:
        cgroup: where the limits of the container are (Linux kernel documentation, "cgroup v2",
            ``cpu.max``, and "CFS Bandwidth Control").
    """
    if hasattr(os, "sched_getaffinity"):
        bound = len(os.sched_getaffinity(0))
    else:
        bound = os.cpu_count() or 1
    return max(1, min(bound, int(_limit(cgroup))))


def _limit(cgroup: Path) -> float:
    """The processor time that the container may use in a second, or a large number."""
    for files in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            words = [word for file in files for word in (cgroup / file).read_text().split()]
            quota, period = map(int, words)
        except (OSError, ValueError):
            continue  # The file is missing, or says "max".
        if quota > 0 and period > 0:
            return quota / period
    return 1e9
