"""What ``import cybershop_customer`` offers."""

import inspect
import subprocess
import sys
from typing import Any

import pytest

import cybershop_customer

FACE = [
    "ADMIN",
    "OPERATOR",
    "AccountPolicy",
    "AccountService",
    "Actor",
    "Attempt",
    "AuditLog",
    "AuditPage",
    "AuditRecord",
    "AuditService",
    "Background",
    "BreachedPasswords",
    "Charge",
    "CheckerUnavailableError",
    "Clock",
    "ContextId",
    "Customer",
    "CustomerExistsError",
    "CustomerExport",
    "CustomerNotFoundError",
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
    "InvalidInputError",
    "KeyedRegistration",
    "LiveBounds",
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
]
CLASSES = [name for name in FACE if inspect.isclass(getattr(cybershop_customer, name))]
PORTS = [
    "AuditLog",
    "BreachedPasswords",
    "Clock",
    "CustomerRepository",
    "EmailSyntax",
    "HashingLane",
    "HashingPlace",
    "LoginThrottle",
    "PasswordBlocklist",
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
    "dependency_injector",
    "email_validator",
    "falcon",
    "pynamodb",
    "waitress",
]


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
    public = {
        name
        for name, value in vars(cybershop_customer).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }

    assert public == set(FACE)


def test_importing_it_loads_no_third_party() -> None:
    """Other services import this package in order to ask about sessions."""
    code = (
        "import sys, cybershop_customer;"
        f"print([name for name in {THIRD_PARTIES} if name in sys.modules],"
        "[name for name in sys.modules if name.startswith('cybershop_customer.')"
        " and name.split('.')[1] not in ('domain', 'ports')])"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.split() == ["[]", "[]"]


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

    assert port.__abstractmethods__ == {name for base in port.__mro__ for name in methods(base)}
    with pytest.raises(TypeError, match="abstract"):
        forgetful()
