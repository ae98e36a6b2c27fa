"""Settings for tests, right and wrong."""

import pytest

from cybershop_customer import SettingsError
from cybershop_customer.entrypoints.settings import Settings

ADMIN = {"CUSTOMER_ADMIN_ID": "root", "CUSTOMER_ADMIN_PASSWORD": "correct horse"}


def faults_of(environ: dict[str, str], *, demo: bool = False) -> dict[str, str]:
    """Each variable that is refused, and why."""
    with pytest.raises(SettingsError) as refusal:
        (Settings.demo_from_environ if demo else Settings.from_environ)(environ)
    faults = {fault.field: fault.detail for fault in refusal.value.faults}
    assert len(faults) == len(refusal.value.faults), "a variable was named twice"
    return faults
