"""Customers read, change and delete their own accounts."""

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, add, faulty_fields, is_live, log_in, the_problem
from support.http.own_account import ME, requires_login

from cybershop_customer import VersionConflictError
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.testkit.clock import ManualClock

PATCH_TYPES = "application/merge-patch+json, application/json"


@pytest.fixture
def zoe(api: Api) -> str:
    """The ``context_id`` of a customer with a profile."""
    add(api, "zoe", fname="Zoë", lname="Ó Briain", locale="ga-IE")
    return log_in(api, "zoe")


class TestRead:
    def test_the_answer_is_the_one_about_the_customer_by_id(self, api: Api, zoe: str) -> None:
        own = api.get(ME, bearer=zoe)
        by_id = api.get(f"{BASE}/zoe", bearer=zoe)

        assert (own.status, own.json) == (200, by_id.json)
        assert (own.json["customer_id"], own.json["locale"]) == ("zoe", "ga-IE")
        assert own.headers["etag"] == by_id.headers["etag"]

    def test_it_needs_a_session(self, api: Api) -> None:
        for method in ("GET", "PATCH", "DELETE"):
            the_problem(api.request(method, ME, {}), 401, "session-refused")

    def test_a_message_with_any_field_is_a_mistake(self, api: Api, zoe: str) -> None:
        answer = api.delete(ME, {"customer_id": "yan"}, bearer=zoe)

        (fault,) = the_problem(answer, 400, "invalid-input")["errors"]
        assert fault == {
            "field": "customer_id",
            "detail": "is not a field here; this takes no fields",
        }
        assert is_live(api, zoe)


class TestChange:
    @pytest.mark.parametrize("media_type", ["application/json", "Application/Merge-Patch+JSON"])
    def test_a_field_that_is_left_out_keeps_its_value(
        self, api: Api, zoe: str, media_type: str
    ) -> None:
        message = {"fname": "Zoe", "lname": None, "address1": "Cork"}
        headers = {"Content-Type": media_type}

        answer = api.patch(ME, message, bearer=zoe, headers=headers)

        assert answer.status == 200, answer
        assert answer.json == {"customer_id": "zoe", "message": "Account updated."}
        after = api.get(ME, bearer=zoe)
        assert after.headers["etag"] == answer.headers["etag"]
        assert (after.json["fname"], after.json["lname"]) == ("Zoe", "")
        assert (after.json["address1"], after.json["locale"]) == ("Cork", "ga-IE")

    def test_it_needs_no_recent_login_and_ends_no_session(
        self, api: Api, zoe: str, clock: ManualClock
    ) -> None:
        clock.advance(minutes=20)

        assert api.patch(ME, {"fname": "Zoe"}, bearer=zoe).status == 200
        assert is_live(api, zoe)

    def test_if_match_must_be_the_version(self, api: Api, zoe: str) -> None:
        etag = api.get(ME, bearer=zoe).headers["etag"]

        first = api.patch(ME, {"fname": "A"}, bearer=zoe, headers={"If-Match": etag})
        second = api.patch(ME, {"fname": "B"}, bearer=zoe, headers={"If-Match": etag})
        malformed = api.patch(ME, {"x": "B"}, bearer=zoe, headers={"If-Match": "1"})

        assert first.status == 200
        the_problem(second, 412, "precondition-failed")
        assert set(faulty_fields(malformed)) == {"x", "If-Match"}
        assert api.get(ME, bearer=zoe).json["fname"] == "A"

    def test_the_fault_names_the_operation_that_changes_the_field(self, api: Api, zoe: str) -> None:
        message = {"email": "new@shop.example", "password": "secret", "customer_id": "yan"}

        answer = api.patch(ME, message, bearer=zoe)

        faults = the_problem(answer, 400, "invalid-input")["errors"]
        details = {fault["field"]: fault["detail"] for fault in faults}
        assert f"PUT to {ME}/email" in details["email"]
        assert f"PUT to {ME}/password" in details["password"]
        assert details["customer_id"] == "cannot be changed; leave it out"
        assert "secret" not in answer.body.decode()

    @pytest.mark.parametrize(
        ("message", "fields"),
        [
            ({}, ["fname"]),
            ({"roles": "admin"}, ["roles"]),
            ({"fname": 1, "locale": "x" * 9}, ["fname", "locale"]),
            ({"fname": {"nested": None}}, ["fname"]),
        ],
    )
    def test_faults(self, api: Api, zoe: str, message: object, fields: list[str]) -> None:
        answer = api.patch(ME, message, bearer=zoe)

        assert sorted(faulty_fields(answer)) == fields

    def test_a_refused_type_names_the_accepted_ones(self, api: Api, zoe: str) -> None:
        """RFC 5789, 2.2 and 3.1."""
        headers = {"Content-Type": "application/json-patch+json"}

        answer = api.patch(ME, [], bearer=zoe, headers=headers)

        problem = the_problem(answer, 415, "unsupported-media-type")
        assert answer.headers["accept-patch"] == PATCH_TYPES
        assert "'Content-Type: application/merge-patch+json'" in problem["detail"]
        assert api.request("OPTIONS", ME).headers["accept-patch"] == PATCH_TYPES

    def test_elsewhere_a_merge_patch_is_refused(self, api: Api, zoe: str) -> None:
        headers = {"Content-Type": "application/merge-patch+json"}

        answer = api.put(f"{ME}/email", {"email": "z@shop.example"}, bearer=zoe, headers=headers)

        the_problem(answer, 415, "unsupported-media-type")
        assert answer.headers["accept"] == "application/json"


class TestDelete:
    def test_the_customer_and_every_session_are_gone(self, api: Api, zoe: str) -> None:
        other = log_in(api, "zoe")

        answer = api.delete(ME, bearer=zoe)

        assert answer.json == {"customer_id": "zoe", "message": "Account deleted."}
        assert not is_live(api, zoe)
        assert not is_live(api, other)
        refused = api.put(f"{BASE}/login", {"customer_id": "zoe", "password": "correct horse"})
        the_problem(refused, 401, "login-refused")

    def test_it_needs_a_recent_login(self, api: Api, zoe: str, clock: ManualClock) -> None:
        """OWASP ASVS 5.0, 7.5.1."""
        clock.advance(minutes=5, seconds=1)
        assert requires_login(api.delete(ME, bearer=zoe))
        assert is_live(api, zoe)

        assert api.delete(ME, bearer=log_in(api, "zoe")).status == 200

    def test_another_version_is_kept(self, api: Api, zoe: str) -> None:
        etag = api.get(ME, bearer=zoe).headers["etag"]
        api.patch(ME, {"fname": "New"}, bearer=zoe)

        answer = api.delete(ME, bearer=zoe, headers={"If-Match": etag})

        the_problem(answer, 412, "precondition-failed")
        assert is_live(api, zoe)

    def test_admins_need_another_admin(self, api: Api, admin: str) -> None:
        the_problem(api.delete(ME, bearer=admin), 403, "another-admin-required")
        assert is_live(api, admin)


def test_a_change_that_never_gets_its_turn_is_a_conflict(
    api: Api, zoe: str, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object) -> None:
        raise VersionConflictError("zoe")

    monkeypatch.setattr(container.customer_repository(), "update", lose)

    the_problem(api.patch(ME, {"fname": "New"}, bearer=zoe), 409, "concurrent-change")
