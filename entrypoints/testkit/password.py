"""The password of customers that exist in tests alone."""

from typing import Final

PASSWORD: Final = "open sesame"  # noqa: S105 (see above)
"""What customers have whom this kit adds."""
