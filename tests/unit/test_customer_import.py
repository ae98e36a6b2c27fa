"""Imported customers keep ids, profiles, hashes, versions and times; an import can be run again."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import pbkdf2_hmac
from typing import Any

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    CustomerExistsError,
    EmailTakenError,
    ForbiddenError,
    InvalidInputError,
    LoginRefusedError,
)
from cybershop_customer.domain.errors import FieldFault
from cybershop_customer.domain.imported_customer import ImportedCustomer, ImportRules
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.customer_files.customer_fields import ParsedCustomer
from cybershop_customer.entrypoints.customer_files.file_record import RecordUnit
from cybershop_customer.entrypoints.customer_files.import_batches import (
    BatchImport,
    ImportOptions,
    ImportOutcome,
)
from cybershop_customer.entrypoints.testkit.clock import START

ADDED, EXISTS, REFUSED = ImportOutcome.ADDED, ImportOutcome.EXISTS, ImportOutcome.REFUSED
RANDOM = ImportOutcome.ADDED_WITHOUT_PASSWORD
SECRET = "planted horse"
BCRYPT = "$2b$04$" + "a" * 21 + "u" + "b" * 31
SHA = "sha1$salt$" + "0" * 40
EARLIER = START - timedelta(days=9)


def a_customer(customer_id: str = "zoe", **fields: Any) -> ImportedCustomer:
    given = {"email": f"{customer_id}@shop.example", "password_hash": BCRYPT, **fields}
    return ImportedCustomer(customer_id=customer_id, **given)


def a_read(number: int, customer_id: str, *faults: FieldFault, **fields: Any) -> ParsedCustomer:
    given = {"password": SECRET, "password_hash": None, **fields}
    return ParsedCustomer(number, RecordUnit.LINE, a_customer(customer_id, **given), faults)


def run(bench: Workbench, *customers: ParsedCustomer, **options: Any) -> list[tuple[Any, ...]]:
    """Number, outcome and reason of each customer."""
    importing = BatchImport(bench.customer_import, ImportOptions(**options))
    batches = importing.run(customers)
    return [(each.number, each.outcome, each.reason) for batch in batches for each in batch]


def add(bench: Workbench, wanted: ImportedCustomer, **rules: bool) -> Any:
    service = bench.customer_import
    addition = service.prepare(wanted, actor=OPERATOR, rules=ImportRules(**rules))
    return service.add([addition])[0]


def faults_of(bench: Workbench, wanted: ImportedCustomer, **rules: bool) -> list[str]:
    with pytest.raises(InvalidInputError) as raised:
        add(bench, wanted, **rules)
    return [fault.field for fault in raised.value.faults]


def test_everything_that_is_given_is_kept(bench: Workbench) -> None:
    wanted = a_customer(
        "admin",
        profile={"fname": "Zoë", "locale": "de-AT"},
        roles=frozenset({"admin", "clerk"}),
        version=0,
        password_version=7,
        created_at=EARLIER,
        updated_at=START,
        email_verified=True,
    )

    assert add(bench, wanted, allow_roles=True) is None

    stored = bench.stored("admin")
    assert (stored.email, stored.email_key) == ("admin@shop.example",) * 2
    assert (stored.fname, stored.lname, stored.locale) == ("Zoë", "", "de-AT")
    assert stored.roles == {"admin", "clerk"}
    assert (stored.version, stored.password_version) == (0, 7)
    assert (stored.created_at, stored.updated_at) == (EARLIER, START)
    assert (stored.email_verified, stored.password_hash) == (True, BCRYPT)
    (record,) = bench.audit.read_records("admin", actor=OPERATOR).records
    assert (record.operation_name, record.message) == ("add_customer", "Customer imported.")
    assert record.fields == ("email", "fname", "locale", "password", "roles")
    assert record.actor_id == "operator"


def test_what_is_not_given_is_that_of_a_new_customer(bench: Workbench) -> None:
    add(bench, a_customer("zoe"))
    add(bench, a_customer("yan", updated_at=EARLIER, version=5))

    zoe, yan = bench.stored("zoe"), bench.stored("yan")
    assert zoe.version == zoe.password_version
    assert (zoe.created_at, zoe.updated_at, zoe.email_verified) == (START, START, False)
    assert (yan.version, yan.password_version) == (5, 5)
    assert (yan.created_at, yan.updated_at) == (EARLIER, EARLIER)


def test_only_an_admin_may_have_no_address(bench: Workbench) -> None:
    assert faults_of(bench, a_customer(email=None)) == ["email"]

    admin = a_customer("root", email=None, roles=frozenset({"admin"}), email_verified=True)
    assert add(bench, admin, allow_roles=True) is None
    assert (bench.stored("root").email, bench.stored("root").email_verified) == (None, False)


def test_an_address_that_is_not_proven_yet_belongs_to_no_one(bench: Workbench) -> None:
    end = START + timedelta(days=1)

    assert add(bench, a_customer("zoe", expires_at=end)) is None
    assert add(bench, a_customer("yan", email="zoe@shop.example")) is None

    assert (bench.stored("zoe").expires_at, bench.stored("zoe").email_key) == (end, None)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"customer_id": "a b"}, "customer_id"),
        ({"email": "no address"}, "email"),
        ({"profile": {"fname": "a\n"}}, "fname"),
        ({"roles": frozenset({"No Role"})}, "roles"),
        ({"roles": frozenset(f"r{number}" for number in range(65))}, "roles"),
        ({"version": -1}, "version"),
        ({"version": 2**53}, "version"),
        ({"password_version": -1}, "password_version"),
        ({"created_at": START + timedelta(minutes=1)}, "created_at"),
        ({"created_at": datetime(1969, 12, 31, tzinfo=UTC)}, "created_at"),
        ({"created_at": START, "updated_at": EARLIER}, "updated_at"),
        ({"expires_at": START}, "expires_at"),
        ({"expires_at": START + timedelta(days=1), "email_verified": True}, "expires_at"),
        ({"password_hash": "x"}, "password_hash"),
        ({"password_hash": SHA}, "password_hash"),
        ({"password": SECRET}, "password_hash"),
        ({"password_hash": None}, "password"),
        ({"password_hash": None, "password": "abc"}, "password"),
    ],
)
def test_what_breaks_a_rule_is_refused(
    bench: Workbench, fields: dict[str, Any], field: str
) -> None:
    assert faults_of(bench, replace(a_customer(), **fields), allow_roles=True) == [field]
    assert bench.calls.during(lambda: None) == []


def test_roles_and_weak_hashes_need_the_operators_permission(bench: Workbench) -> None:
    clerk, weak = a_customer("a", roles=frozenset({"clerk"})), a_customer("b", password_hash=SHA)

    assert faults_of(bench, clerk) == ["roles"]
    assert faults_of(bench, weak) == ["password_hash"]
    assert add(bench, clerk, allow_roles=True) is None
    assert add(bench, weak, allow_weak_hashes=True) is None


def test_only_admins_import(bench: Workbench) -> None:
    bench.add("ann")
    ann = bench.login("ann").session

    with pytest.raises(ForbiddenError):
        bench.customer_import.prepare(a_customer(), actor=ann, rules=ImportRules())
    with pytest.raises(ForbiddenError):
        bench.exports.record_export_of_all(actor=ann, with_hashes=False)


@pytest.mark.parametrize("with_hashes", [True, False])
def test_an_export_of_all_is_recorded(bench: Workbench, *, with_hashes: bool) -> None:
    bench.exports.record_export_of_all(actor=OPERATOR, with_hashes=with_hashes)

    (record,) = bench.audit.read_records("-", actor=OPERATOR).records
    assert (record.operation_name, record.actor_id) == ("export_customers", "operator")
    assert ("hashes" in record.message) is with_hashes


def test_no_one_is_replaced(bench: Workbench) -> None:
    bench.add("ann")
    before = bench.stored("ann")

    assert isinstance(add(bench, a_customer("ann")), CustomerExistsError)
    assert isinstance(add(bench, a_customer("bob", email="ann@shop.example")), EmailTakenError)

    assert bench.stored("ann") == before


def test_a_login_replaces_the_hash_of_another_system() -> None:
    container = memory_container()
    key = pbkdf2_hmac("sha256", SECRET.encode(), b"salt", 1000)
    hashed = f"pbkdf2_sha256$1000$salt${b64encode(key).decode()}"
    service = container.customer_import()
    wanted = a_customer("zoe", password_hash=hashed)
    service.add([service.prepare(wanted, actor=OPERATOR, rules=ImportRules())])

    for password, works in (("wrong", False), (SECRET, True), (SECRET, True), ("wrong", False)):
        if works:
            assert container.sessions().login(customer_id="zoe", password=password)
        else:
            with pytest.raises(LoginRefusedError):
                container.sessions().login(customer_id="zoe", password=password)
    stored = container.customers().get_customer("zoe", actor=OPERATOR)
    assert stored.password_hash.startswith("$bcrypt-sha256$")


def test_run_again_it_leaves_customers_alone(bench: Workbench) -> None:
    customers = [a_read(number, f"c{number}") for number in range(1, 4)]
    run(bench, *customers[:2])
    bench.update("c1", fname="Changed")
    bench.customers.delete_customer("c2", actor=OPERATOR)
    before = bench.stored("c1")

    assert [outcome for _, outcome, _ in run(bench, *customers)] == [EXISTS, ADDED, ADDED]

    assert bench.stored("c1") == before
    calls = bench.calls.during(lambda: run(bench, *customers))
    assert "hasher.hash" not in calls


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("fields", "different"),
    [
        ({}, ""),
        ({"email": "a@SHOP.EXAMPLE", "version": 9}, ""),
        ({"profile": {}}, ""),
        ({"email": "other@shop.example"}, "email"),
        ({"profile": {"fname": "Yan", "lname": "x"}}, "fname, lname"),
        ({"created_at": EARLIER - timedelta(days=1)}, "created_at"),
        ({"roles": frozenset({"clerk"})}, "roles"),
        ({"password_hash": BCRYPT.replace("b" * 31, "c" * 31)}, "password_hash"),
        ({"password_hash": None, "password": SECRET}, ""),
    ],
)
def test_an_existing_customer_with_other_values_is_a_refusal_that_names_them(
    bench: Workbench, fields: dict[str, Any], different: str, *, dry_run: bool
) -> None:
    """Also where the other one is in the same file."""
    given: dict[str, Any] = {"password": None, "password_hash": BCRYPT, "created_at": EARLIER}
    given["profile"] = {"fname": "Zoë"}
    first, second = a_read(1, "a", **given), a_read(2, "a", **{**given, **fields})
    rules = ImportRules(allow_roles=True)

    ((_, added, _), (_, outcome, reason)) = run(bench, first, second, dry_run=dry_run, rules=rules)

    assert added is ADDED
    assert outcome is (REFUSED if different else EXISTS)
    assert reason.partition(": ")[2] == different
    if not dry_run:
        before = bench.stored("a")
        assert run(bench, second, dry_run=True, rules=rules) == [(2, outcome, reason)]
        assert run(bench, second, rules=rules) == [(2, outcome, reason)]
        assert bench.stored("a") == before


def test_a_hash_that_was_replaced_since_is_no_other_value(bench: Workbench) -> None:
    customer = a_read(1, "a", password=None, password_hash=BCRYPT)
    run(bench, customer)
    bench.update("a", password="battery staple")

    assert run(bench, customer) == [(1, EXISTS, "")]


def test_the_reason_has_no_value_and_one_fault_harms_no_other(bench: Workbench) -> None:
    shown = run(
        bench,
        a_read(1, "a b"),
        a_read(2, "b", FieldFault("version", "must be a whole number"), email=SECRET),
        a_read(3, "c", password="planted \udcff"),
        a_read(4, "d"),
        a_read(5, "e", email="d@shop.example"),
        a_read(6, "f", password=None, password_hash="planted"),
        a_read(7, "g", FieldFault("password_hash", "must be a string"), password=None),
    )

    assert [outcome for _, outcome, _ in shown] == [REFUSED] * 3 + [ADDED] + [REFUSED] * 3
    reasons = [reason for _, _, reason in shown]
    assert reasons[1].startswith("version must be a whole number; email is not")
    assert reasons[4] == "email belongs to another customer"
    assert reasons[6] == "password_hash must be a string"
    assert "planted" not in "".join(reasons)


def test_a_password_can_be_replaced_by_one_that_no_one_knows(bench: Workbench) -> None:
    customers = [
        a_read(1, "a", password="abc"),
        a_read(2, "b", password=None),
        a_read(3, "c"),
        a_read(4, "d", password=None, password_hash="unknown"),
        a_read(5, "e", password="abc", email="no address"),
    ]

    shown = run(bench, *customers, replace_passwords=True)

    assert [outcome for _, outcome, _ in shown] == [RANDOM, RANDOM, ADDED, RANDOM, REFUSED]
    with pytest.raises(LoginRefusedError):
        bench.login("a", "abc")
    again = run(bench, *customers[:4], replace_passwords=True)
    assert [outcome for _, outcome, _ in again] == [EXISTS] * 4


def test_a_dry_run_says_the_same_and_stores_nothing(bench: Workbench) -> None:
    bench.add("ann", password=PASSWORD)
    customers = [
        a_read(1, "ann"),
        a_read(2, "bob", email="ann@shop.example"),
        a_read(3, "c"),
        a_read(4, "c"),
        a_read(5, "e", email="c@shop.example"),
        a_read(6, "f", password="abc"),
        a_read(7, "g", roles=frozenset({"admin"}), email=None),
    ]
    names = ("ann", "bob", "c", "e", "f", "g")
    before = bench.states(*names)
    options: dict[str, Any] = {"rules": ImportRules(allow_roles=True), "replace_passwords": True}

    foreseen = run(bench, *customers, dry_run=True, **options)

    assert bench.states(*names) == before
    assert foreseen == run(bench, *customers, **options)
    assert [outcome for _, outcome, _ in foreseen] == [
        EXISTS,
        REFUSED,
        ADDED,
        EXISTS,
        REFUSED,
        RANDOM,
        ADDED,
    ]


@pytest.mark.parametrize("threads", [1, 4])
def test_results_come_in_the_order_of_the_file(bench: Workbench, threads: int) -> None:
    customers = [a_read(number, f"c{number}") for number in range(50)]
    hashed = [a_read(n, f"c{n}", password=None, password_hash=BCRYPT) for n in range(50, 1100)]

    shown = run(bench, *customers, *hashed, threads=threads)

    assert [number for number, _, _ in shown] == [*range(1100)]
    assert {outcome for _, outcome, _ in shown} == {ADDED}
