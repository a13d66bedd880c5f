"""The open book, as a spreadsheet application has it: through xlwings, which speaks to Excel or any other engine.

In      the book whose button was pressed.
Out     a copy of it as it stands, unsaved entries included; changes of its sheets; messages, questions, progress.
Errors  BookUnusable where the book has no folder yet or cannot be copied; Stopped when the user pressed Esc.
Source  WORKBOOK "Written"; xlwings API reference.
"""

import contextlib
import ctypes
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from invclose_xl.domain.problems.problem import BookUnusable, CellRef, InvCloseError
from invclose_xl.workbook.layout import CLOSED_DATE_NAME, INPUT_SHEETS
from invclose_xl.workbook.open_book.calls import Change, ClearRows, ResizeTable, WriteBlock
from invclose_xl.workbook.open_book.changes import apply, changes, for_now
from invclose_xl.workbook.package.cell_reference import Range
from invclose_xl.workbook.results.earlier_cells import ResultSheet

TITLE = "Inventory close"
ESCAPE_KEY = 0x1B
WHILE_WORKING: Mapping[str, object] = {
    "screen_updating": False, "display_alerts": False, "enable_events": False, "calculation": "manual",
}  # fmt: skip


class Stopped(InvCloseError):
    """The user pressed Esc."""


