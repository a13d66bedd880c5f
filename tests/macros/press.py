"""What a button starts in LibreOffice: the command of RunPython, against the document in front.

In      the command, blanks as ``~``; INVCLOSE_XL_PORT, the socket; INVCLOSE_XL_LOG, where a fault is written.
"""

import os
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))


def run(command: str) -> None:
    """Run a command of RunPython."""
    from tests.macros.engine import open_book
    from tests.macros.libreoffice import LibreOffice, desktop

    front, context = desktop(int(os.environ["INVCLOSE_XL_PORT"]))
    open_book(LibreOffice(front.CurrentComponent, context))
    now = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    exec(command.replace("()", "(now, 'Ann')"), {"now": now})


if __name__ == "__main__":
    start = time.monotonic()
    try:
        run(sys.argv[1].replace("~", " "))
        ending = f"done {time.monotonic() - start:.2f} s, {time.process_time():.2f} s of the processor"
    except BaseException:
        ending = traceback.format_exc()
    with open(os.environ["INVCLOSE_XL_LOG"], "a", encoding="utf-8") as log:
        log.write(f"{sys.argv[1]} {ending}\n")
