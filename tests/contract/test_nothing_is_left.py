"""After a deletion no store and no log line has anything of the customer but what the docs say.

docs/personal-data.md has what stays, for how long, and why.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE
from support.http.transports import in_process
from support.stores.raw_content import raw_content

from cybershop_customer import OPERATOR, Storage
from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.domain.device import DeviceToken
from cybershop_customer.domain.idempotency_key import IdempotencyKey
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.log_formats import JsonFormatter
from cybershop_customer.entrypoints.settings import Settings

PROFILE: Final = {
    "fname": "Planted-Fname",
    "lname": "Planted-Lname",
    "address1": "1 Planted Street",
    "address2": "Planted Town",
    "locale": "de-CH-1996",
}
ADDRESS, NEW_ADDRESS = "planted-one@shop.example", "planted-two@shop.example"
PASSWORD: Final = "correct horse"
KEY: Final = "4f6d2f9a-7c1e-4d0b-9a53-0c3f8a1e5b77"
USER_AGENT: Final = "Planted-Agent/1.0"
ADMINS: Final = "admin's own"


@dataclass
class Shop:
    """A service with the customer zoe, who has used everything."""

    storage: Storage
    others: tuple[object, ...]
    """What the process holds beside the store."""
    api: Api
    bearer: str = ""
    held: set[str] = field(default_factory=set)
    """What is stored of the customer, until the deletion."""
    secrets: set[str] = field(default_factory=set)
    """What is never stored."""

    def content(self) -> str:
        return raw_content(self.storage, *self.others)


def ok(answer: Answer) -> Any:
    assert answer.status == 200, answer
    return answer.json


def open_shop(storage: Storage) -> Shop:
    """A service on ``storage``, with a customer who has used everything."""
    environ = {
        "CUSTOMER_EMAIL_VERIFICATION": "required",
        "CUSTOMER_ADMIN_ID": "root",
        "CUSTOMER_ADMIN_PASSWORD": ADMINS,
    }
    container = make_container(Settings.demo_from_environ(environ))
    mail = MemoryNotifier()
    container.storage.override(storage)
    container.notifier.override(mail)
    container.background.override(MemoryBackground())
    services = container.services()
    services.roles.ensure_admin("root", ADMINS)
    with in_process(create_app(services)) as send:
        shop = Shop(storage, (container.source_throttle(), container.record_throttle()), Api(send))

    def token() -> str:
        sent = mail.notifications[-1]
        assert sent.token is not None
        shop.secrets.add(sent.token.secret)
        shop.held.add(sent.token.token_hash)
        return sent.token.secret

    api = shop.api
    message = {"customer_id": "zoe", "email": ADDRESS, "password": PASSWORD, **PROFILE}
    former = {**message, "fname": "Planted-Former"}
    ok(api.post(BASE, former, headers={"Idempotency-Key": f'"{KEY}"'}))
    used = token()
    ok(api.post(f"{BASE}/email-verification/complete", {"token": used}))
    # Someone else wants the address, so its owner is told, which a budget counts.
    ok(api.post(BASE, {**message, "customer_id": "yan"}))
    services.customers.delete_customer("yan", actor=OPERATOR)
    login = services.sessions.login(
        email=ADDRESS, password=PASSWORD, source="192.0.2.7", user_agent=USER_AGENT
    )
    shop.bearer = login.context_id
    for name in ({"customer_id": "zoe"}, {"email": ADDRESS}):
        for device in ({}, {"device_token": login.device_token}):
            assert api.put(f"{BASE}/login", {**name, **device, "password": "no"}).status == 401
    patched = api.request("PATCH", f"{BASE}/me", PROFILE, bearer=shop.bearer)
    ok(patched)
    ok(api.get(f"{BASE}/me/export", bearer=shop.bearer))
    ended = services.sessions.login(customer_id="zoe", password=PASSWORD)
    ok(api.put(f"{BASE}/logoff", {"context_id": ended.context_id}))
    shop.held.clear()
    ok(api.put(f"{BASE}/me/email", {"email": NEW_ADDRESS}, bearer=shop.bearer))
    token()
    ok(api.post(f"{BASE}/password-reset", {"customer_id": "zoe"}))
    token()
    stored = container.customers().get_customer("zoe", actor=OPERATOR)
    for one in (login, ended):
        shop.secrets |= {one.context_id, one.device_token}
        shop.held.add(DeviceToken(one.device_token).device_id)
    shop.secrets |= {PASSWORD, used, KEY}
    shop.held |= {*PROFILE.values(), ADDRESS, NEW_ADDRESS, stored.password_hash}
    return shop


def delete_self(shop: Shop) -> None:
    ok(shop.api.delete(f"{BASE}/me", bearer=shop.bearer))


def delete_as_admin(shop: Shop) -> None:
    login = {"customer_id": "root", "password": ADMINS}
    admin = ok(shop.api.put(f"{BASE}/login", login))["context_id"]
    ok(shop.api.delete(f"{BASE}/zoe", bearer=admin))


def found(values: set[str], text: str) -> set[str]:
    return {value for value in values if value in text}


@pytest.mark.parametrize("delete", [delete_self, delete_as_admin])
def test_nothing_is_left(
    delete: Callable[[Shop], None],
    storage: Storage,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    shop = open_shop(storage)
    before = shop.content()

    delete(shop)
    for login in ({"customer_id": "zoe"}, {"email": ADDRESS}):
        shop.api.put(f"{BASE}/login", {**login, "password": PASSWORD})

    after = shop.content()
    log = "\n".join(map(JsonFormatter().format, caplog.records))
    # The same reader finds all of it before: a negative control.
    assert found(shop.held, before) == shop.held
    assert found(shop.secrets, before) == set()
    assert found(shop.held | shop.secrets | {"Planted-Former"}, after) == set()
    assert found(shop.held | shop.secrets | {"Planted-Former", USER_AGENT}, log) == set()
    assert '"route": "/api/v1/customer/me/email"' in log
    # What is kept for a repetition of the registration has the id, and nothing that tells a name.
    assert found({IdempotencyKey(KEY).key_hash}, after)
    # Audit records keep these until their retention is over.
    assert found({"zoe", "192.0.2.7", USER_AGENT}, after) == {"zoe", "192.0.2.7", USER_AGENT}
