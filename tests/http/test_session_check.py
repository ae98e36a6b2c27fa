import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, add, faulty_fields, is_live, log_in, the_problem

from cybershop_customer import OPERATOR, ContextId
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.testkit.clock import ManualClock
from cybershop_customer.entrypoints.testkit.email_proof import set_email_verified

SESSION = f"{BASE}/session"


@pytest.fixture
def context_id(api: Api) -> str:
    add(api, "zoe")
    return log_in(api, "zoe")


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_answer_to_a_bearer_has_the_customer_of_the_session(
    api: Api, context_id: str, slash: str
) -> None:
    answer = api.get(f"{SESSION}{slash}", bearer=context_id)

    assert answer.status == 200
    assert answer.json == {
        "session_id": ContextId.parse(context_id).session_id,
        "customer_id": "zoe",
        "roles": [],
        "email_verified": False,
        "issued_at": "2031-05-17T12:00:00.123456Z",
        "expires_at": "2031-05-17T12:30:00.123456Z",
    }


def test_a_refusal_has_the_session_id(api: Api, context_id: str) -> None:
    """So a client can detect the refusal of another request."""
    api.put(f"{BASE}/logoff", bearer=context_id)
    pair = {"customer_id": "yan", "context_id": context_id}

    for answer in (api.get(SESSION, bearer=context_id), api.post(SESSION, pair)):
        problem = the_problem(answer, 401, "session-refused")
        assert problem["session_id"] == ContextId.parse(context_id).session_id


def test_a_refusal_of_a_malformed_context_id_has_no_session_id(api: Api) -> None:
    for answer in (api.get(SESSION), api.get(SESSION, bearer="x.zoe")):
        assert "session_id" not in the_problem(answer, 401, "session-refused")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_credentials_may_come_in_the_message(api: Api, context_id: str, method: str) -> None:
    answer = api.request(method, SESSION, {"customer_id": "zoe", "context_id": context_id})

    assert (answer.status, answer.json["customer_id"]) == (200, "zoe")


def test_a_bearer_may_be_posted_too(api: Api, context_id: str) -> None:
    assert api.post(SESSION, bearer=context_id).status == 200


def test_the_query_may_name_the_customer(api: Api, context_id: str) -> None:
    assert api.get(f"{SESSION}?customer_id=zoe", bearer=context_id).status == 200


def test_the_roles_show_an_admin(api: Api, admin: str, container: Container) -> None:
    container.roles().grant_role("admin", "buyer", actor=OPERATOR)

    assert api.get(SESSION, bearer=admin).json["roles"] == ["admin", "buyer"]


def test_the_answer_says_whether_the_address_is_proven(
    api: Api, context_id: str, admin: str, container: Container
) -> None:
    """The next check knows of the proof, and of another address that an admin sets."""

    def is_proven() -> object:
        return api.get(SESSION, bearer=context_id).json["email_verified"]

    set_email_verified(container, "zoe", email_verified=True)
    assert is_proven() is True

    api.put(f"{BASE}/zoe", {"email": "zoe@other.example"}, bearer=admin)
    assert is_proven() is False


def test_a_context_id_with_another_customer_id_is_refused(api: Api, context_id: str) -> None:
    add(api, "yan")
    pair = {"customer_id": "yan", "context_id": context_id}

    answers = [
        api.get(SESSION, pair),
        api.post(SESSION, pair),
        api.get(SESSION, {"customer_id": "yan"}, bearer=context_id),
        api.get(f"{SESSION}?customer_id=yan", bearer=context_id),
        api.get(f"{SESSION}?customer_id=", bearer=context_id),
    ]

    for answer in answers:
        assert the_problem(answer, 401, "session-refused")["reason"] == "unknown"


def test_message_and_query_must_agree(api: Api, context_id: str) -> None:
    answer = api.get(f"{SESSION}?customer_id=zoe", {"customer_id": "yan"}, bearer=context_id)

    assert faulty_fields(answer) == ["customer_id"]


@pytest.mark.parametrize("query", ["context_id={}", "customer_id=zoe&context_id={}", "context_id"])
def test_a_context_id_in_the_url_is_refused(api: Api, context_id: str, query: str) -> None:
    answer = api.get(f"{SESSION}?{query.format(context_id)}", bearer=context_id)

    assert faulty_fields(answer) == ["context_id"]
    assert context_id not in answer.body.decode()


