"""The command line as `python -m replenish`."""

import sys

from replenish.cli import main

if __name__ == "__main__":
    sys.exit(main())
