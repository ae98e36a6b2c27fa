"""A service that still runs on the file while it is copied."""

from pathlib import Path

import pytest
from support.builders.values import a_record, added, an_update, opened
from support.copying.stores import dynamodb_store, sqlite_store

from cybershop_customer import StoreFaultError, StoreUnavailableError
from cybershop_customer.adapters.sqlite.bulk_access import sqlite_source
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.adapters.sqlite.storage import sqlite_storage
from cybershop_customer.entrypoints.testkit.clock import START


def test_it_checks_sessions_and_changes_nothing_until_the_copy_has_ended(tmp_path: Path) -> None:
    file = DatabaseFile(tmp_path / "shop.db", busy_seconds=0.01)
    storage = sqlite_storage(file)
    zoe = added(storage, customer_id="zoe")
    session = opened(storage, zoe)
    change = an_update(zoe, profile={"fname": "Zoë"})

    with sqlite_source(file, exclusive=True):
        assert storage.sessions.find("zoe", session.session_id) == session
        with pytest.raises(StoreUnavailableError):
            storage.customers.update(change, a_record("zoe"))
    storage.customers.update(change, a_record("zoe"))

    stored = storage.customers.get("zoe", now=START)
    assert stored is not None
    assert stored.fname == "Zoë"
    storage.close()


def test_another_process_that_writes_keeps_the_copy_from_beginning(tmp_path: Path) -> None:
    file = DatabaseFile(tmp_path / "shop.db", busy_seconds=0.01)
    file.connect().close()

    with (
        sqlite_source(file, exclusive=True),
        pytest.raises(
            StoreFaultError, match=r"another process writes to .* stop the service first"
        ),
        sqlite_source(file, exclusive=True),
    ):
        pass


@pytest.mark.parametrize("cursor", ['["logger", null]', '["customer"]', "5", "no JSON", "[[1], 2]"])
def test_a_cursor_of_another_store_is_refused(tmp_path: Path, cursor: str) -> None:
    with (
        sqlite_store(tmp_path / "shop.db") as shop,
        shop.administration.bulk_target() as file,
        dynamodb_store("moto") as cloud,
        cloud.administration.bulk_target() as tables,
    ):
        if "null" in cursor:
            assert tables.read_page(cursor, limit=1).entries == ()
        else:
            with pytest.raises(StoreFaultError, match="of another store or version"):
                tables.read_page(cursor, limit=1)
        with pytest.raises(StoreFaultError, match="of another store or version"):
            file.read_page(cursor, limit=1)
