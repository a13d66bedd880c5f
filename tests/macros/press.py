"""What a button starts in LibreOffice: the command of RunPython, against the workbook whose button it is.

In      the command, blanks as ``~``; INVCLOSE_XL_PORT, the socket; INVCLOSE_XL_BOOK, the workbook's file name;
        INVCLOSE_XL_LOG, where ``start``, ``fault`` and ``end`` are written.
"""

import fcntl
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
    from tests.macros.screen import document_of

    front, context = desktop(int(os.environ["INVCLOSE_XL_PORT"]))
    open_book(LibreOffice(document_of(front, os.environ["INVCLOSE_XL_BOOK"]), context))
    now = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    exec(command.replace("()", "(now, 'Ann')"), {"now": now})


def main() -> None:
    """Run it, unless another press is under way: a click that was repeated must not count twice."""
    with open(os.environ["INVCLOSE_XL_LOG"], "a", encoding="utf-8") as log:
        try:
            fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        start = time.monotonic()
        print(f"start {sys.argv[1]}", file=log, flush=True)
        try:
            run(sys.argv[1].replace("~", " "))
        except BaseException:
            print(f"fault {traceback.format_exc()!r}", file=log, flush=True)
        times = f"{time.monotonic() - start:.2f} s, {time.process_time():.2f} s of the processor"
        print(f"end {sys.argv[1]} {times}", file=log, flush=True)


if __name__ == "__main__":
    main()
