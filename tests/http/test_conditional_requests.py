"""ETag and If-Match (RFC 9110, 8.8.3 and 13.1.1): no update is lost."""

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, add, faulty_fields, the_problem


@pytest.fixture
def etag(api: Api, admin: str) -> str:
    """The ETag of a customer who was updated once."""
    add(api, "zoe")
    return api.put(f"{BASE}/zoe", {"fname": "Zoe"}, bearer=admin).headers["etag"]


def update(api: Api, admin: str, if_match: str, **changes: str) -> Answer:
    message = changes or {"lname": "New"}
    return api.put(f"{BASE}/zoe", message, bearer=admin, headers={"If-Match": if_match})


def delete(api: Api, admin: str, if_match: str) -> Answer:
    return api.delete(f"{BASE}/zoe", bearer=admin, headers={"If-Match": if_match})


def test_each_change_has_its_own_tag(api: Api, admin: str) -> None:
    tags = [add(api, "zoe").headers["etag"]]
    for name in ("a", "b"):
        tags.append(api.put(f"{BASE}/zoe", {"fname": name}, bearer=admin).headers["etag"])
        assert api.get(f"{BASE}/zoe", bearer=admin).headers["etag"] == tags[-1]

    assert len(set(tags)) == 3
    assert all(tag.startswith('"') for tag in tags)


def test_an_update_that_changes_nothing_keeps_the_tag(api: Api, admin: str, etag: str) -> None:
    again = api.put(f"{BASE}/zoe", {"fname": "Zoe"}, bearer=admin)

    assert again.headers["etag"] == etag


@pytest.mark.parametrize("if_match", ["{}", "*", " {} "])
def test_the_right_tag_lets_an_update_through(
    api: Api, admin: str, etag: str, if_match: str
) -> None:
    answer = update(api, admin, if_match.format(etag))

    assert answer.status == 200
    assert answer.headers["etag"] != etag
    assert api.get(f"{BASE}/zoe", bearer=admin).json["lname"] == "New"


@pytest.mark.parametrize("if_match", ["{}", "*"])
def test_the_right_tag_lets_a_delete_through(
    api: Api, admin: str, etag: str, if_match: str
) -> None:
    assert delete(api, admin, if_match.format(etag)).status == 200


NOT_THIS_VERSION = [
    '"1"',
    '"{before}"',
    '"{after}"',
    '"999999999999999999999999"',
    '"-1"',
    '"0x2"',
    '"²"',
    '"two"',
    'W/"{this}"',
    '"*"',
]


def filled_in(if_match: str, etag: str) -> str:
    """``if_match`` with the version of ``etag`` and its neighbours filled in."""
    this = int(etag.strip('"'))
    return if_match.format(before=this - 1, this=this, after=this + 1)


@pytest.mark.parametrize("if_match", NOT_THIS_VERSION)
def test_any_other_tag_stops_an_update(api: Api, admin: str, etag: str, if_match: str) -> None:
    answer = update(api, admin, filled_in(if_match, etag))

    the_problem(answer, 412, "precondition-failed")
    stored = api.get(f"{BASE}/zoe", bearer=admin)
    assert (stored.headers["etag"], stored.json["lname"]) == (etag, "")


@pytest.mark.parametrize("if_match", NOT_THIS_VERSION)
def test_any_other_tag_stops_a_delete(api: Api, admin: str, etag: str, if_match: str) -> None:
    the_problem(delete(api, admin, filled_in(if_match, etag)), 412, "precondition-failed")
    assert api.get(f"{BASE}/zoe", bearer=admin).headers["etag"] == etag


@pytest.mark.parametrize("changes", [{"email": "new@shop.example"}, {"password": "another horse"}])
def test_every_kind_of_update_is_conditional(
    api: Api, admin: str, etag: str, changes: dict[str, str]
) -> None:
    the_problem(update(api, admin, '"1"', **changes), 412, "precondition-failed")
    assert update(api, admin, etag, **changes).status == 200


@pytest.mark.parametrize(
    "if_match", ['"1", "{this}"', '"{this}", "{this}"', '"1", W/"{this}"', '"1","2"']
)
def test_a_condition_must_name_exactly_one_version(
    api: Api, admin: str, etag: str, if_match: str
) -> None:
    assert faulty_fields(update(api, admin, filled_in(if_match, etag))) == ["If-Match"]
    assert faulty_fields(delete(api, admin, filled_in(if_match, etag))) == ["If-Match"]
    assert api.get(f"{BASE}/zoe", bearer=admin).headers["etag"] == etag


MALFORMED = [
    "{this}",
    "garbage",
    '"',
    '""',
    '"{this}',
    '{this}"',
    '"{this}" x',
    '"{this} "',
    "'{this}'",
    'w/"{this}"',
    'W/""',
    "1 2",
    "1, 2",
    '"{this}",',
    ",",
    "",
    " ",
]


@pytest.mark.parametrize("if_match", MALFORMED)
def test_a_malformed_condition_is_a_fault(api: Api, admin: str, etag: str, if_match: str) -> None:
    detail = "must be a version in double quotes, as the header ETag gave it"
    for answer in (
        update(api, admin, filled_in(if_match, etag)),
        delete(api, admin, filled_in(if_match, etag)),
    ):
        found = the_problem(answer, 400, "invalid-input")
        assert found["errors"] == [{"field": "If-Match", "detail": detail}]
    assert api.get(f"{BASE}/zoe", bearer=admin).headers["etag"] == etag


def test_a_malformed_condition_is_reported_with_the_other_faults(
    api: Api, admin: str, etag: str
) -> None:
    assert etag
    assert faulty_fields(update(api, admin, "abc", fname="\n")) == ["If-Match", "fname"]


def test_a_condition_on_an_unknown_customer_is_not_found(api: Api, admin: str) -> None:
    the_problem(update(api, admin, '"1"'), 404, "customer-not-found")
    the_problem(delete(api, admin, '"1"'), 404, "customer-not-found")
