"""A login replaces a hash of an older scheme or cost."""

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import LoginRefusedError


@pytest.fixture(autouse=True)
def customer(bench: Workbench) -> None:
    bench.add("ann")


def test_a_hash_of_an_older_kind_is_replaced_at_login(bench: Workbench) -> None:
    before = bench.stored()
    session = bench.login()
    bench.hasher.generation = 2

    bench.login()

    after = bench.stored()
    assert after.password_hash == bench.hasher.hash(PASSWORD) != before.password_hash
    assert (after.version, after.password_version) == (before.version, before.password_version)
    assert bench.is_live(session.context_id)
    assert "hasher.hash" not in bench.calls.during(bench.login)


def test_a_refused_login_replaces_no_hash(bench: Workbench) -> None:
    bench.hasher.generation = 2
    before = bench.stored()

    with pytest.raises(LoginRefusedError):
        bench.login(password="wrong")

    assert bench.stored() == before


def test_a_rehash_does_not_overwrite_a_changed_password(
    bench: Workbench,
) -> None:
    bench.hasher.generation = 2
    bench.calls.before("sessions.open", lambda: bench.update(password="battery staple"))

    with pytest.raises(LoginRefusedError):
        bench.login()

    assert bench.is_live(bench.login(password="battery staple").context_id)
