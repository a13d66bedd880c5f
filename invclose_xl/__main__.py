"""``python -m invclose_xl``: the same as the command ``invclose-xl``."""

import sys

from invclose_xl.entry import run

if __name__ == "__main__":
    sys.exit(run())
