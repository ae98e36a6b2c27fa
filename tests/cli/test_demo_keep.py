"""A newcomer keeps the demo's customers over a restart: ``serve --demo --keep``."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, add, is_live, log_in
from support.processes.command import Service
from support.services.operator import Operator

from cybershop_customer.entrypoints.demo import SAMPLES

Serve = Callable[..., Service]

PASSWORD: Final = "flash"


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


def stop(service: Service) -> None:
    service.signal()
    assert service.wait() == 0, service.log


def additions(api: Api, admin: str, customer_id: str) -> int:
    """How often this customer was added, by the audit log."""
    records = api.get(f"{BASE}/{customer_id}/log", bearer=admin).json["records"]
    return [record["operation_name"] for record in records].count("add_customer")


def test_customers_and_sessions_stay_over_a_restart(demo: Serve, tmp_path: Path) -> None:
    service = demo("--keep", folder=tmp_path)
    assert service.next_line().startswith(f"Demo: data in {tmp_path / 'demo.db'}, kept over")
    with service.api() as api:
        add(api, "zoe", password=PASSWORD)
        session = log_in(api, "zoe", PASSWORD)
        admin = log_in(api, "admin", "demo-admin")
    stop(service)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600

    again, beside = (demo("--keep", folder=tmp_path) for _ in range(2))
    for each in (again, beside):
        with each.api() as api:
            assert api.get("/readyz").status == 200
            assert is_live(api, session)
            assert is_live(api, admin), "the admin's password was not set anew"
            assert log_in(api, "zoe", PASSWORD)
            for sample in SAMPLES:
                assert log_in(api, sample["customer_id"], sample["password"])
                assert additions(api, admin, sample["customer_id"]) == 1
    with again.api() as api:
        assert api.put(f"{BASE}/logoff", bearer=session).status == 200
    with beside.api() as api:
        assert not is_live(api, session)
    stop(again)
    stop(beside)


def test_without_keep_the_demo_writes_no_file(demo: Serve, tmp_path: Path) -> None:
    service = demo(folder=tmp_path)
    assert service.next_line() == (
        "Demo: data in memory, lost at the end (--keep keeps it); weak passwords are allowed."
    )
    with service.api() as api:
        add(api, "zoe", password=PASSWORD)
    stop(service)

    assert [*tmp_path.iterdir()] == []


class TestMistakes:
    """They end the command at once, and say what to do."""

    def test_keep_is_an_option_of_the_demo(self, operator: Operator) -> None:
        ran = operator.runs("serve", "--keep")

        assert ran.status == 2
        assert "add --demo. Without it, CUSTOMER_STORAGE=sqlite keeps" in ran.err

    def test_another_store_contradicts_it(self, operator: Operator) -> None:
        operator.sets(CUSTOMER_STORAGE="memory")

        ran = operator.runs("serve", "--demo", "--keep")

        assert ran.status == 2
        assert "CUSTOMER_STORAGE names another store: leave one out" in ran.err

    def test_a_file_that_cannot_be_created_is_named(
        self, operator: Operator, tmp_path: Path
    ) -> None:
        file = tmp_path / "missing" / "demo.db"
        operator.sets(CUSTOMER_SQLITE_PATH=str(file))

        ran = operator.runs("serve", "--demo", "--keep")

        assert (ran.status, ran.out) == (1, "")
        assert f"cannot keep the data in {file}: " in ran.err
