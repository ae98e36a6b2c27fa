"""How hard hypothesis tries: moderately, and in CI always the same."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "customer",
    deadline=None,
    max_examples=100,
    stateful_step_count=60,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("customer")
