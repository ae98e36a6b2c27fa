"""Makes ``cybershop_customer`` importable from this checkout, where it is not installed."""

import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
_PACKAGE: Final = "cybershop_customer"


def use_checkout() -> None:
    """Import the package. Its modules may be imported after that."""
    if find_spec(_PACKAGE) is not None:
        return
    spec = spec_from_file_location(
        _PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{ROOT} is no package. Run this script in a clone of the repository.")
    module = module_from_spec(spec)
    sys.modules[_PACKAGE] = module
    spec.loader.exec_module(module)
