"""The password of customers in tests."""

from typing import Final

PASSWORD: Final = "open sesame"  # noqa: S105 (see above)
"""The password of every customer that the test kit adds."""
