"""The sample customers of the demo; the sample messages of api.mak name them."""

from collections.abc import Mapping
from typing import Any, Final

SAMPLES: Final[tuple[Mapping[str, Any], ...]] = (
    # `make -f api.mak ucustomer` updates this customer, and `dcustomer` deletes it.
    {
        "customer_id": "567dce7f-b7b4-4efd-b75e-2b98592abe6d",
        "email": "allen@starlabs.com",
        "password": "flash",
        "fname": "Allen",
        "lname": "Barry",
        "address1": "Earth 1",
        "address2": "Earth-Prime",
    },
    # `apilogin` logs this customer in, and `apilogoff` logs it out.
    {
        "customer_id": "567dce7f-b7b4-4efd-b75e-2b98592a56mdsf",
        "email": "iris_west@starlabs.com",
        "password": "abcdefghisdsa8664654646",
        "fname": "Iris",
        "lname": "West",
    },
)

LOGIN_EXAMPLE: Final[Mapping[str, str]] = {
    name: SAMPLES[1][name] for name in ("customer_id", "password")
}
"""A login that the demo accepts, for its reference page."""
