"""The inventory for an auditor says what the code does."""

import ast
import re
from datetime import timedelta
from importlib.metadata import requires, version
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from support.http.api import Answer, Api
from support.http.customer_api import BASE, PASSWORD, a_message, add, log_in
from support.http.routes import routes
from support.http.transports import in_process
from support.repository.checkout import ROOT, sources
from support.repository.requirements import NAME, base_requirements, extras

from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints import session_checkers
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings

DOCS: Final = ROOT / "docs"
PAGE: Final = (DOCS / "security-inventory.md").read_text(encoding="utf-8")
SECURITY: Final = (DOCS / "security.md").read_text(encoding="utf-8")
SETTINGS: Final = Settings()
FEED_TOKEN: Final = "0123456789abcdef0123456789ABCDEF"
SERVICES: Final = "orders=0123456789abcdef0123456789ABCDEF"
ADMIN_PASSWORD: Final = "admin's own"
TOKEN: Final = f"{'a' * 43}.zoe"
REFUSED: Final = {401, 403}
CRYPTOGRAPHY: Final = {"bcrypt", "hashlib", "hmac", "random", "secrets", "ssl"}
NETWORK: Final = {
    "aiohttp",
    "boto3",
    "botocore.session",
    "ftplib",
    "http.client",
    "httpx",
    "requests",
    "smtplib",
    "socket",
    "ssl",
    "subprocess",
    "urllib.request",
    "urllib3",
    "waitress",
}
BODIES: Final[dict[str, dict[str, Any]]] = {
    f"POST {BASE}": a_message("new"),
    f"PUT {BASE}": {"customer_id": "zoe", "fname": "Zoe"},
    f"DELETE {BASE}": {"customer_id": "zoe"},
    f"PUT {BASE}/login": {"customer_id": "zoe", "password": PASSWORD},
    f"PUT {BASE}/logoff": {"customer_id": "zoe"},
    f"GET {BASE}/session": {"customer_id": "zoe"},
    f"POST {BASE}/session": {"customer_id": "zoe"},
    f"PUT {BASE}/{{customer_id}}": {"fname": "Zoe"},
    f"PATCH {BASE}/me": {"fname": "Zoe"},
    f"PUT {BASE}/me/email": {"email": "new@shop.example"},
    f"POST {BASE}/password-reset": {"customer_id": "zoe"},
    f"POST {BASE}/password-reset/complete": {"token": TOKEN, "password": "another horse"},
    f"POST {BASE}/email-verification": {"customer_id": "zoe"},
    f"POST {BASE}/email-verification/complete": {"token": TOKEN},
}
"""What is sent beside the bearer; the requests concern the customer zoe."""
PASSWORDS: Final = {"the customer": PASSWORD, "another customer": PASSWORD, "admin": ADMIN_PASSWORD}


