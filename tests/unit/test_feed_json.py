"""``feed_json`` writes what ``json.dumps`` writes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from cybershop_customer.domain.session_feed import MAX_READ_AGE, SessionChange, SessionFeedPage
from cybershop_customer.entrypoints.http.answers import FeedAnswer
from cybershop_customer.entrypoints.http.feed_json import feed_json

# A surrogate alone has no UTF-8.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
PAGES = st.builds(
    SessionFeedPage,
    changes=st.lists(st.builds(SessionChange, TEXTS, TEXTS)).map(tuple),
    cursor=TEXTS,
    complete=st.booleans(),
    read_age=st.floats(0, MAX_READ_AGE),
)


@given(page=PAGES)
def test_a_page_is_written_as_json_writes_it(page: SessionFeedPage) -> None:
    written = feed_json(page)

    read_age = json.loads(written)["read_age"]
    answer: FeedAnswer = {
        "changes": [
            {"position": change.position, "customer_id": change.customer_id}
            for change in page.changes
        ],
        "cursor": page.cursor,
        "complete": page.complete,
        "read_age": read_age,
    }
    assert written == json.dumps(answer, ensure_ascii=False).encode()
    assert page.read_age <= read_age <= page.read_age + 0.001
