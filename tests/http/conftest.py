"""Runs the HTTP tests in process on every store, and over waitress in memory."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from support.http.api import Api
from support.http.customer_api import log_in
from support.http.described_api import checked
from support.http.transports import in_process, over_waitress
from support.stores.registry import REAL_STORES, open_store, store_params

from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

NewContainer = Callable[[Settings], Container]

WAYS_IN: Final = {"in-process": in_process, "waitress": over_waitress}
LEFT_OUT: Final = ("dynamodb", "sqlite")
ADMIN_ID: Final = "admin"
ADMIN_PASSWORD: Final = "admin's own"


# A thousand tests on DynamoDB Local take longer than on the other two stores together, so they are
# slow ones. `pytest` alone runs the suites of the ports and of the promises there.
@pytest.fixture(params=store_params(REAL_STORES, slow=["dynamodb-local"]))
def new_container(request: pytest.FixtureRequest) -> Iterator[NewContainer]:
    """Makes a container from settings, on a new, empty store of the kind under test."""
    with ExitStack() as stack:

        def make(settings: Settings) -> Container:
            container = make_container(settings)
            store = open_store(request.param, session_feed=settings.session_feed)
            container.storage.override(stack.enter_context(store))
            return container

        yield make


@pytest.fixture
def settings() -> Settings:
    """The demo's settings, which allow weak passwords and make bcrypt fast."""
    return Settings.demo_from_environ({})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def mail() -> MemoryNotifier:
    """What the service sends by e-mail."""
    return MemoryNotifier()


@pytest.fixture
def background() -> MemoryBackground:
    """The work after the answers. It is done at once, so a test need not wait for it."""
    return MemoryBackground()


@pytest.fixture
def container(
    new_container: NewContainer,
    settings: Settings,
    clock: ManualClock,
    mail: MemoryNotifier,
    background: MemoryBackground,
) -> Container:
    """The container that ``api`` serves.

    To override its parts, do so before the first use of ``api``, or use ``serve``.
    """
    container = new_container(settings)
    container.clock.override(clock)
    container.notifier.override(mail)
    container.background.override(background)
    return container


@pytest.fixture(params=["in-process", pytest.param("waitress", marks=pytest.mark.slow)])
def serve(request: pytest.FixtureRequest, container: Container) -> Iterator[Callable[[], Api]]:
    """A function that serves ``container``, with the overrides made so far."""
    with ExitStack() as stack:

        def start() -> Api:
            settings = container.settings()
            app = create_app(
                container.services(),
                feed_token=settings.session_feed_token,
                introspection_tokens=settings.introspection_tokens,
                trusted_proxies=settings.trusted_proxies,
                metrics=container.metrics(),
            )
            return Api(checked(stack.enter_context(WAYS_IN[request.param](app))))

        yield start


@pytest.fixture
def api(serve: Callable[[], Api]) -> Api:
    return serve()


@pytest.fixture
def admin(container: Container, api: Api) -> str:
    """The ``context_id`` of an admin."""
    container.roles().ensure_admin(ADMIN_ID, ADMIN_PASSWORD)
    return log_in(api, ADMIN_ID, ADMIN_PASSWORD)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect waitress on the other stores. It cannot know on which store the service is."""
    here = Path(__file__).parent
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        is_left_out = (
            "waitress" in item.name
            and any(store in item.name for store in LEFT_OUT)
            and item.path.is_relative_to(here)
        )
        (left_out if is_left_out else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left_out)
