"""Eight threads use each middleware while the process forks: no child hangs."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

import pytest
from support.http.api import Api, Send
from support.processes.forks import busy_threads, in_children
from support.protected import asgi_service, django_project, falcon_service, wsgi_service
from support.protected.service import log_in

from cybershop_customer import SessionChecker
from cybershop_customer.entrypoints.session_checkers import CachePolicy, http_session_checker

NO_MEMORY = CachePolicy(max_age=0, refusal_max_age=0)
SERVICES: dict[str, Callable[[SessionChecker], Send]] = {
    "wsgi": wsgi_service.service,
    "falcon": falcon_service.service,
    "asgi": asgi_service.service,
}


DJANGO: dict[str, Callable[[SessionChecker], AbstractContextManager[Send]]] = {
    "wsgi": django_project.under_wsgi,
    "asgi": django_project.under_asgi,
}


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_a_request_in_a_child_is_answered(
    service_url: str, service: Callable[[SessionChecker], Send]
) -> None:
    """Under ASGI the checking threads once did not survive a fork: requests waited ten seconds."""
    context_id = log_in(service_url)
    with http_session_checker(service_url, policy=NO_MEMORY) as checker:
        assert_children_are_answered(Api(service(checker)), context_id)


@pytest.mark.parametrize("way", DJANGO.values(), ids=DJANGO)
def test_a_request_to_django_in_a_child_is_answered(
    service_url: str, way: Callable[[SessionChecker], AbstractContextManager[Send]]
) -> None:
    context_id = log_in(service_url)
    with http_session_checker(service_url, policy=NO_MEMORY) as checker, way(checker) as send:
        locks = django_project.locks_of_django()
        assert_children_are_answered(Api(send), context_id, locks)


def assert_children_are_answered(
    api: Api, context_id: str, locks: Iterable[AbstractContextManager[object]] = ()
) -> None:
    def whose() -> object:
        answer = api.get("/mine", bearer=context_id)
        return answer.status, answer.json.get("customer_id")

    with busy_threads(whose):
        results = in_children(whose, locks=locks)

    assert [it for it in results if it != [200, "admin"]] == []
