"""Every profile field can be written and read over HTTP, and is named in the audit log."""

from typing import Final

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, a_message, add, faulty_fields

from cybershop_customer.domain.fields import PROFILE
from cybershop_customer.entrypoints.testkit.clock import ManualClock

TEXTS: Final = {name: f"the {name}" for name in PROFILE} | {"locale": "de-AT"}
NEW: Final = dict.fromkeys(PROFILE, "new") | {"locale": "fr"}


def fields_of_last_record(api: Api, customer_id: str, admin: str) -> list[str]:
    fields: list[str] = api.get(f"{BASE}/{customer_id}/log", bearer=admin).json["records"][-1][
        "fields"
    ]
    return fields


def test_every_field_that_was_added_is_in_the_answer_and_in_the_log(api: Api, admin: str) -> None:
    add(api, "zoe", **TEXTS)

    answer = api.get(f"{BASE}/zoe", bearer=admin).json
    assert {name: answer[name] for name in PROFILE} == TEXTS
    assert fields_of_last_record(api, "zoe", admin) == sorted(["email", "password", *PROFILE])


@pytest.mark.parametrize("name", PROFILE)
def test_every_field_can_be_changed_alone(
    api: Api, admin: str, clock: ManualClock, name: str
) -> None:
    add(api, "zoe", **TEXTS)
    clock.advance(seconds=1)

    assert api.put(f"{BASE}/zoe", {name: NEW[name]}, bearer=admin).status == 200

    answer = api.get(f"{BASE}/zoe", bearer=admin).json
    assert {field: answer[field] for field in PROFILE} == {**TEXTS, name: NEW[name]}
    assert fields_of_last_record(api, "zoe", admin) == [name]


def test_an_empty_text_clears_a_field(api: Api, admin: str) -> None:
    add(api, "zoe", **TEXTS)

    assert api.put(f"{BASE}/zoe", dict.fromkeys(PROFILE, ""), bearer=admin).status == 200

    answer = api.get(f"{BASE}/zoe", bearer=admin).json
    assert {name: answer[name] for name in PROFILE} == dict.fromkeys(PROFILE, "")


@pytest.mark.parametrize("locale", ["German", "de_AT", "d", "de-", "de-" + "x" * 40, "de\n", " "])
def test_a_locale_is_a_language_tag(api: Api, admin: str, locale: str) -> None:
    refused = api.post(f"{BASE}/", a_message("zoe", locale=locale))
    assert faulty_fields(refused) == ["locale"]

    add(api, "zoe")
    assert faulty_fields(api.put(f"{BASE}/zoe", {"locale": locale}, bearer=admin)) == ["locale"]
