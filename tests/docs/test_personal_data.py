"""The page about personal data has the fields of an export, and the times that the code has."""

import json
from typing import Any, Final

from support.repository.checkout import ROOT
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import OPERATOR, AccountPolicy
from cybershop_customer.entrypoints.export_json import export_parts
from cybershop_customer.entrypoints.settings import Settings

PAGE: Final = (ROOT / "docs" / "personal-data.md").read_text(encoding="utf-8")


def fields_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields of the document and of its members, in their order."""
    found = [("", name) for name in document]
    for name, member in document.items():
        parts = member if isinstance(member, list) else [member]
        found += [(name, field) for part in parts[:1] if isinstance(part, dict) for field in part]
    return found


def test_the_table_has_the_fields_of_the_document() -> None:
    bench = Workbench()
    bench.add()
    bench.sessions.logout(bench.login().context_id)
    bench.sessions.login(customer_id="ann", password=PASSWORD)
    bench.password_reset.request_reset(customer_id="ann")
    bench.background.run_all()
    export = bench.exports.export_customer("ann", actor=OPERATOR)
    document = json.loads(b"".join(export_parts(export)))
    assert all(document.values())

    table = PAGE.split("| member | field |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip().strip("`") for cell in line.split("|")] for line in table]
    assert [(member, field) for _, member, field, *_ in cells] == fields_of(document)


def test_the_times_are_those_of_the_code() -> None:
    days = Settings().audit_retention.days
    assert f"| {days} days (`CUSTOMER_AUDIT_RETENTION_DAYS`) |" in PAGE
    assert f"| the id, in the tombstone | {days} days |" in PAGE
    assert f"| {days} days from each record |" in PAGE
    policy = AccountPolicy()
    assert policy.recent_login.total_seconds() == 5 * 60
    longest = max(each.window for each in (policy.exports, policy.mails, policy.notices))
    assert longest.days <= 1
