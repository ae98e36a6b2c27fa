"""Settings for tests, and the faults of wrong ones."""

import pytest

from cybershop_customer import SettingsError
from cybershop_customer.entrypoints.read_settings import read_settings

ADMIN = {"CUSTOMER_ADMIN_ID": "root", "CUSTOMER_ADMIN_PASSWORD": "correct horse"}


def faults_of(environ: dict[str, str], *, demo: bool = False) -> dict[str, str]:
    """Each variable that is refused at the start, and the reason."""
    with pytest.raises(SettingsError) as refusal:
        read_settings(environ, demo=demo)
    faults = {fault.field: fault.detail for fault in refusal.value.faults}
    assert len(faults) == len(refusal.value.faults), "a variable was named twice"
    return faults
