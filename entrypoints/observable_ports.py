"""The ports whose work the metrics count."""

from dataclasses import dataclass

from ..ports.background import Background
from ..ports.hashing_lane import HashingLane
from ..ports.notifier import Notifier
from ..ports.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservablePorts:
    """The ports of one container, as they are or with their work counted."""

    storage: Storage
    hashing_lane: HashingLane
    notifier: Notifier | None
    background: Background
