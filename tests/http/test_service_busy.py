"""A service whose hashing lane is full refuses before it counts or writes anything."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, PASSWORD, a_message, add, is_live, log_in, the_problem
from support.stores.stored_state import log_of

from cybershop_customer import Attempt
from cybershop_customer.adapters.threaded.hashing_lane import ThreadedHashingLane
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.testkit.clock import START

HASH_SECONDS = 1.5
ANYONE = "-"


@pytest.fixture
def lane(container: Container) -> Iterator[ThreadedHashingLane]:
    made = ThreadedHashingLane(threads=1, queue=3, hash_seconds=HASH_SECONDS)
    container.hashing_lane.override(made)
    yield made
    made.close()


@pytest.fixture
def api(lane: ThreadedHashingLane, serve: Callable[[], Api]) -> Api:
    return serve()


@pytest.fixture
def take_places(lane: ThreadedHashingLane) -> Iterator[Callable[[int], None]]:
    """Takes places of strangers, which the end of the test gives back."""
    with ExitStack() as stack:

        def take(count: int) -> None:
            for _ in range(count):
                stack.enter_context(lane.enter(source=None, known_device=False))

        yield take


def log_in_as(api: Api, customer_id: str, **fields: object) -> Answer:
    return api.put(f"{BASE}/login", {"customer_id": customer_id, "password": PASSWORD, **fields})


def test_a_full_lane_is_503_with_retry_after(api: Api, take_places: Callable[[int], None]) -> None:
    add(api, "zoe")
    take_places(3)

    for answer in (log_in_as(api, "zoe"), api.post(f"{BASE}/", a_message("yan"))):
        the_problem(answer, 503, "service-busy")
        assert int(answer.headers["retry-after"]) >= 1
        assert "www-authenticate" not in answer.headers


def test_every_name_gets_the_same_answer(api: Api, take_places: Callable[[int], None]) -> None:
    add(api, "zoe")
    take_places(3)

    problems = [the_problem(log_in_as(api, it), 503, "service-busy") for it in ("zoe", "nobody")]

    for problem in problems:
        del problem["request_id"]
    assert problems[0] == problems[1]


def test_a_session_check_needs_no_place(api: Api, take_places: Callable[[int], None]) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")
    take_places(3)

    assert is_live(api, context_id)


def test_a_known_device_has_a_place_while_strangers_have_none(
    api: Api, take_places: Callable[[int], None]
) -> None:
    add(api, "zoe")
    device_token = log_in_as(api, "zoe").json["device_token"]
    take_places(3)
    the_problem(log_in_as(api, "zoe"), 503, "service-busy")

    assert log_in_as(api, "zoe", device_token=device_token).status == 200


def test_nothing_is_written_or_counted_for_a_refused_request(
    api: Api,
    container: Container,
    take_places: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add(api, "zoe")
    take_places(3)
    storage = container.storage()
    before = [log_of(storage, it) for it in ("zoe", "yan", ANYONE)]
    charged: list[Attempt] = []
    monkeypatch.setattr(type(storage.login_throttle), "charge", lambda _, it: charged.append(it))

    the_problem(log_in_as(api, "zoe"), 503, "service-busy")
    the_problem(api.post(f"{BASE}/", a_message("yan")), 503, "service-busy")

    assert [log_of(storage, it) for it in ("zoe", "yan", ANYONE)] == before
    assert storage.customers.get("yan", now=START) is None
    assert charged == []


def test_a_taken_id_is_refused_without_a_place(
    api: Api, take_places: Callable[[int], None]
) -> None:
    add(api, "zoe")
    take_places(3)

    answer = api.post(f"{BASE}/", a_message("zoe", email="other@shop.example"))

    the_problem(answer, 409, "customer-exists")