def test_a_customer_id_alone_is_no_credential(api: Api, context_id: str) -> None:
    answer = api.get(f"{SESSION}?customer_id=zoe")

    assert the_problem(answer, 401, "session-refused")["reason"] == "missing"


@pytest.mark.parametrize("field", ["password", "email", "token"])
def test_other_fields_than_the_credentials_are_refused(
    api: Api, context_id: str, field: str
) -> None:
    answer = api.post(SESSION, {"context_id": context_id, field: "x"})

    assert faulty_fields(answer) == [field]


class TestBearer:
    """RFC 6750 and RFC 9110, 11.6."""

    def check(self, api: Api, authorization: str) -> Answer:
        return api.get(SESSION, headers={"Authorization": authorization})

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
    def test_the_scheme_is_written_in_any_case(
        self, api: Api, context_id: str, scheme: str
    ) -> None:
        assert self.check(api, f"{scheme} {context_id}").status == 200

    def test_several_spaces_are_one(self, api: Api, context_id: str) -> None:
        assert self.check(api, f"Bearer   {context_id}").status == 200

    @pytest.mark.parametrize("authorization", ["Bearer", "Bearer "])
    def test_a_bearer_without_a_token_is_missing(self, api: Api, authorization: str) -> None:
        answer = self.check(api, authorization)

        assert the_problem(answer, 401, "session-refused")["reason"] == "missing"

    def test_without_the_header_no_error_is_named(self, api: Api) -> None:
        answer = api.get(SESSION)

        assert the_problem(answer, 401, "session-refused")["reason"] == "missing"
        assert answer.headers["www-authenticate"] == 'Bearer realm="customer"'

    @pytest.mark.parametrize(
        "authorization",
        [
            "Basic em9lOnBhc3N3b3Jk",
            "Bearer x",
            "Bearer {}x",
            "Bearer {}\xe9",
            "Bearer {} {}",
            "Bearer {}, Bearer {}",
            "Bearer={}",
            "{}",
            "Token {}",
            "",
        ],
    )
    def test_anything_else_is_malformed_or_unknown(
        self, api: Api, context_id: str, authorization: str
    ) -> None:
        answer = self.check(api, authorization.replace("{}", context_id))

        assert the_problem(answer, 401, "session-refused")["reason"] in ("malformed", "unknown")
        assert answer.headers["www-authenticate"] == (
            'Bearer realm="customer", error="invalid_token"'
        )
        assert context_id not in answer.body.decode()

    def test_one_wrong_character_is_unknown(self, api: Api, context_id: str) -> None:
        wrong = ("b" if context_id[0] == "a" else "a") + context_id[1:]

        answer = self.check(api, f"Bearer {wrong}")

        assert the_problem(answer, 401, "session-refused")["reason"] == "unknown"


class TestLife:
    def test_a_session_that_is_not_used_ends(
        self, api: Api, context_id: str, clock: ManualClock
    ) -> None:
        clock.advance(minutes=30)

        answer = api.get(SESSION, bearer=context_id)

        assert the_problem(answer, 401, "session-refused")["reason"] == "expired"
        assert answer.headers["www-authenticate"].endswith('error="invalid_token"')

    def test_a_session_that_is_used_lives_on(
        self, api: Api, context_id: str, clock: ManualClock
    ) -> None:
        for _ in range(4):
            clock.advance(minutes=20)
            answer = api.get(SESSION, bearer=context_id)

        assert answer.json["issued_at"] == "2031-05-17T12:00:00.123456Z"
        assert answer.json["expires_at"] == "2031-05-17T13:50:00.123456Z"

    def test_no_session_lives_longer_than_the_maximum_lifetime(
        self, api: Api, context_id: str, clock: ManualClock
    ) -> None:
        lives = []
        for _ in range(37):
            lives.append(is_live(api, context_id))
            clock.advance(minutes=20)

        assert lives == [True] * 36 + [False]

    def test_a_logout_is_effective_for_the_very_next_check(self, api: Api, context_id: str) -> None:
        api.put(f"{BASE}/logoff", bearer=context_id)

        answer = api.get(SESSION, bearer=context_id)

        assert the_problem(answer, 401, "session-refused")["reason"] == "revoked"
