"""The page about moving from the first service: its program works, and its facts hold."""

from types import ModuleType
from typing import Any, Final

import pytest
from support.http.api import Api
from support.http.customer_api import add, log_in
from support.http.transports import over_http, served
from support.repository.checkout import ROOT
from support.repository.markdown import Document

from cybershop_customer import OPERATOR, ForbiddenError, SessionRefusedError
from cybershop_customer.domain.fields import PROFILE
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.customer_files.customer_fields import SESSION_FIELD
from cybershop_customer.entrypoints.http.app import create_app

PAGE: Final = Document(ROOT / "docs" / "moving.md")


def test_the_program_of_the_other_services_checks_the_pair() -> None:
    container = memory_container()
    with served(create_app(container.services())) as server, over_http(server.url) as send:
        api = Api(send)
        program: Any = ModuleType("orders")
        (code,) = PAGE.blocks("python")
        code = code.replace("http://customer.shop.example:30000", server.url)
        exec(compile(code, str(PAGE), "exec"), vars(program))
        add(api, "zoe")
        message = {"customer_id": "zoe", "context_id": log_in(api, "zoe")}
        try:
            assert program.customer_of(message) == "zoe"
            with pytest.raises(SessionRefusedError):
                program.customer_of({**message, "customer_id": "yan"})
            with pytest.raises(ForbiddenError):
                program.customer_of(message, "admin")
            add(api, "yan")
            container.services().roles.grant_role("yan", "admin", actor=OPERATOR)
            message = {"customer_id": "yan", "context_id": log_in(api, "yan")}
            assert program.customer_of(message, "admin") == "yan"
        finally:
            program.checker.close()


def test_it_names_every_attribute_that_is_read() -> None:
    text = PAGE.path.read_text(encoding="utf-8").rpartition("| attribute | imported |")[2]

    for name in ("customer_id", "email", "password", *PROFILE, SESSION_FIELD):
        assert f"`{name}`" in text, name
