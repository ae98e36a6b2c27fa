"""The stores that a deployment can choose."""

import subprocess
import sys

import pytest

from cybershop_customer.adapters.dynamodb.store import DynamoDBSettings
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.store import make_store
from cybershop_customer.entrypoints.store_registry import STORES
from cybershop_customer.ports.store import Store


@pytest.mark.parametrize("name", STORES)
def test_each_one_is_a_store(name: str) -> None:
    assert Store in type(make_store(Settings(storage=name))).__mro__


def test_only_the_memory_of_a_process_is_out_of_an_operators_reach() -> None:
    stores = {name: make_store(Settings(storage=name)) for name in STORES}

    assert [name for name, store in stores.items() if store.administration() is None] == ["memory"]


def test_every_setting_that_dynamodb_reads_is_a_setting() -> None:
    read = {name for name in vars(DynamoDBSettings) if not name.startswith("_")}

    assert read
    assert all(hasattr(Settings(storage="dynamodb"), name) for name in read)


@pytest.mark.parametrize("name", STORES)
def test_choosing_a_store_loads_no_aws(name: str) -> None:
    code = (
        "import sys;"
        "from cybershop_customer.entrypoints.settings import Settings;"
        "from cybershop_customer.entrypoints.store import make_store;"
        f"make_store(Settings(storage={name!r})).administration();"
        "print([name for name in ('boto3', 'botocore', 'pynamodb') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"
