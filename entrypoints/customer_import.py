"""Adds the customers of a file, such as those of the shop's first service, as the operator."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from ..domain.actor import OPERATOR
from ..domain.base64url import base64url
from ..domain.errors import CustomerExistsError, EmailTakenError, FieldFault, InvalidInputError
from ..domain.services.customer_service import CustomerService
from ..ports.random_source import RandomSource
from .item_file import TableItem

_BATCH: Final = 64
"""So many items are in work at a time."""


class ImportOutcome(StrEnum):
    """What became of an item."""

    ADDED = "added"
    ADDED_WITHOUT_PASSWORD = "added without password"  # noqa: S105 (no password)
    EXISTS = "exists"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of the item ``number``; ``reason`` says why it was refused."""

    number: int
    outcome: ImportOutcome
    reason: str = ""


class CustomerImport:
    """Adds customers as ``CustomerService.add_customer`` does, with its rules and audit records.

    A customer who exists is left alone, and so is the id of a deleted one. So an import that was
    interrupted can be run again.

    Args:
        customers: adds the customers.
        random_source: makes the passwords that no one knows.
        replace_passwords: whether a customer whose password is missing or breaks a rule is added
            with a random one, and not refused. Such a customer sets a new one by mail.
        threads: how many passwords are hashed at a time.
    """

    def __init__(
        self,
        customers: CustomerService,
        random_source: RandomSource,
        *,
        replace_passwords: bool = False,
        threads: int = 1,
    ) -> None:
        self._customers = customers
        self._random_source = random_source
        self._replace_passwords = replace_passwords
        self._threads = threads

    def add(self, items: Iterable[TableItem]) -> Iterator[ImportResult]:
        """Add the customers, and yield what became of each item, in the order of the file.

        Raises:
            StoreUnavailableError: the store does not answer. Run the import again.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
        waiting = iter(items)
        with ThreadPoolExecutor(self._threads) as threads:
            while batch := list(islice(waiting, _BATCH)):
                yield from threads.map(self._add_item, batch)

    def _add_item(self, item: TableItem) -> ImportResult:
        faults = list(item.faults)
        if "password" not in item.fields and not any(each.field == "password" for each in faults):
            faults.append(FieldFault("password", "is missing"))
        fields = {"email": "", "customer_id": "", **item.fields}
        try:
            return self._try_to_add(item, {"password": "", **fields}, faults)
        except InvalidInputError as error:
            wrong = {fault.field for fault in error.faults}
            if wrong != {"password"} or not self._replace_passwords:
                reason = "; ".join(str(fault) for fault in _first_of_each(error.faults))
                return ImportResult(item.number, ImportOutcome.REFUSED, reason)
        random_password = base64url(self._random_source.token_bytes(32))
        result = self._try_to_add(item, {**fields, "password": random_password}, [])
        if result.outcome is ImportOutcome.ADDED:
            return ImportResult(item.number, ImportOutcome.ADDED_WITHOUT_PASSWORD)
        return result

    def _try_to_add(
        self, item: TableItem, fields: dict[str, Any], faults: Iterable[FieldFault]
    ) -> ImportResult:
        """Add the customer, unless the id or the address is taken.

        Raises:
            InvalidInputError: names every field that breaks a rule.
        """
        try:
            self._customers.add_customer(**fields, actor=OPERATOR, found=faults)
        except CustomerExistsError:
            return ImportResult(item.number, ImportOutcome.EXISTS)
        except EmailTakenError:
            reason = "email belongs to another customer"
            return ImportResult(item.number, ImportOutcome.REFUSED, reason)
        return ImportResult(item.number, ImportOutcome.ADDED)


def _first_of_each(faults: Iterable[FieldFault]) -> Iterable[FieldFault]:
    """The first fault of each field: a missing field breaks further rules."""
    found: dict[str, FieldFault] = {}
    for fault in faults:
        found.setdefault(fault.field, fault)
    return found.values()
