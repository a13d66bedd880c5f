"""``python -m invclose_xl.libreoffice close``: the work of a button, for the workbook that LibreOffice has open.

Started by ``in_office.buttons``; questions about the workbook go to stdout, answers come from stdin, so that nothing
else may be printed there.

In      the name of a button; SOURCE_DATE_EPOCH in the environment stands for the clock, as on the command line.
Out     exit code 0; 1 where the work could not begin, with one line on stderr.
"""

import os
import sys
from datetime import UTC, datetime
from typing import cast


def run(name: str) -> None:
    """Do the work of a button."""
    questions = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints goes to stderr
    from invclose_xl import macros
    from invclose_xl.libreoffice.conversation import OpenInOffice
    from invclose_xl.libreoffice.document import OfficeDocument
    from invclose_xl.libreoffice.engine import open_book

    if name not in macros.__all__:
        raise SystemExit(f"There is no button {name!r}.")
    open_book(cast(OfficeDocument, OpenInOffice(sys.stdin.buffer, questions)))
    clock = os.environ.get("SOURCE_DATE_EPOCH", "")
    getattr(macros, name)(datetime.fromtimestamp(int(clock), UTC) if clock.isdigit() else None)


if __name__ == "__main__":
    run(sys.argv[1])
