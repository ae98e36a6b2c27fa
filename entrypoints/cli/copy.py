"""``cybershop-customer copy``: copies everything from one store to another one, and verifies it."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from ...adapters.system.clock import SystemClock
from ...domain.errors import FieldFault, SettingsError, StoreFaultError, StoreUnavailableError
from ...domain.services.store_comparison import Comparison
from ...domain.services.store_copy import CopyState, StoreCopy
from ...domain.store_entry import EntryKind
from ...ports.bulk_access import BulkSource, BulkTarget
from ...ports.store_administration import StoreAdministration
from ..store_registry import STORES
from .command import FAILURE, ONLY_DYNAMODB_LOCAL, SUCCESS, CommandFailedError, command
from .copy_progress import CopyProgress, ProgressFile
from .options import json_option
from .output import print_json, text_on_stderr
from .progress_bar import progress_bar
from .shared_store import read_shared_store

_AGAIN: Final = "run the same command again, and it continues where it stopped"


def _check_store(_ctx: click.Context, _option: click.Parameter, text: str) -> str:
    if text not in STORES:
        raise click.BadParameter(f"{text!r} is no store: choose dynamodb or sqlite")
    return text


@command(
    examples=[
        "cybershop-customer copy --from sqlite --to dynamodb",
        "cybershop-customer copy --from dynamodb --to sqlite --progress copy.progress",
        "cybershop-customer copy --from sqlite --to dynamodb --json",
    ],
    without_aws=ONLY_DYNAMODB_LOCAL,
)
@click.option(
    "--from",
    "from_store",
    required=True,
    metavar="STORE",
    callback=_check_store,
    help="The store to read: dynamodb or sqlite.",
)
@click.option(
    "--to",
    "to_store",
    required=True,
    metavar="STORE",
    callback=_check_store,
    help="The store to fill, which must be empty: dynamodb or sqlite.",
)
@click.option(
    "--progress",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Keep how far the copy has come in this file; default: copy-STORE-to-STORE.progress in"
    " the current directory.",
)
@json_option
def copy(*, from_store: str, to_store: str, progress: Path | None, as_json: bool) -> int:
    """Copy and verify. Returns 0 if both stores have the same entries, and else ``FAILURE``."""
    source_store = _administration("--from", from_store)
    target_store = _administration("--to", to_store)
    if from_store == to_store:
        detail = "must be another store than --from. `cybershop-customer backup` copies a file"
        raise SettingsError([FieldFault("--to", detail)])
    file = ProgressFile(progress or Path(f"copy-{from_store}-to-{to_store}.progress"))
    with (
        _copy_errors(),
        text_on_stderr(as_json=as_json),
        source_store.bulk_source() as source,
        target_store.bulk_target() as target,
    ):
        print(f"From {source.place}\nto {target.place}", flush=True)
        copying = StoreCopy(source, target, SystemClock())
        state = _resume(file, source, target)
        _copy(copying, file, source, target, state)
        comparison = _verify(copying, file, source)
    if as_json:
        print_json(_comparison_json(comparison))
    return SUCCESS if comparison.is_equal else FAILURE


def _administration(option: str, store: str) -> StoreAdministration:
    environ = {**os.environ, "CUSTOMER_STORAGE": store}
    try:
        # A target is created, and a missing source refuses by itself.
        return read_shared_store(environ, may_be_missing=True)[1]
    except SettingsError as error:
        # The user gave the store by the option.
        raise SettingsError(
            FieldFault(option if fault.field == "CUSTOMER_STORAGE" else fault.field, fault.detail)
            for fault in error.faults
        ) from error


def _resume(file: ProgressFile, source: BulkSource, target: BulkTarget) -> CopyState:
    """How far an earlier run came. A copy begins only if the target is empty.

    Raises:
        CommandFailedError: the target or the progress file belongs to something else.
    """
    progress = file.read()
    is_empty = target.is_empty()
    if progress is None:
        if not is_empty:
            raise CommandFailedError(
                f"{target.place} is not empty: choose an empty store, or empty this one with"
                " `cybershop-customer tables delete`. If an earlier copy was interrupted, name its"
                f" progress file with --progress (there is no {file.path})"
            )
        return CopyState()
    if (progress.source, progress.target) != (source.place, target.place):
        raise CommandFailedError(
            f"{file.path} is the progress of another copy, from {progress.source} to"
            f" {progress.target}: delete it if that copy is over, or name another file with"
            " --progress"
        )
    if progress.state.entries and is_empty:
        raise CommandFailedError(
            f"{target.place} is empty, but {file.path} says that entries were copied to it: delete"
            " that file to copy from the beginning"
        )
    return progress.state


def _copy(
    copy: StoreCopy, file: ProgressFile, source: BulkSource, target: BulkTarget, state: CopyState
) -> None:
    if state.is_complete:
        return
    done = state.entries
    if done:
        print(f"{done} entries were copied before: the copy continues.", flush=True)

    def save(state: CopyState) -> None:
        nonlocal done
        file.write(CopyProgress(source.place, target.place, state))
        advance(state.entries - done)
        done = state.entries

    # Saved before the first entry is written: from then on the target is not empty.
    file.write(CopyProgress(source.place, target.place, state))
    with progress_bar("copied", source.estimate_count(), done=done) as advance:
        copy.copy(state, after_page=save)


def _verify(copy: StoreCopy, file: ProgressFile, source: BulkSource) -> Comparison:
    entries = source.estimate_count()
    with progress_bar("verified", None if entries is None else 2 * entries) as advance:
        comparison = copy.verify(advance=advance)
    for kind in EntryKind:
        _print_kind(kind, comparison)
    if comparison.is_equal:
        total = sum(found.count for found in comparison.source.values())
        print(f"Verified: both stores have the same {total} entries. Delete {file.path} now.")
    else:
        print(end="", flush=True)
        print(f"cybershop-customer: {_difference_text(comparison, file)}", file=sys.stderr)
    return comparison


def _comparison_json(comparison: Comparison) -> dict[str, object]:
    return {
        "equal": comparison.is_equal,
        "entries": {
            side: {
                kind.value: {"count": found[kind].count, "checksum": str(found[kind].checksum)}
                for kind in EntryKind
            }
            for side, found in (("source", comparison.source), ("target", comparison.target))
        },
        "differences": [
            {"customer_id": each.customer_id, "kinds": [*each.kinds]}
            for each in comparison.differences
        ],
    }


def _print_kind(kind: EntryKind, comparison: Comparison) -> None:
    source, target = comparison.source[kind], comparison.target[kind]
    if source == target:
        print(f"  {kind}: {source.count}, checksum {source.checksum}")
    else:
        print(f"  {kind}: {source.count}, checksum {source.checksum} in the source")
        print(f"  {' ' * len(kind)}  {target.count}, checksum {target.checksum} in the target")


def _difference_text(comparison: Comparison, file: ProgressFile) -> str:
    named = ", ".join(
        f"{difference.customer_id} ({', '.join(difference.kinds)})"
        for difference in comparison.differences
    )
    return (
        f"the stores are not the same. These customers differ: {named or 'none any more'}."
        " Perhaps a service ran on one of the stores meanwhile: stop it. Then empty the target,"
        f" delete {file.path} and copy again"
    )


@contextmanager
def _copy_errors() -> Generator[None]:
    """Say what to do about an error of a store, or an interruption."""
    try:
        yield
    except StoreUnavailableError as error:
        raise CommandFailedError(f"{error}. When the store is back, {_AGAIN}") from error
    except StoreFaultError as error:
        raise CommandFailedError(f"{error}. When that is fixed, {_AGAIN}") from error
    except KeyboardInterrupt:
        print(f"\nThe copy is not finished: {_AGAIN}.", end="", file=sys.stderr)
        raise
