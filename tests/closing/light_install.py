"""Close a workbook without numba, isal, scipy and threads; run as a process of its own: BOOK OUTPUT."""

import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

for name in ("numba", "llvmlite", "isal", "scipy", "fastexcel"):
    sys.modules[name] = None  # type: ignore[assignment]


def no_thread(*_: object) -> None:
    raise RuntimeError("can't start new thread")


threading.Thread.start = no_thread  # type: ignore[method-assign]

from invclose_xl.cli.main import main  # noqa: E402
from invclose_xl.domain.machine_code import is_available  # noqa: E402
from invclose_xl.workbook.cells import read as cells_read  # noqa: E402
from invclose_xl.workbook.cells.large import Limits  # noqa: E402

assert not is_available()
cells_read.USUAL = Limits(bulk=0, compiled=0)
NOW = datetime(2026, 6, 30, 8, 15, tzinfo=UTC)
"""The same moment as in the test: the Digest covers the row of the lock."""
for book in sys.argv[2:]:
    code = main([book, "--output", str(Path(sys.argv[1]) / Path(book).name)], NOW, "controller")
    assert code in (0, 1), f"{book} ended with {code}"
