"""How hard hypothesis tries: a little, and in CI more and always the same."""

import os

from hypothesis import HealthCheck, settings

IN_CI = "CI" in os.environ

settings.register_profile(
    "customer",
    deadline=None,
    max_examples=100 if IN_CI else 40,
    stateful_step_count=60,
    derandomize=IN_CI,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("customer")
