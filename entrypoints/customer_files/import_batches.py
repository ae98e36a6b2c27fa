"""Adds the customers of a file, batch by batch."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Final, TypeAlias

from ...domain.actor import OPERATOR, Actor
from ...domain.customer_addition import AdditionRefusal, CustomerAddition
from ...domain.errors import CustomerExistsError, EmailTakenError, InvalidInputError
from ...domain.import_comparison import different_fields
from ...domain.imported_customer import ImportRules
from ...domain.services.customer_import_service import CustomerImportService
from .customer_fields import ParsedCustomer
from .file_record import RecordUnit
from .seen_keys import SeenKeys, seen_keys

BATCH: Final = 500
"""So many customers are in work at a time. SQLite stores them in one transaction."""

_PASSWORDS_A_THREAD: Final = 4
"""A batch ends after so many passwords for each thread, about a second of hashing: what is lost
when the import is killed."""


class ImportOutcome(StrEnum):
    """What became of a record, or what would become of it in a dry run."""

    ADDED = "added"
    ADDED_WITHOUT_PASSWORD = "added without password"  # noqa: S105 (no password)
    EXISTS = "exists"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of the record ``number``; ``reason`` says why it was refused."""

    number: int
    unit: RecordUnit
    customer_id: str
    outcome: ImportOutcome
    reason: str = ""
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What the operator decides.

    Args:
        rules: what may be taken from the file.
        replace_passwords: whether a customer whose password or hash is missing or breaks a rule is
            added with a random password, and not refused. Such a customer sets a new one by mail.
        dry_run: whether nothing is stored. No password is hashed then, nor looked up among
            breached ones.
        threads: how many passwords are hashed at a time.
        at_a_time: the most transactions in flight, where the store has several writers.
        actor: who asks.
    """

    rules: ImportRules = field(default_factory=ImportRules)
    replace_passwords: bool = False
    dry_run: bool = False
    threads: int = 1
    at_a_time: int = 1
    actor: Actor = OPERATOR


_Judged: TypeAlias = tuple[CustomerAddition | None, ImportResult]
"""What to add, or None; and what becomes of the record if the store has nothing against it."""


class BatchImport:
    """Adds customers with the rules and audit records of the service. It replaces none.

    A customer who exists is left alone, and so is the id of a deleted one. So an import that was
    interrupted can be run again. The result is a refusal if the existing customer has other values
    than the file gives.
    """

    def __init__(self, service: CustomerImportService, options: ImportOptions) -> None:
        self._service = service
        self._options = options

    def run(self, customers: Iterable[ParsedCustomer]) -> Iterator[list[ImportResult]]:
        """Add the customers. Yields the results of each batch, in the order of the file.

        When a batch is yielded, its customers are durable, and no later one was taken from
        ``customers``.

        Raises:
            StoreUnavailableError: the store does not answer. Run the import again.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
        waiting = iter(customers)
        with ThreadPoolExecutor(self._options.threads) as threads, seen_keys() as seen:
            while batch := self._next_batch(waiting):
                yield self._add_batch(batch, threads, seen)

    def _next_batch(self, waiting: Iterator[ParsedCustomer]) -> list[ParsedCustomer]:
        most_passwords = _PASSWORDS_A_THREAD * self._options.threads
        batch: list[ParsedCustomer] = []
        passwords = 0
        for customer in waiting:
            batch.append(customer)
            passwords += customer.wanted.password is not None
            if len(batch) == BATCH or (passwords == most_passwords and not self._options.dry_run):
                break
        return batch

    def _add_batch(
        self, batch: Sequence[ParsedCustomer], threads: Executor, seen: SeenKeys
    ) -> list[ImportResult]:
        has_passwords = any(customer.wanted.password is not None for customer in batch)
        # Only the hashing of passwords is faster in several threads.
        judged: list[_Judged]
        if has_passwords or self._options.replace_passwords:
            judged = [*threads.map(self._judge, batch)]
        else:
            judged = [self._judge(customer) for customer in batch]
        additions = [addition for addition, _ in judged if addition is not None]
        if self._options.dry_run:
            refusals = [self._foresee(addition, seen) for addition in additions]
        else:
            refusals = self._service.add(additions, at_a_time=self._options.at_a_time)
        left = iter(refusals)
        results = [
            result if addition is None else _result(result, next(left))
            for addition, result in judged
        ]
        if all(result.outcome is not ImportOutcome.EXISTS for result in results):
            return results
        return [*threads.map(partial(self._compare, seen), batch, results)]

    def _compare(
        self, seen: SeenKeys, customer: ParsedCustomer, result: ImportResult
    ) -> ImportResult:
        """``result``; a refusal if the existing customer is not the one of the file."""
        if result.outcome is not ImportOutcome.EXISTS:
            return result
        wanted = customer.wanted
        stored = seen.values(wanted.customer_id) or self._service.find_comparable_values(
            wanted.customer_id
        )
        different = different_fields(wanted, stored or {})
        if not different:
            return result
        names = ", ".join(different)
        reason = f"customer_id belongs to a customer with other values, who is left alone: {names}"
        return replace(result, outcome=ImportOutcome.REFUSED, reason=reason)

    def _judge(self, customer: ParsedCustomer) -> _Judged:
        prepare = partial(
            self._service.prepare,
            actor=self._options.actor,
            rules=self._options.rules,
            hash_passwords=not self._options.dry_run,
        )
        wanted, result = customer.wanted, partial(_new_result, customer)
        if customer.is_unreadable:
            # It has no values, so that each field would be missing besides.
            return None, result(ImportOutcome.REFUSED, "; ".join(map(str, customer.faults)))
        try:
            try:
                return prepare(wanted, found=customer.faults), result(ImportOutcome.ADDED)
            except InvalidInputError as error:
                wrong = {fault.field for fault in error.faults}
                if not wrong <= {"password", "password_hash"}:
                    return None, result(ImportOutcome.REFUSED, str(error))
                if not self._options.replace_passwords:
                    return None, result(ImportOutcome.REFUSED, str(error))
            addition = prepare(self._service.with_random_password(wanted))
            return addition, result(ImportOutcome.ADDED_WITHOUT_PASSWORD)
        except CustomerExistsError:
            return None, result(ImportOutcome.EXISTS)

    def _foresee(self, addition: CustomerAddition, seen: SeenKeys) -> AdditionRefusal | None:
        customer = addition.customer
        refusal = seen.refusal(customer) or self._service.foresee(addition)
        if refusal is None:
            seen.add(customer, self._service.comparable_values_of(customer))
        return refusal


def _new_result(customer: ParsedCustomer, outcome: ImportOutcome, reason: str = "") -> ImportResult:
    customer_id, ignored = customer.wanted.customer_id, customer.ignored
    return ImportResult(customer.number, customer.unit, customer_id, outcome, reason, ignored)


def _result(result: ImportResult, refusal: AdditionRefusal | None) -> ImportResult:
    """``result``, unless the store has something against it."""
    if refusal is None:
        return result
    outcome, reason = ImportOutcome.EXISTS, ""
    if isinstance(refusal, EmailTakenError):
        outcome, reason = ImportOutcome.REFUSED, "email belongs to another customer"
    return ImportResult(
        result.number, result.unit, result.customer_id, outcome, reason, result.ignored
    )
