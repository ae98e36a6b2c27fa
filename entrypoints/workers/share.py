"""The settings of one worker: its share of what the setting allows the whole service."""

from dataclasses import replace

from ...adapters.system.available_cores import available_cores
from ..settings import Settings


def settings_of_worker(settings: Settings) -> Settings:
    """``settings``, with the limits of the whole service divided by its workers.

    Shares are rounded down, so all workers together stay within the limit. A worker hashes at
    least one password at a time.
    """
    workers = settings.workers
    if workers == 1:
        return settings
    per_source = settings.connections_per_source
    queue = settings.hashing_queue
    queue_share = None if queue is None else queue // workers
    threads = settings.hashing_threads
    most = settings.hashing_places - (queue_share or 0)
    return replace(
        settings,
        workers=1,
        connections=settings.connections // workers,
        connections_per_source=None if per_source is None else max(1, per_source // workers),
        hashing_threads=max(1, min((threads or available_cores()) // workers, most)),
        hashing_queue=queue_share,
        check_admin_password=False,
    )
