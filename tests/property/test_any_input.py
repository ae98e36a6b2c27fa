"""Whatever comes in: only this library's errors come out, and a refusal leaves no trace."""

from collections.abc import Callable
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    AccountPolicy,
    ContextId,
    CustomerServiceError,
    InvalidInputError,
    SessionRefusedError,
)
from cybershop_customer.adapters.email_validator.email_syntax import EmailValidatorSyntax

# Lone surrogates included, which hypothesis leaves out of text() unless told.
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=[]), max_size=60)
NO_TEXT = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.binary(),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.text()),
)
LONG_TEXT = st.builds(lambda text, times: text * times, ANY_TEXT, st.integers(1, 100))
ID_LIKE = st.text("annb-._~/ ", max_size=10)
EMAIL_LIKE = st.one_of(
    st.emails(),
    st.builds("{}@{}".format, ANY_TEXT, ANY_TEXT),
    st.builds("{}@{}.example".format, ANY_TEXT, ANY_TEXT),
    st.builds("{}@shop.example".format, st.text("annAN\u0301\u0390.", min_size=1)),
)
CONTEXT_ID_LIKE = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{42,44}\.?[A-Za-z0-9\-._~]{0,130}", fullmatch=True),
    st.builds("{}.{}".format, ANY_TEXT, ANY_TEXT),
)
ANYTHING = st.one_of(
    ANY_TEXT, NO_TEXT, LONG_TEXT, ID_LIKE, EMAIL_LIKE, CONTEXT_ID_LIKE, st.just(PASSWORD)
)
TOKEN_LIKE = st.one_of(ANYTHING, st.from_regex(r"[A-Za-z0-9_-]{43}\.ann", fullmatch=True))
PROFILE = dict.fromkeys(("fname", "lname", "address1", "address2", "locale"), ANYTHING)


def new_workbench() -> Workbench:
    bench = Workbench()
    bench.add("ann")
    bench.login("ann")
    return bench


def contents(bench: Workbench) -> object:
    """All that is stored: the tables themselves, since any id may have been written."""
    tables = bench.storage.customers._tables  # type: ignore[attr-defined]
    return dict(tables.rows), dict(tables.email_owners), {k: [*v] for k, v in tables.logs.items()}


def refused_without_a_trace(bench: Workbench, action: Callable[[], object]) -> bool:
    """Whether ``action`` was refused; its error must be ours, and nothing may have changed."""
    before = contents(bench)
    try:
        action()
    except CustomerServiceError:
        assert contents(bench) == before
        return True
    return False


@given(
    given=st.fixed_dictionaries(
        {"email": ANYTHING, "password": ANYTHING, "customer_id": ANYTHING}, optional=PROFILE
    )
)
def test_adding(given: dict[str, Any]) -> None:
    bench = new_workbench()

    if not refused_without_a_trace(bench, lambda: bench.customers.add_customer(**given)):
        added = next(c for c in contents(bench)[0].values() if c.customer.customer_id != "ann")
        assert added.customer.email == given["email"]


@given(email=EMAIL_LIKE, profile=st.fixed_dictionaries({}, optional=PROFILE))
def test_adding_with_one_field_strange(email: str, profile: dict[str, Any]) -> None:
    bench = new_workbench()

    refused_without_a_trace(
        bench, lambda: bench.customers.add_customer(email=email, password=PASSWORD, **profile)
    )


@given(
    customer_id=st.one_of(st.just("ann"), ANYTHING),
    fields=st.fixed_dictionaries(
        {}, optional={**PROFILE, "email": ANYTHING, "password": ANYTHING, "if_version": ANYTHING}
    ),
)
def test_updating(customer_id: Any, fields: dict[str, Any]) -> None:
    bench = new_workbench()

    refused_without_a_trace(
        bench, lambda: bench.customers.update_customer(customer_id, actor=OPERATOR, **fields)
    )


@given(
    given=st.fixed_dictionaries(
        {"password": ANYTHING}, optional={"customer_id": ANYTHING, "email": ANYTHING}
    )
)
def test_logging_in(given: dict[str, Any]) -> None:
    bench = new_workbench()
    before = contents(bench)

    try:
        bench.sessions.login(**given)
    except InvalidInputError:
        assert contents(bench) == before
    except CustomerServiceError:
        # A refused login leaves its record and nothing else.
        assert contents(bench)[:2] == before[:2]


