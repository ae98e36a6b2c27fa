"""Whatever is sent to introspection: it says active only to a service, about a live session."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, quote_from_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.http.api import Api
from support.http.customer_api import BASE, add, log_in
from support.http.transports import in_process

from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.app import create_app

SECRET = "0123456789abcdef0123456789ABCDEF"
LIVE = "LIVE"
"""Stands for the ``context_id``, which is another one in each run."""
PIECE = st.one_of(
    st.sampled_from(["token", "token_type_hint", LIVE, "=", "&", "%", "+", "%26", "%3D", "%00"]),
    st.binary(max_size=6).map(lambda raw: raw.decode("latin-1")),
    st.binary(max_size=6).map(quote_from_bytes),
)
FORM = st.lists(PIECE, max_size=12).map("".join)
CREDENTIALS = st.one_of(
    st.just(f"Bearer {SECRET}"),
    st.builds("{} {}".format, st.sampled_from(["Bearer", "Basic", "x"]), st.text("aZ0+/=:. é")),
)


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    app = create_app(memory_container().services(), introspection_tokens=f"orders={SECRET}")
    with in_process(app) as send:
        yield Api(send)


@pytest.fixture(scope="module")
def context_id(api: Api) -> str:
    add(api, "zoe")
    return log_in(api, "zoe")


@given(form=FORM, credentials=CREDENTIALS)
@example(form=f"token={LIVE}", credentials=f"Bearer {SECRET}")
@example(form=f"token={LIVE}&token={LIVE}", credentials=f"Bearer {SECRET}")
def test_any_form(api: Api, context_id: str, form: str, credentials: str) -> None:
    body = form.replace(LIVE, context_id)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": credentials,
    }

    answer = api.post(f"{BASE}/session/introspect", body=body.encode("latin-1"), headers=headers)

    # The parser of the standard library is more lenient, so it finds at least as many tokens.
    tokens = [value for name, value in parse_qsl(body) if name == "token"]
    if credentials != f"Bearer {SECRET}":
        assert answer.status == 401
    elif answer.status == 200:
        assert len(tokens) == 1
        assert answer.json["active"] is (tokens == [context_id])
    else:
        assert answer.status == 400
