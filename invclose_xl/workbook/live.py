"""The open book, as a spreadsheet application has it: through xlwings, which speaks to Excel or any other engine.

In      the book whose button was pressed.
Out     a copy of it as it stands, unsaved entries included; changes of its sheets; messages, questions, progress.
Errors  BookUnusable where the book has no folder yet or cannot be copied; Stopped when the user pressed Esc.
Source  WORKBOOK "Written"; xlwings API reference.
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from invclose_xl.domain.problem import BookUnusable, CellRef, InvCloseError
from invclose_xl.workbook.cell_reference import Range
from invclose_xl.workbook.layout import CLOSED_DATE_NAME, INPUT_SHEETS
from invclose_xl.workbook.live_changes import apply, changes
from invclose_xl.workbook.result_cells import ResultSheet

TITLE = "Inventory close"
ESCAPE_KEY = 0x1B
WHILE_WORKING: Mapping[str, object] = {
    "screen_updating": False, "display_alerts": False, "enable_events": False, "calculation": "manual",
}  # fmt: skip


class Stopped(InvCloseError):
    """The user pressed Esc."""


class LiveBook:
    """The book whose button was pressed."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.app = book.app

    @classmethod
    def caller(cls) -> "LiveBook":
        """Return the book that called."""
        import xlwings

        return cls(xlwings.Book.caller())

    # ---- the file

    @property
    def path(self) -> Path:
        """Where the book was saved last."""
        try:
            path = Path(self.book.fullname)
        except Exception as fault:  # xlwings raises its own error, with a manual in it, for books in the cloud
            raise BookUnusable(_without_folder(str(self.book.name))) from fault
        if not path.is_file():
            raise BookUnusable(_without_folder(path.name))
        return path

    def save_copy(self, path: Path) -> None:
        """Save the book as it stands, unsaved entries included, without touching its own file."""
        try:
            if sys.platform == "darwin":
                self.book.macro("InvCloseXL.SaveCopyOfBook")(str(path))
            else:
                self.book.api.SaveCopyAs(str(path))
        except Exception as fault:  # every engine has exceptions of its own
            raise BookUnusable(f"No copy of {self.book.name} could be saved ({fault}). Nothing was changed.") from fault
        if not path.is_file():
            raise BookUnusable(f"No copy of {self.book.name} could be saved. Nothing was changed.")

    # ---- the application

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Hold screen, events and calculation; give every setting back, whatever happens."""
        kept: list[tuple[str, object]] = []
        try:
            for name, value in WHILE_WORKING.items():
                with _tolerant():
                    kept.append((name, getattr(self.app, name)))
                    setattr(self.app, name, value)
            yield
        finally:
            for name, value in reversed(kept):
                with _tolerant():
                    setattr(self.app, name, value)
            with _tolerant():
                self.app.status_bar = False

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far the work is; raise Stopped if Esc was pressed."""
        with _tolerant():
            self.app.status_bar = f"{TITLE}: {what}" + (f" {100 * done // total} %" if total > 1 else " …")
        if self.is_escape_pressed():
            raise Stopped("Stopped with Esc.")

    def is_escape_pressed(self) -> bool:
        """Say whether Esc is down, or was since the last question, while this application is in front."""
        if sys.platform != "win32":
            return False
        user = ctypes.windll.user32
        return bool(user.GetAsyncKeyState(ESCAPE_KEY) & 0x8001 and user.GetForegroundWindow() == self.app.hwnd)

    def say(self, text: str, *, is_bad: bool = False) -> None:
        """Show a message."""
        self.app.alert(text, TITLE, "ok", "critical" if is_bad else "info")

    def ask(self, text: str) -> bool:
        """Ask a question that is answered with Yes or No."""
        return bool(self.app.alert(text, TITLE, "yes_no", "info") == "yes")

    # ---- the sheets

    def show(self, where: CellRef) -> None:
        """Go to a cell, or to a sheet."""
        if where.sheet in self._names():
            sheet = self.book.sheets[where.sheet]
            sheet.activate()
            if where.row:
                sheet.range(f"{where.column or 'A'}{where.row}").select()

    def open(self, path: Path) -> None:
        """Open another workbook beside this one."""
        self.app.books.open(str(path))

    def replace_results(self, before: Mapping[str, ResultSheet], after: Mapping[str, ResultSheet]) -> None:
        """Turn the result sheets into what they shall be; on any failure they are as before."""
        has_name = CLOSED_DATE_NAME.casefold() in {str(name.name).casefold() for name in self.book.names}
        active = self.book.sheets.active.name
        planned = changes(before, after, has_name)
        try:
            apply(self.book, planned, lambda done, total: self.progress("writing", done, total))
        finally:
            if active in self._names():
                self.book.sheets[active].activate()

    def fit_input_tables(self) -> None:
        """Let the tables of input sheets take in the rows typed right below them, as Excel does by itself."""
        names = {str(name).strip().casefold(): name for name in self._names()}
        for spec in INPUT_SHEETS:
            if spec.name.casefold() not in names:
                continue
            sheet = self.book.sheets[names[spec.name.casefold()]]
            wanted = spec.name.replace(" ", "").casefold()
            for table in sheet.tables:
                if str(table.name).replace("_", "").casefold() == wanted:
                    _take_in_rows_below(sheet, table)

    def clear_rows(self, sheet: str, keys: str, prefix: str) -> int:
        """Empty the rows of a sheet whose cell in a column begins with a text; return how many."""
        if sheet not in self._names():
            return 0
        live = self.book.sheets[sheet]
        used = live.used_range
        bottom, width = used.last_cell.row, used.last_cell.column
        values = live.range(f"{keys}1:{keys}{max(bottom, 2)}").value
        rows = [at for at, value in enumerate(values, 1) if isinstance(value, str) and value.startswith(prefix)]
        for row in rows:
            live.range((row, 1), (row, width)).clear_contents()
        return len(rows)

    def _names(self) -> list[str]:
        return [sheet.name for sheet in self.book.sheets]


def _take_in_rows_below(sheet: Any, table: Any) -> None:
    area = Range.parse(table.range.get_address(False, False))
    last = sheet.used_range.last_cell.row
    if area is None or last <= area.bottom or table.show_totals:
        return
    below = sheet.range((area.bottom + 1, area.left), (last, area.right)).options(ndim=2).value
    filled = 0
    for row in below:
        if all(value in (None, "") for value in row):
            break
        filled += 1
    if filled:
        table.resize(sheet.range(str(Range(area.left, area.top, area.right, area.bottom + filled))))


@contextlib.contextmanager
def _tolerant() -> Iterator[None]:
    """A setting that an application does not have, or refuses right now, is not worth stopping for."""
    with contextlib.suppress(Exception):
        yield


def _without_folder(name: str) -> str:
    return f"{name} has no folder on this computer yet: save it to a local folder, then press the button again."
