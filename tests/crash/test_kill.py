"""The service is killed under load, again and again, and whatever it has told stays true."""

from collections.abc import Callable
from random import Random
from typing import Final

from support.consistency.call_history import Outcome
from support.consistency.checker import find_inconsistencies
from support.consistency.load_over_http import LoadClients
from support.processes.service_process import ServiceProcess
from support.stores.shared import SharedStore

from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher

KILLS: Final = 10
SEED: Final = 19970829
ANSWERS: Final = (15, 40)
"""How many the service gives, at least and at most, before it is killed."""


def test_what_was_told_stays_true_through_ten_kills(
    start: Callable[[], ServiceProcess], store: SharedStore
) -> None:
    random = Random(SEED)
    clients = LoadClients(SEED)
    hasher = BcryptPasswordHasher(rounds=4)

    def found() -> list[str]:
        inconsistencies = find_inconsistencies(store.snapshot(), clients.calls, hasher)
        return [*store.damage(), *inconsistencies]

    for kill in range(KILLS):
        with clients.ensuring_admin():
            service = start()
        clients.check_admin(service)
        with clients.at_work(service) as load:
            load.await_answers(random.randint(*ANSWERS))
            service.kill()
        store.await_quiet()
        assert found() == [], f"after kill {kill + 1}"

    with clients.ensuring_admin():
        service = start()
    clients.check_admin(service)
    assert found() == []
    outcomes = [call.outcome for call in clients.calls]
    assert outcomes.count(Outcome.DONE) >= KILLS * ANSWERS[0]
    assert outcomes.count(Outcome.UNKNOWN) >= 1, "no kill met a request"
