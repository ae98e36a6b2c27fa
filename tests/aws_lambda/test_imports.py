"""What the authorizer loads: the cold start pays for each package."""

import os
import subprocess
import sys
from typing import Final

HANDLER: Final = "cybershop_customer.entrypoints.aws_lambda.handler"
HEAVY: Final = {
    "bcrypt",
    "boto3",
    "dependency_injector",
    "email_validator",
    "falcon",
    "pynamodb",
    "s3transfer",
    "waitress",
}


def run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a new interpreter, in the environment of a Lambda function."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_SESSION_TOKEN": "token",
            **environ,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_handler_loads_only_botocore() -> None:
    names = "sorted({name.partition('.')[0] for name in sys.modules})"

    ran = run(f"import sys, {HANDLER}; print(*{names})")

    assert ran.returncode == 0, ran.stderr
    loaded = set(ran.stdout.split())
    assert {"botocore", "cybershop_customer"} <= loaded
    assert loaded & HEAVY == set()


def test_the_handler_starts_no_thread() -> None:
    ran = run(
        f"import threading, {HANDLER}; print(threading.active_count())",
        CUSTOMER_AUTHORIZER_FOLLOW_FEED="true",
    )

    assert ran.stdout == "1\n", ran.stderr


def test_a_wrong_variable_ends_the_initialization() -> None:
    ran = run(f"import {HANDLER}", CUSTOMER_AUTHORIZER_ROLE="Admin!")

    assert ran.returncode == 1
    assert "SettingsError: CUSTOMER_AUTHORIZER_ROLE must be" in ran.stderr
