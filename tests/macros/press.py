"""The Python that the buttons of the tests call: it runs the given command and notes when it began and how it ended.

In      the arguments that LibreOffice gives to a Python; INVCLOSE_XL_LOG, where ``start``, ``fault`` and ``end`` go.
"""

import os
import resource
import subprocess
import sys
import time


def main() -> int:
    with open(os.environ["INVCLOSE_XL_LOG"], "a", encoding="utf-8") as log:
        start = time.monotonic()
        print(f"start {sys.argv[-1]}", file=log, flush=True)
        run = subprocess.run([sys.executable, *sys.argv[1:]], stderr=subprocess.PIPE, text=True, check=False)
        sys.stderr.write(run.stderr)
        if run.returncode or run.stderr:
            print(f"fault {run.returncode} {run.stderr!r}", file=log, flush=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        times = f"{time.monotonic() - start:.2f} s, {used.ru_utime + used.ru_stime:.2f} s of the processor"
        print(f"end {sys.argv[-1]} {times}", file=log, flush=True)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
