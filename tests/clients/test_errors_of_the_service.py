"""What goes wrong in the service is the same error with the same data on every way."""

from collections.abc import Callable

import pytest
from support.doubles.failing_port import FailingPort

from cybershop_customer import (
    CheckerUnavailableError,
    CustomerServiceError,
    EmailTakenError,
    IdempotencyKeyReusedError,
    MailOffError,
    ServiceBusyError,
    StoreFaultError,
    StoreUnavailableError,
    TooManyAttemptsError,
    VersionConflictError,
)
from cybershop_customer.entrypoints.client import BearerClient, CustomerClient
from cybershop_customer.entrypoints.container import Container

from .conftest import PASSWORD, add, address_of, places

LIMIT = 10
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(params=places(["memory"]))
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """One store: the errors are made here, or the stores' own tests have them."""
    place: tuple[str, str] = request.param
    return place


@pytest.fixture
def environ() -> dict[str, str]:
    return {"CUSTOMER_SOURCE_REGISTRATIONS": str(LIMIT)}


class Broken:
    """Raises ``error`` from every method of a port, while there is one."""

    def __init__(self, port: object) -> None:
        self._port = port
        self.error: CustomerServiceError | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._port if self.error is None else FailingPort(self.error), name)


@pytest.fixture
def customers(container: Container) -> Broken:
    """The repository of customers, which a test can break."""
    broken = Broken(container.customer_repository())
    container.customer_repository.override(broken)
    return broken


@pytest.fixture
def sessions(container: Container) -> Broken:
    broken = Broken(container.session_repository())
    container.session_repository.override(broken)
    return broken


@pytest.fixture
def lane(container: Container) -> Broken:
    broken = Broken(container.hashing_lane())
    container.hashing_lane.override(broken)
    return broken


def raised(operation: Callable[[], object]) -> CustomerServiceError:
    with pytest.raises(CustomerServiceError) as caught:
        operation()
    return caught.value


@pytest.mark.parametrize("known", [True, False])
def test_a_store_that_does_not_answer(
    customers: Broken, client: CustomerClient, admin: BearerClient, known: bool
) -> None:
    customers.error = StoreUnavailableError(7, outcome_known=known)

    for operation in (
        lambda: client.add_customer(email="a@b.example", password=PASSWORD),
        lambda: admin.update_customer("bob", fname="Eve"),
        lambda: admin.get_customer("bob"),
    ):
        error = raised(operation)
        assert isinstance(error, StoreUnavailableError)
        assert (error.retry_after, error.outcome_known) == (7, known)


def test_a_store_that_refuses_is_never_a_known_outcome_of_a_change(
    customers: Broken, client: CustomerClient
) -> None:
    """In process the operator learns the cause; over HTTP no caller does."""
    customers.error = StoreFaultError("the table is missing")

    error = raised(lambda: client.add_customer(email="a@b.example", password=PASSWORD))

    if not isinstance(error, StoreFaultError):
        assert isinstance(error, StoreUnavailableError)
        assert not error.outcome_known
        assert "table" not in str(error)


def test_sessions_that_cannot_be_read(
    sessions: Broken, client: CustomerClient, ann: BearerClient
) -> None:
    context_id = client.login(customer_id="ann", password=PASSWORD).context_id
    sessions.error = StoreUnavailableError(3)

    error = raised(lambda: client.check_session(context_id))
    assert type(error) is CheckerUnavailableError
    assert error.retry_after == 3
    for operation in (ann.get_account, ann.delete_account):
        error = raised(operation)
        assert isinstance(error, CheckerUnavailableError | StoreUnavailableError)
        assert error.retry_after == 3


def test_a_service_that_is_busy(lane: Broken, client: CustomerClient, ann: BearerClient) -> None:
    lane.error = ServiceBusyError(4)

    for operation in (
        lambda: client.login(customer_id="ann", password=PASSWORD),
        lambda: client.add_customer(email="a@b.example", password=PASSWORD),
        lambda: ann.change_password(password=PASSWORD, new_password="another horse"),
    ):
        error = raised(operation)
        assert type(error) is ServiceBusyError
        assert error.retry_after == 4


def test_a_customer_who_is_changed_by_others_all_the_time(
    customers: Broken, client: CustomerClient, admin: BearerClient
) -> None:
    add(client, "zoe")
    customers.error = VersionConflictError("zoe")

    error = raised(lambda: admin.delete_customer("zoe"))

    assert isinstance(error, VersionConflictError)
    assert error.customer_id == "zoe"


def test_a_key_is_used_once(client: CustomerClient) -> None:
    def register(email: str) -> object:
        return client.add_customer(email=email, password=PASSWORD, idempotency_key=KEY)

    assert register("a@shop.example") == register("a@shop.example")
    assert type(raised(lambda: register("b@shop.example"))) is IdempotencyKeyReusedError


def test_mail_that_is_not_sent(client: CustomerClient) -> None:
    error = raised(lambda: client.request_email_verification(customer_id="ann"))

    assert type(error) is MailOffError


def test_too_many_registrations_of_one_source(client: CustomerClient) -> None:
    """The budget is that of ``source``, not of the program that asks for it."""

    def register(number: int) -> object:
        return client.add_customer(
            email=f"{number}@shop.example", password=PASSWORD, source="203.0.113.7"
        )

    error = raised(lambda: [register(number) for number in range(2 * LIMIT)])

    assert isinstance(error, TooManyAttemptsError)
    assert error.retry_after > 0
    client.add_customer(email="other@shop.example", password=PASSWORD, source="203.0.113.8")


def test_an_address_of_another_is_taken(client: CustomerClient, ann: BearerClient) -> None:
    add(client, "zoe")

    assert type(raised(lambda: ann.change_email(address_of("zoe")))) is EmailTakenError
