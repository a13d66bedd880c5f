"""``python -m invclose_xl``: the same as the command ``invclose-xl``."""

import sys

from invclose_xl.cli import main

if __name__ == "__main__":
    sys.exit(main())
