"""The probe of the file."""

from ...ports.store_probe import StoreProbe
from .database import Database


class SQLiteStoreProbe(StoreProbe):
    """Reads the file. Its schema was checked when the connection was opened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def probe(self) -> None:
        self._database.read_one("SELECT 1 FROM customer WHERE customer_id = ''", ())
