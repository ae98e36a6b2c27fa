"""``python -m cybershop_customer``: the command line."""

import sys

from .entrypoints.cli.start import main

if __name__ == "__main__":
    sys.exit(main())
