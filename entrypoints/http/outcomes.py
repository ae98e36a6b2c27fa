"""How a request ended, in the metrics: this, or the name of a problem."""

from typing import Final

OK: Final = "ok"
