"""Which request a thread serves."""

from cybershop_customer.domain.request_context import (
    RequestContext,
    begin_request,
    current_request,
    end_request,
)


def test_a_thread_serves_one_request_after_another() -> None:
    for source in ("192.0.2.1", "192.0.2.2"):
        begin_request(RequestContext(source))
        assert current_request().source == source

    end_request()
    assert current_request() == RequestContext()
