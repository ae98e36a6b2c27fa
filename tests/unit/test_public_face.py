"""What ``import cybershop_customer`` offers."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest
from support.repository.checkout import PACKAGE, ROOT

import cybershop_customer

FACE = [
    "ADMIN",
    "OPERATOR",
    "AccountPolicy",
    "AccountService",
    "Actor",
    "AddedCustomer",
    "Attempt",
    "AuditLog",
    "AuditPage",
    "AuditRecord",
    "AuditService",
    "Background",
    "BearerClient",
    "BreachedPasswords",
    "Charge",
    "CheckerUnavailableError",
    "Clock",
    "ContextId",
    "Customer",
    "CustomerAddition",
    "CustomerAdministration",
    "CustomerClient",
    "CustomerExistsError",
    "CustomerExport",
    "CustomerImportService",
    "CustomerListService",
    "CustomerNotFoundError",
    "CustomerPage",
    "CustomerProfile",
    "CustomerRepository",
    "CustomerService",
    "CustomerServiceError",
    "CustomerUpdate",
    "CustomerWithSessions",
    "Device",
    "DeviceUse",
    "EmailAddress",
    "EmailChange",
    "EmailSyntax",
    "EmailTakenError",
    "EmailVerificationService",
    "ExportService",
    "FieldFault",
    "ForbiddenError",
    "HashingLane",
    "HashingPlace",
    "IdPolicy",
    "IdempotencyKeyReusedError",
    "ImportRules",
    "ImportedCustomer",
    "InvalidInputError",
    "KeyedRegistration",
    "LiveBounds",
    "Lockout",
    "LoginName",
    "LoginRefusedError",
    "LoginRequiredError",
    "LoginResult",
    "LoginThrottle",
    "MailOffError",
    "Notification",
    "NotificationFailedError",
    "NotificationKind",
    "Notifier",
    "OneTimeToken",
    "PasswordBlocklist",
    "PasswordChangeService",
    "PasswordHashFormats",
    "PasswordHasher",
    "PasswordPolicy",
    "PasswordResetService",
    "RandomSource",
    "RateLimit",
    "RefusalReason",
    "Revocation",
    "RoleService",
    "SelfRemovalError",
    "ServiceBusyError",
    "ServiceUnavailableError",
    "Session",
    "SessionChange",
    "SessionChangeLog",
    "SessionCheckService",
    "SessionChecker",
    "SessionDetails",
    "SessionFeed",
    "SessionFeedPage",
    "SessionFeedService",
    "SessionNotFoundError",
    "SessionOpening",
    "SessionPolicy",
    "SessionRefusedError",
    "SessionRepository",
    "SessionService",
    "SessionSummary",
    "SettingsError",
    "SourcePolicy",
    "Storage",
    "StoreFaultError",
    "StoreProbe",
    "StoreUnavailableError",
    "StoredToken",
    "Throttle",
    "ThrottleService",
    "TokenCondition",
    "TokenIssue",
    "TokenPurpose",
    "TokenRefusedError",
    "TooManyAttemptsError",
    "VersionConflictError",
    "WrongPasswordError",
    "trace_context",
]
CLASSES = [name for name in FACE if inspect.isclass(getattr(cybershop_customer, name))]
PORTS = [
    "AuditLog",
    "BearerClient",
    "BreachedPasswords",
    "Clock",
    "CustomerAdministration",
    "CustomerClient",
    "CustomerRepository",
    "EmailSyntax",
    "HashingLane",
    "HashingPlace",
    "LoginThrottle",
    "PasswordBlocklist",
    "PasswordHashFormats",
    "PasswordHasher",
    "RandomSource",
    "SessionChangeLog",
    "SessionChecker",
    "SessionFeed",
    "SessionRepository",
    "StoreProbe",
    "Throttle",
]
THIRD_PARTIES = [
    "bcrypt",
    "boto3",
    "botocore",
    "click",
    "dependency_injector",
    "email_validator",
    "falcon",
    "opentelemetry",
    "pynamodb",
    "h11",
    "offapi",
    "rich",
    "urllib3",
    "waitress",
]
SLOW = ["asyncio", "dataclasses", "datetime", "inspect", "logging", "socket", "ssl"]
"""Of the standard library."""
FIND = (
    "from importlib.util import module_from_spec, spec_from_file_location as find;"
    f"spec = find({PACKAGE!r}, {str(ROOT / '__init__.py')!r},"
    f" submodule_search_locations=[{str(ROOT)!r}]);"
    f"package = sys.modules[{PACKAGE!r}] = module_from_spec(spec); spec.loader.exec_module(package)"
)
"""Imports the package from this checkout, whatever its folder is called."""


def methods(of: type) -> dict[str, Any]:
    """What ``of`` itself defines for others to call."""
    return {
        name: value
        for name, value in vars(of).items()
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))
    }


def test_the_face_is_what_it_was() -> None:
    assert cybershop_customer.__all__ == FACE


def test_the_face_is_sorted_and_holds_no_name_twice() -> None:
    assert len(set(FACE)) == len(FACE)
    constants = [name for name in FACE if name.isupper()]
    assert sorted(constants) + sorted(set(FACE) - set(constants)) == FACE


def test_all_of_the_face_is_there_and_no_private_thing_beside_it() -> None:
    public = {name for name in dir(cybershop_customer) if not name.startswith("_")}

    assert public == set(FACE)
    assert [name for name in FACE if not hasattr(cybershop_customer, name)] == []


def test_a_name_that_it_does_not_have_is_refused_as_by_any_module() -> None:
    with pytest.raises(AttributeError, match="'cybershop_customer' has no attribute 'Custommer'"):
        cybershop_customer.Custommer  # noqa: B018


def test_type_checkers_see_what_a_program_gets() -> None:
    """The imports for type checkers, and the table of the running program."""
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    seen = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level and node.module
        for alias in node.names
        if alias.name in FACE
    }

    assert seen == cybershop_customer._MODULES
    assert "__getattr__" not in {it.name for it in tree.body if isinstance(it, ast.FunctionDef)}
    for name, module in seen.items():
        value = getattr(cybershop_customer, name)
        assert value is getattr(import_module(f"{PACKAGE}.{module}"), name)


def loaded_by(code: str) -> set[str]:
    """The modules of a new interpreter after ``code``."""
    # -S: an editable installation loads modules of its own at the start.
    code = f"import sys; {FIND}; {code}; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_importing_it_loads_no_module_before_a_name_is_used() -> None:
    """Other services import this package in order to ask about sessions."""
    loaded = loaded_by("import cybershop_customer")

    assert {name for name in loaded if name.startswith(PACKAGE)} == {PACKAGE}
    assert loaded & {*THIRD_PARTIES, *SLOW} == set()


def test_all_of_it_loads_the_domain_and_the_ports_and_no_third_party() -> None:
    loaded = loaded_by("from cybershop_customer import *")

    parts = {name.split(".")[1] for name in loaded if name.startswith(f"{PACKAGE}.")}
    others = {name for name in loaded if name.startswith(f"{PACKAGE}.adapters.")}
    assert parts == {"domain", "ports", "adapters"}
    assert {name.split(".")[2] for name in others} == {"forking"}
    assert loaded & set(THIRD_PARTIES) == set()


@pytest.mark.parametrize("name", ["client", "session_checkers"])
def test_a_way_in_for_other_services_loads_nothing_of_the_service(name: str) -> None:
    loaded = loaded_by(f"import cybershop_customer.entrypoints.{name}")

    assert loaded & {*THIRD_PARTIES, "asyncio", "importlib.metadata"} == set()
    ours = {module.removeprefix(f"{PACKAGE}.") for module in loaded if module.startswith(PACKAGE)}
    heavy = ("domain.services.", "adapters.dynamodb", "adapters.memory", "entrypoints.http")
    services = {module for module in ours if module.startswith(heavy)}
    assert services <= {"domain.services.checker_errors"}


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_says_what_it_is(name: str) -> None:
    doc = vars(getattr(cybershop_customer, name)).get("__doc__")

    assert doc
    assert not doc.startswith(f"{name}("), "that is only what dataclasses say by themselves"


@pytest.mark.parametrize("name", CLASSES)
def test_every_method_says_what_it_does(name: str) -> None:
    for method, value in methods(getattr(cybershop_customer, name)).items():
        assert inspect.getdoc(value), method


@pytest.mark.parametrize("name", PORTS)
def test_an_adapter_that_forgets_a_method_cannot_be_made(name: str) -> None:
    port = getattr(cybershop_customer, name)
    forgetful = type("Forgetful", (port,), {})

    abstract = port.__abstractmethods__ - {"__enter__", "__exit__"}
    assert abstract == {name for base in port.__mro__ for name in methods(base)}
    with pytest.raises(TypeError, match="abstract"):
        forgetful()
