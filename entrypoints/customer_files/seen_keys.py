"""Which ids and addresses a dry run has met already, on disk, so that memory stays constant."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager

from ...domain.customer import Customer
from ...domain.customer_addition import AdditionRefusal
from ...domain.errors import CustomerExistsError, EmailTakenError


class SeenKeys:
    """Stands for the customers that an import would have added."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE id (name TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.execute("CREATE TABLE email (key TEXT PRIMARY KEY) WITHOUT ROWID")

    def refusal(self, customer: Customer) -> AdditionRefusal | None:
        """Why the store would refuse ``customer`` after the earlier ones, or None."""
        query = "SELECT 1 FROM id WHERE name = ?"
        if self._connection.execute(query, (customer.customer_id,)).fetchone():
            return CustomerExistsError(customer.customer_id)
        query = "SELECT 1 FROM email WHERE key = ?"
        if self._connection.execute(query, (customer.email_key,)).fetchone():
            return EmailTakenError()
        return None

    def add(self, customer: Customer) -> None:
        """Note a customer that nothing refuses."""
        self._connection.execute("INSERT INTO id VALUES (?)", (customer.customer_id,))
        if customer.email_key is not None:
            self._connection.execute("INSERT INTO email VALUES (?)", (customer.email_key,))


@contextmanager
def seen_keys() -> Generator[SeenKeys]:
    """Empty keys, in a temporary file of the system that no one else can open."""
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        yield SeenKeys(connection)