def table(heading: str, nth: int = 0) -> list[list[str]]:
    """The rows of a table below ``heading``, by default of the first one."""
    (below,) = re.findall(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    lines = below.split("\n|---")[nth + 1].split("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]


ACCESS: Final = table("Who may do what")
FIELDS: Final = table("Fields")
ACTORS: Final = ("stranger", "the customer", "another customer", "admin")


@pytest.fixture
def container() -> Container:
    return make_container(Settings.demo_from_environ({}))


def a_service(container: Container) -> Api:
    """The service with the customers zoe and yan and an admin."""
    container.roles().ensure_admin("admin", ADMIN_PASSWORD)
    app = create_app(container.services(), feed_token=FEED_TOKEN, introspection_tokens=SERVICES)
    with in_process(app) as send:
        api = Api(send)
    for customer_id in ("zoe", "yan"):
        add(api, customer_id)
    return api


def bearer_of(api: Api, actor: str) -> str | None:
    match actor:
        case "stranger":
            return None
        case "the customer":
            return log_in(api, "zoe")
        case "another customer":
            return log_in(api, "yan")
        case _:
            return log_in(api, "admin", ADMIN_PASSWORD)


class TestAccess:
    def test_every_request_is_in_the_table(self, container: Container) -> None:
        served = {
            f"{method} {path}"
            for path, methods in routes(container)
            for method in ({"any"} if "TRACE" in methods else methods - {"HEAD", "OPTIONS"})
        }
        assert sorted(row[0].strip("`") for row in ACCESS) == sorted(served)

    @pytest.mark.parametrize("row", ACCESS, ids=lambda row: row[0].strip("`"))
    def test_who_is_let_in(self, row: list[str]) -> None:
        request = row[0].strip("`")
        named = request.replace("{customer_id}", "zoe").replace("{session_id}", "a" * 22)
        method, path = named.replace("any ", "GET ").split()
        api = a_service(make_container(Settings.demo_from_environ({})))
        allowed: list[str] = []
        for actor in ACTORS:
            bearer = bearer_of(api, actor)
            message = BODIES.get(request, {})
            if request == f"PUT {BASE}/me/password":
                present = PASSWORDS.get(actor, PASSWORD)
                message = {"password": present, "new_password": f"{PASSWORD} 2"}
            answer = api.request(method, path, message, bearer=bearer)
            # 404 and 409 come after the decision: an earlier actor deleted or added the customer,
            # or took the address. So do the refusal of a token, and of one mail too many.
            later = 400 if "complete" in path else 429
            decided = {200, 404, 409, later}
            assert answer.status in decided | REFUSED, answer
            allowed.append("no" if answer.status in REFUSED else "yes")
            for customer_id in ("zoe", "yan"):
                api.post(BASE, a_message(customer_id))
        assert allowed == row[1:]


class TestFields:
    def test_who_reads_them(self, container: Container) -> None:
        api = a_service(container)
        for column, actor in ((1, "the customer"), (2, "admin")):
            answer = api.get(f"{BASE}/zoe", bearer=bearer_of(api, actor))
            assert set(answer.json) == {row[0].strip("`") for row in FIELDS if row[column] == "yes"}

    @pytest.mark.parametrize("row", FIELDS, ids=lambda row: row[0].strip("`"))
    def test_who_sets_them(self, row: list[str], container: Container) -> None:
        name = row[0].strip("`")
        api = a_service(container)
        values = {
            "customer_id": "new",
            "email": "new@shop.example",
            "password": "new password",
            "locale": "de",
        }
        field = {name: values.get(name, "x")}
        registered = api.post(BASE, {**a_message("new"), **field})
        assert registered.status == (200 if row[3] == "yes" else 400), registered
        field |= {"email": "newer@shop.example"} if name == "email" else {}
        changed = api.put(f"{BASE}/zoe", field, bearer=bearer_of(api, "admin"))
        assert changed.status == (200 if row[4] == "yes" else 400), changed

    @pytest.mark.parametrize("row", FIELDS, ids=lambda row: row[0].strip("`"))
    def test_who_changes_their_own(self, row: list[str], container: Container) -> None:
        name = row[0].strip("`")
        api = a_service(container)
        zoe = bearer_of(api, "the customer")
        changed = api.patch(f"{BASE}/me", {name: "de"}, bearer=zoe)
        assert changed.status == (200 if row[5] == "yes" else 400), changed
        if row[5].startswith("`"):
            method, path = row[5].strip("`").split()
            assert f"{method} to {BASE}{path}" in changed.json["errors"][0]["detail"]


def answers_by_rule(api: Api) -> dict[str, Answer]:
    """The answer to a request that breaks each of the rules between fields."""
    zoe, admin = bearer_of(api, "the customer"), bearer_of(api, "admin")
    one = f"{BASE}/zoe"
    names = {"customer_id": "zoe", "email": "zoe@shop.example", "password": PASSWORD}
    return {
        "a login has": api.put(f"{BASE}/login", names),
        "the path, the message,": api.put(one, {"customer_id": "yan", "fname": "Y"}, bearer=admin),
        "a `context_id` belongs": api.get(f"{BASE}/session?customer_id=yan", bearer=zoe),
        "a new password is none": api.put(one, {"password": "zoe@shop.example"}, bearer=admin),
        "an e-mail address belongs": api.put(one, {"email": "yan@shop.example"}, bearer=admin),
        "an update names": api.put(one, {}, bearer=admin),
        "a new password is not": api.put(
            f"{BASE}/me/password", {"password": PASSWORD, "new_password": PASSWORD}, bearer=zoe
        ),
        "a link is asked for": api.post(
            f"{BASE}/password-reset", {"customer_id": "zoe", "email": "zoe@shop.example"}
        ),
        "an update with `If-Match`": api.put(
            one, {"fname": "Z"}, bearer=admin, headers={"If-Match": '"1"'}
        ),
    }


def test_every_rule_between_fields_holds() -> None:
    """OWASP ASVS 5.0, 2.1.2 and 2.2.3."""
    settings = Settings(storage="memory", bcrypt_rounds=4)
    container = make_container(settings)
    container.notifier.override(MemoryNotifier())
    container.background.override(MemoryBackground())
    answers = answers_by_rule(a_service(container))
    told = {rule: status.strip("`") for rule, status in table("Rules between fields")}
    assert len(told) == len(answers)
    for rule, status in told.items():
        (answer,) = [answer for begin, answer in answers.items() if rule.startswith(begin)]
        assert str(answer.status) == status, rule


def test_the_page_has_the_life_of_a_session() -> None:
    policy = SETTINGS.session_policy
    idle, longest = policy.idle // timedelta(minutes=1), policy.max_lifetime // timedelta(hours=1)
    text = " ".join(PAGE.split())
    assert f"ends after {idle} minutes without use, and after {longest} hours in any case" in text
    assert f"has at most {policy.max_sessions} sessions" in text


def imported(source: ast.Module, modules: set[str]) -> set[str]:
    """What ``source`` imports from ``modules``: each name, or the module itself."""
    found: set[str] = set()
    for node in ast.walk(source):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module in modules:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def test_an_import_of_any_form_is_found() -> None:
    source = ast.parse("import ssl, os\ndef f():\n    from hashlib import md5 as h\n")
    assert imported(source, CRYPTOGRAPHY) == {"ssl", "hashlib.md5"}


def imports_of_the_product(modules: set[str]) -> dict[str, set[str]]:
    """What each module of the product imports from ``modules``."""
    trees = {str(path): ast.parse((ROOT / path).read_text(encoding="utf-8")) for path in sources()}
    found = {path: imported(tree, modules) for path, tree in trees.items()}
    return {path: names for path, names in found.items() if names}


def test_the_page_has_all_cryptography_and_all_random_numbers() -> None:
    """OWASP ASVS 5.0, 11.1.2 and 11.2.1: no algorithm beside these, and none of our own."""
    told = {
        row[0].strip("`"): set(re.findall(r"`([^`]+)`", row[1])) for row in table("Cryptography")
    }
    assert told == imports_of_the_product(CRYPTOGRAPHY)


def test_the_page_has_all_code_that_opens_connections() -> None:
    """OWASP ASVS 5.0, 13.1.1 and 13.2.4."""
    folders = {row[5].strip("`") for row in table("Connections")}
    # The client of DynamoDB and that of another service share it.
    shared = {
        f"adapters/http_api/{name}.py" for name in ("connection", "connection_pool", "tls_context")
    }
    for path in imports_of_the_product(NETWORK):
        assert path in shared or path.startswith(tuple(folders)), path
    for folder in folders:
        assert (ROOT / folder).is_dir(), folder


def test_the_page_has_the_time_limits_of_connections() -> None:
    limits = {row[0].split(",")[0]: row[3] for row in table("Connections")}
    assert limits["DynamoDB"] == (
        f"{SETTINGS.dynamodb_connect_timeout_seconds} second to connect,"
        f" {SETTINGS.dynamodb_read_timeout_seconds} for a reply,"
        f" {SETTINGS.dynamodb_time_limit_seconds} in all;"
        f" {2 * SETTINGS.dynamodb_time_limit_seconds + 1} for all calls of a use case"
    )
    look_up = limits["the look-up of breached passwords"]
    assert look_up == f"{SETTINGS.breached_passwords_seconds} seconds"
    assert limits["the mail server"] == f"{SETTINGS.mail_seconds} seconds a message"
    assert limits["this service"] == f"{session_checkers._TIME_LIMIT:g} seconds"
    request = f"{SETTINGS.request_seconds} seconds to send a request"
    assert limits["clients of this service (they connect)"].startswith(request)


def test_one_module_decides_where_the_log_goes() -> None:
    """OWASP ASVS 5.0, 16.2.3: to the standard error, or where the program's own handlers lead."""
    handlers = re.compile(r"\b\w*Handler\(|logging\.handlers|addHandler")
    found = [str(path) for path in sources() if handlers.search((ROOT / path).read_text("utf-8"))]
    # The first has the class of the handler that the second makes.
    assert found == ["entrypoints/line_handler.py", "entrypoints/logs.py"]


def test_every_kind_of_data_has_a_protection_level() -> None:
    levels = [row[0] for row in table("Protection levels")]
    data = SECURITY.split("\n## Data\n")[1].split("\n## ")[0]
    classes = [line.split(" | ")[1] for line in data.splitlines() if line.startswith("| ")][1:]
    assert len(classes) > 5
    for told in classes:
        assert re.match("|".join(sorted(levels, reverse=True)), told), told


DIRECT: Final = {
    extra: {component.name: component for component in extras()[extra] if component.name != NAME}
    for extra in ("async", "dynamodb", "service", "testkit")
}
"""What setup.cfg requires for each extra, without those of extras that it names."""
VULNERABLE: Final = [(row[0].strip("`"), Version(row[1])) for row in table("Components", nth=1)]


class TestComponents:
    def test_no_version_with_a_known_vulnerability_is_allowed(self) -> None:
        """OWASP ASVS 5.0, 15.2.1."""
        assert VULNERABLE
        bounds = {name: it.specifier for extra in DIRECT.values() for name, it in extra.items()}
        for name, repaired in VULNERABLE:
            assert Version(version(name)) >= repaired, name
            for specifier in bounds.get(name, ()):
                if specifier.operator == ">=":
                    assert Version(specifier.version) >= repaired, name

    def test_the_base_has_none(self) -> None:
        assert base_requirements() == []

    @pytest.mark.parametrize("extra", DIRECT)
    def test_each_is_in_the_table_with_its_lower_bound(self, extra: str) -> None:
        told = {
            row[0].strip("`"): row[1]
            for row in table("Components")
            if f"`{extra}`" in row[2].split(", ")
        }
        bounds = {
            name: specifier.version
            for name, component in DIRECT[extra].items()
            for specifier in component.specifier
            if specifier.operator == ">="
        }
        assert told == bounds

    def test_each_that_they_bring_is_in_the_table_too(self) -> None:
        """A new one is looked at before it is listed."""
        found: set[str] = set()
        waiting = [name for extra in DIRECT.values() for name in extra]
        while waiting:
            name = canonicalize_name(waiting.pop())
            if name not in found:
                found.add(name)
                needed = map(Requirement, requires(name) or [])
                waiting += [
                    needs.name
                    for needs in needed
                    if needs.marker is None or needs.marker.evaluate({"extra": ""})
                ]
        told = {name.strip("`") for row in table("Components") for name in row[0].split(", ")}
        assert found <= told