class OpenBook:
    """The book whose button was pressed."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.app = book.app

    @classmethod
    def caller(cls) -> "OpenBook":
        """Return the book that called."""
        import xlwings

        return cls(xlwings.Book.caller())

    # ---- the file

    @property
    def path(self) -> Path:
        """Path at which the book was saved last."""
        try:
            path = Path(self.book.fullname)
        except Exception as fault:  # xlwings raises its own error, with a manual in it, for books in the cloud
            raise BookUnusable(_without_folder(str(self.book.name))) from fault
        if not path.is_file():
            raise BookUnusable(_without_folder(path.name))
        return path

    def save_copy(self, path: Path) -> None:
        """Save the book as it stands, unsaved entries included, without touching its own file.

        In the copy, tables of input sheets have taken in the rows typed right below them.
        """
        with for_now(self.book, self.rows_below_tables()):
            try:
                if sys.platform == "darwin":
                    self.book.macro("InvCloseXL.SaveCopyOfBook")(str(path))
                else:
                    self.book.api.SaveCopyAs(str(path))
            except Exception as fault:  # every engine has exceptions of its own
                raise BookUnusable(_without_copy(str(self.book.name), f" ({fault})")) from fault
        if not path.is_file():
            raise BookUnusable(_without_copy(str(self.book.name), ""))

    def beside(self, what: str, may_be: Callable[[Path, Path], bool]) -> Path:
        """Return a free name beside the book for something made of it.

        One that is open now is left alone; ``may_be`` says of a file and the book whether it may be written.
        """
        path, taken = self.path, {str(book.name).casefold() for book in self.app.books}
        made, number = path.with_name(f"{path.stem}.{what}.xlsx"), 2
        while made.name.casefold() in taken or not may_be(made, path):
            made = path.with_name(f"{path.stem}.{what} ({number}).xlsx")
            number += 1
        return made

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

    def show_message(self, text: str, *, is_bad: bool = False) -> None:
        """Show a message."""
        self.app.alert(text, TITLE, "ok", "critical" if is_bad else "info")

    def ask(self, text: str) -> bool:
        """Ask a question that is answered with Yes or No."""
        with _tolerant():
            self.app.status_bar = f"{TITLE}: waiting for your answer"
        return bool(self.app.alert(text, TITLE, "yes_no", "info") == "yes")

    def ask_text(self, text: str) -> str:
        """Ask for a text; '' where there is no answer, or the application has no way to ask."""
        with _tolerant():
            answer = self.app.api.InputBox(text, TITLE)
            if isinstance(answer, str):
                return answer.strip()
        return ""

    # ---- the sheets

    def show(self, where: CellRef) -> None:
        """Go to a cell, or to a sheet, if the application lets us."""
        with _tolerant():
            sheet = self.book.sheets[where.sheet]
            sheet.activate()
            if where.row:
                sheet.range(f"{where.column or 'A'}{where.row}").select()

    def open(self, path: Path) -> bool:
        """Open another workbook beside this one; say whether the application did."""
        with _tolerant():
            self.app.books.open(str(path))
            return True
        return False

    def named_text(self, name: str) -> str:
        """Return what is in the cell of a name, as text; '' where the book has no such name."""
        if name.casefold() not in {str(known.name).casefold() for known in self.book.names}:
            return ""
        value = self.book.names[name].refers_to_range.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None else str(value).strip()

    def selected_row(self, sheet: str) -> int:
        """Return the row that is selected on a sheet, 0 where there is none; the sheet in front stays in front."""
        if sheet not in self._names():
            return 0
        front = self.book.sheets.active
        self.book.sheets[sheet].activate()
        try:
            cells = self.app.selection
            return int(cells.row) if cells is not None else 0
        finally:
            with _tolerant():
                front.activate()

    def replace_results(self, before: Mapping[str, ResultSheet], after: Mapping[str, ResultSheet]) -> None:
        """Turn the result sheets into what they shall be; on any failure they are as before."""
        has_name = CLOSED_DATE_NAME.casefold() in {str(name.name).casefold() for name in self.book.names}
        self.apply([*self.rows_below_tables(), *changes(before, after, has_name)])

    def apply(self, planned: Sequence[Change]) -> None:
        """Make changes, all or none; the sheet in front stays in front."""
        active = self.book.sheets.active.name
        self._show_all_rows({change.sheet for change in planned if isinstance(change, WriteBlock | ClearRows)})
        try:
            apply(self.book, planned, lambda done, total: self.progress("writing", done, total))
        finally:
            with _tolerant():
                self.book.sheets[active].activate()

    def _show_all_rows(self, sheets: set[str]) -> None:
        """Take filters off tables: an application that writes a block over hidden rows may leave those out."""
        for name in sheets & set(self._names()):
            for table in self.book.sheets[name].tables:
                with _tolerant():
                    table.api.AutoFilter.ShowAllData()

    def rows_below_tables(self) -> list[ResizeTable]:
        """Return what lets tables of input sheets take in the rows typed right below, as Excel does by itself."""
        names, found = {str(name).strip().casefold(): name for name in self._names()}, []
        for spec in INPUT_SHEETS:
            if spec.name.casefold() not in names:
                continue
            sheet = self.book.sheets[names[spec.name.casefold()]]
            wanted = spec.name.replace(" ", "").casefold()
            for table in sheet.tables:
                if str(table.name).replace("_", "").casefold() == wanted:
                    found += _with_rows_below(sheet, table)
        return found

    def rows_that_begin_with(self, sheet: str, prefix: str) -> list[ClearRows]:
        """Return what empties the rows of a sheet whose first cell begins with a text; neighbours together."""
        if sheet not in self._names():
            return []
        opened = self.book.sheets[sheet]
        bottom, width = opened.used_range.last_cell.row, opened.used_range.last_cell.column
        values = opened.range(f"A1:A{max(bottom, 2)}").value
        found: list[ClearRows] = []
        for row, value in enumerate(values, 1):
            if not (isinstance(value, str) and value.startswith(prefix)):
                continue
            if found and found[-1].last == row - 1:
                found[-1].last = row
            else:
                found.append(ClearRows(sheet, row, row, width))
        return found

    def _names(self) -> list[str]:
        return [sheet.name for sheet in self.book.sheets]


def _with_rows_below(sheet: Any, table: Any) -> list[ResizeTable]:
    area = Range.parse(table.range.get_address(False, False))
    last = sheet.used_range.last_cell.row
    if area is None or last <= area.bottom or table.show_totals:
        return []
    below = sheet.range((area.bottom + 1, area.left), (last, area.right)).options(ndim=2).value
    filled = 0
    for row in below:
        if all(value in (None, "") for value in row):
            break
        filled += 1
    if not filled:
        return []
    grown = Range(area.left, area.top, area.right, area.bottom + filled)
    return [ResizeTable(str(sheet.name), str(table.name), grown, area)]


@contextlib.contextmanager
def _tolerant() -> Iterator[None]:
    """A setting that an application does not have, or refuses right now, is not worth stopping for."""
    with contextlib.suppress(Exception):
        yield


def _without_folder(name: str) -> str:
    return f"{name} has no folder on this computer yet: save it to a local folder, then press the button again."


def _without_copy(name: str, why: str) -> str:
    return f"No copy of {name} could be saved{why}. Nothing was changed."
