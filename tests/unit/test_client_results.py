"""What a client in process shows is what the service keeps, without its secrets."""

from dataclasses import fields

from support.builders.values import a_customer, a_session

from cybershop_customer.domain.customer_profile import CustomerProfile
from cybershop_customer.domain.session_details import SessionDetails, SessionSummary


def test_a_profile_has_each_field_of_its_customer() -> None:
    customer = a_customer(fname="Zoë", lname="Ek", locale="sv", roles=frozenset({"admin"}))

    profile = CustomerProfile.of(customer)

    for field in fields(CustomerProfile):
        assert getattr(profile, field.name) == getattr(customer, field.name), field.name
    assert "Zoë" not in repr(profile)


def test_a_summary_has_the_session_and_its_login() -> None:
    session = a_session("zoe", device="abc")

    summary = SessionSummary.of(SessionDetails(session, "192.0.2.7", "Shop/1.0"))

    assert summary.session_id == session.session_id
    assert (summary.issued_at, summary.expires_at) == (session.issued_at, session.expires_at)
    assert (summary.source, summary.user_agent, summary.device) == ("192.0.2.7", "Shop/1.0", "abc")
    assert "192.0.2.7" not in repr(summary)


def test_a_session_of_no_known_device_has_none() -> None:
    assert SessionSummary.of(SessionDetails(a_session("zoe"))).device is None
