"""Which ids and addresses a dry run has met already, on disk, so that memory stays constant."""

import json
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager

from ...domain.customer import Customer
from ...domain.customer_addition import AdditionRefusal
from ...domain.errors import CustomerExistsError, EmailTakenError


class SeenKeys:
    """Stands for the customers that an import would have added."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE id (name TEXT PRIMARY KEY, stored TEXT)")
        connection.execute("CREATE TABLE email (key TEXT PRIMARY KEY) WITHOUT ROWID")

    def refusal(self, customer: Customer) -> AdditionRefusal | None:
        """Why the store would refuse ``customer`` after the earlier ones, or None."""
        if self.values(customer.customer_id) is not None:
            return CustomerExistsError(customer.customer_id)
        query = "SELECT 1 FROM email WHERE key = ?"
        if self._connection.execute(query, (customer.email_key,)).fetchone():
            return EmailTakenError()
        return None

    def values(self, customer_id: str) -> Mapping[str, str] | None:
        """What ``add`` was given with this id; None if it is new."""
        query = "SELECT stored FROM id WHERE name = ?"
        row = self._connection.execute(query, (customer_id,)).fetchone()
        found: Mapping[str, str] | None = None if row is None else json.loads(row[0])
        return found

    def add(self, customer: Customer, values: Mapping[str, str]) -> None:
        """Note a customer that nothing refuses, and the values by which to compare it."""
        row = (customer.customer_id, json.dumps(values))
        self._connection.execute("INSERT INTO id VALUES (?, ?)", row)
        if customer.email_key is not None:
            self._connection.execute("INSERT INTO email VALUES (?)", (customer.email_key,))


@contextmanager
def seen_keys() -> Generator[SeenKeys]:
    """Empty keys, in a temporary file of the system that no one else can open."""
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        yield SeenKeys(connection)