@given(context_id=ANYTHING, customer_id=st.one_of(st.none(), ANYTHING))
def test_checking_and_ending_a_session(context_id: Any, customer_id: Any) -> None:
    bench = new_workbench()

    for use_case in (bench.sessions.check_session, bench.sessions.logout):
        before = contents(bench)
        try:
            use_case(context_id, customer_id=customer_id)
        except SessionRefusedError:
            assert contents(bench) == before
        else:
            raise AssertionError("nobody guesses a context_id")


@given(
    use_case=st.sampled_from(["get", "delete", "list", "end", "grant", "revoke", "read"]),
    customer_id=ANYTHING,
    role=ANYTHING,
    cursor=st.one_of(st.none(), ANY_TEXT),
)
def test_the_use_cases_of_admins(use_case: str, customer_id: Any, role: Any, cursor: Any) -> None:
    bench = new_workbench()
    actions = {
        "get": lambda: bench.customers.get_customer(customer_id, actor=OPERATOR),
        "delete": lambda: bench.customers.delete_customer(customer_id, actor=OPERATOR),
        "list": lambda: bench.sessions.list_sessions(customer_id, actor=OPERATOR),
        "end": lambda: bench.sessions.end_sessions(customer_id, actor=OPERATOR),
        "grant": lambda: bench.roles.grant_role(customer_id, role, actor=OPERATOR),
        "revoke": lambda: bench.roles.revoke_role(customer_id, role, actor=OPERATOR),
        "read": lambda: bench.audit.read_records(customer_id, actor=OPERATOR, cursor=cursor),
    }

    refused_without_a_trace(bench, actions[use_case])


def refused_with_records_only(bench: Workbench, action: Callable[[], object]) -> None:
    """``action`` may be refused with records of the refusal, and without any other trace."""
    before = contents(bench)
    try:
        action()
    except InvalidInputError:
        assert contents(bench) == before
    except CustomerServiceError:
        assert contents(bench)[:2] == before[:2]


@given(fields=st.fixed_dictionaries({}, optional={**PROFILE, "if_version": ANYTHING}))
def test_changing_the_own_account(fields: dict[str, Any]) -> None:
    bench = new_workbench()
    actor = bench.login("ann").session

    refused_without_a_trace(bench, lambda: bench.accounts.update_account(actor=actor, **fields))


@given(
    given=st.fixed_dictionaries(
        {"password": st.one_of(st.just(PASSWORD), ANYTHING), "new_password": ANYTHING},
        optional={"device_token": ANYTHING},
    ),
    email=ANYTHING,
    session_id=ANYTHING,
)
def test_changing_the_own_credentials(given: dict[str, Any], email: Any, session_id: Any) -> None:
    bench = new_workbench()
    actor = bench.login("ann").session

    for action in (
        lambda: bench.sessions.end_session("ann", session_id, actor=actor),
        lambda: bench.password_change.change_password(actor=actor, **given),
        lambda: bench.accounts.change_email(actor=actor, email=email),
    ):
        refused_with_records_only(bench, action)


@given(
    name=st.fixed_dictionaries({}, optional={"customer_id": ANYTHING, "email": ANYTHING}),
    token=TOKEN_LIKE,
    password=st.one_of(st.just("another horse"), ANYTHING),
)
def test_links(name: dict[str, Any], token: Any, password: Any) -> None:
    bench = Workbench(account_policy=AccountPolicy(email_verification=True))
    bench.add("ann")
    bench.background.run_all()
    before = contents(bench)

    for action in (
        lambda: bench.password_reset.complete_reset(token=token, password=password),
        lambda: bench.email_verification.complete_verification(token=token),
        lambda: bench.password_reset.request_reset(**name),
        lambda: bench.email_verification.request_verification(**name),
    ):
        refused_with_records_only(bench, action)
    assert contents(bench)[:2] == before[:2], "nobody guesses a token"
    bench.background.run_all()


@given(text=CONTEXT_ID_LIKE)
def test_a_context_id_is_read_back_or_refused(text: str) -> None:
    try:
        context_id = ContextId.parse(text)
    except SessionRefusedError:
        return
    assert context_id.secret == text
    assert text.endswith(f".{context_id.customer_id}")
    assert len(context_id.session_id) == 22


@given(text=st.one_of(EMAIL_LIKE, ANY_TEXT))
@example("\u0390@shop.example")
@example("\u1fb4@shop.example")
@example("\u03aa\u0301@shop.example")
def test_the_key_of_an_address_is_an_address_with_the_same_key(text: str) -> None:
    syntax = EmailValidatorSyntax()
    try:
        address = syntax.parse(text)
    except ValueError:
        return
    assert address.address == text
    assert syntax.parse(address.key).key == address.key
