"""An open workbook in memory, with Excel's habits where they matter: it takes typed text for numbers and formulas.

In      a workbook file.
Out     a Document for ``engine``. Calls that change something are counted, and where ``counts_reading`` those that
        read as well; one of them can be made to fail.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table, TableColumn

from invclose_xl.workbook.package.cell_reference import Range as Area
from invclose_xl.workbook.package.cell_reference import column_letters

NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?%?")
EPOCH = datetime(1899, 12, 30)


class Injected(Exception):
    """The application refuses a call."""


class Memory:
    """A workbook in memory; ``answers`` are what the user presses (Yes after the last), ``said`` what was shown."""

    def __init__(self, path: Path, answers: tuple[str, ...] = ()) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path, keep_vba=path.suffix == ".xlsm")
        self.answers = list(answers)
        self.said: list[str] = []
        self.selections: dict[str, str] = {}
        self.opened: list[Path] = []
        self.unfiltered: list[str] = []
        self.settings: dict[str, Any] = {
            "screen_updating": True, "display_alerts": True, "enable_events": True, "calculation": "automatic",
            "status_bar": False,
        }  # fmt: skip
        self.shown: list[str] = []
        self.calls = 0
        self.fail_at = 0
        self.counts_reading = False
        self.meanwhile: Callable[[int], None] = lambda _call: None

    def _reads(self) -> None:
        if self.counts_reading:
            self._changes()

    def _changes(self) -> None:
        self.calls += 1
        self.meanwhile(self.calls)
        if self.calls == self.fail_at:
            raise Injected("The application is busy.")

    # ---- sheets

    def names(self) -> list[str]:
        self._reads()
        return list(self.book.sheetnames)

    def add(self, sheet: str) -> None:
        self._changes()
        self.book.create_sheet(sheet)
        self.book.active = self.book.sheetnames.index(sheet)

    def remove(self, sheet: str) -> None:
        del self.book[sheet]

    def hide(self, sheet: str) -> None:
        self._changes()
        self.book[sheet].sheet_state = "hidden"

    def activate(self, sheet: str) -> None:
        self._reads()
        self.book.active = self.book.sheetnames.index(sheet)

    def active(self) -> str:
        return str(self.book.active.title)

    def used(self, sheet: str) -> Area:
        self._reads()
        live = self.book[sheet]
        rows = [row for row in range(live.max_row, 0, -1) if any(c.value is not None for c in live[row])]
        return Area(1, 1, live.max_column, rows[0] if rows else 1)

    # ---- cells

    def get(self, sheet: str, area: Area) -> list[list[Any]]:
        self._reads()
        live = self.book[sheet]
        return [
            [live.cell(row, column).value for column in range(area.left, area.right + 1)]
            for row in range(area.top, area.bottom + 1)
        ]

    def put(self, sheet: str, area: Area, values: list[list[Any]]) -> None:
        self._changes()
        live = self.book[sheet]
        for row, line in enumerate(values, area.top):
            for column, value in enumerate(line, area.left):
                _type_into(live.cell(row, column), value)

    def clear(self, sheet: str, area: Area) -> None:
        self._changes()
        for cell in self._cells(sheet, area):
            cell.value = None

    def clear_all(self, sheet: str, area: Area) -> None:
        self._changes()
        for cell in self._cells(sheet, area):
            cell.value, cell.number_format, cell.hyperlink = None, "General", None

    def _cells(self, sheet: str, area: Area) -> list[Any]:
        live = self.book[sheet]
        rows, columns = range(area.top, area.bottom + 1), range(area.left, area.right + 1)
        return [live.cell(row, column) for row in rows for column in columns]

    def number_format(self, sheet: str, area: Area) -> str | None:
        self._reads()
        codes = {cell.number_format for cell in self._cells(sheet, area)}
        return codes.pop() if len(codes) == 1 else None

    def set_number_format(self, sheet: str, area: Area, code: str) -> None:
        self._changes()
        for cell in self._cells(sheet, area):
            cell.number_format = code

    def set_look(self, sheet: str, area: Area, **look: Any) -> None:
        self._changes()
        for cell in self._cells(sheet, area):
            if "color" in look:
                cell.fill = PatternFill("solid", "FF" + "".join(f"{part:02X}" for part in look["color"]))
            if "bold" in look:
                cell.font = Font(bold=look["bold"])

    def set_width(self, sheet: str, column: int, width: float) -> None:
        self._changes()
        self.book[sheet].column_dimensions[column_letters(column)].width = width

    def link(self, sheet: str, area: Area, target: str, text: str) -> None:
        self._changes()
        cell = self.book[sheet].cell(area.top, area.left)
        cell.hyperlink = Hyperlink(ref=str(area), location=target.removeprefix("#"), display=text)
        cell.value = text

    def select(self, sheet: str, area: Area) -> None:
        self.selections[sheet] = f"{sheet}!{area}"

    def selected(self) -> str:
        """Every sheet remembers its own selection."""
        return self.selections.get(self.active(), f"{self.active()}!A1")

    def get_formulas(self, sheet: str, area: Area) -> list[list[Any]]:
        return self.get(sheet, area)

    def put_formulas(self, sheet: str, area: Area, values: list[list[Any]]) -> None:
        for row, line in enumerate(values, area.top):
            for column, value in enumerate(line, area.left):
                self.book[sheet].cell(row, column).value = value

    # ---- tables and names

    def tables(self, sheet: str) -> dict[str, Area]:
        self._reads()
        found = {table.displayName: Area.parse(table.ref) for table in self.book[sheet].tables.values()}
        return {name: area for name, area in found.items() if area}

    def add_table(self, sheet: str, name: str, area: Area) -> None:
        self._changes()
        table = Table(displayName=name, ref=str(area))
        headings = self.get(sheet, Area(area.left, area.top, area.right, area.top))[0]
        table.tableColumns = [TableColumn(id=i, name=str(h)) for i, h in enumerate(headings, 1)]
        self.book[sheet].add_table(table)

    def resize_table(self, sheet: str, name: str, area: Area) -> None:
        self._changes()
        table = self.book[sheet].tables[name]
        table.ref = str(area)
        if table.autoFilter is not None:
            table.autoFilter.ref = str(area)

    def defined_names(self) -> list[str]:
        self._reads()
        return list(self.book.defined_names)

    def define(self, name: str, refers_to: str) -> None:
        self._changes()
        self.book.defined_names[name] = DefinedName(name, attr_text=refers_to.removeprefix("="))

    def show_all_rows(self, sheet: str, table: str) -> None:
        self.unfiltered.append(table)

    def refers_to(self, name: str) -> str:
        return str(self.book.defined_names[name].attr_text).replace("$", "")

    def undefine(self, name: str) -> None:
        del self.book.defined_names[name]

    # ---- application

    def save_copy(self, path: Path) -> None:
        self._reads()
        self.book.save(path)

    def alert(self, prompt: str, title: str, buttons: str, mode: str) -> str:
        self.said.append(prompt)
        if buttons == "ok":
            return "ok"
        return self.answers.pop(0) if self.answers else "yes"

    def setting(self, name: str) -> Any:
        return self.settings[name]

    def set_setting(self, name: str, value: Any) -> None:
        if name == "status_bar" and value:
            self.shown.append(value)
        self.settings[name] = value

    def open_books(self) -> list[str]:
        return [self.path.name, *(path.name for path in self.opened)]

    def open_beside(self, path: Path) -> None:
        self._changes()
        self.opened.append(path)

    # ---- for tests

    def state(self, only: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return everything that a user would call the book's data, and how cells look; of some sheets, or of all."""
        sheets, counted, self.counts_reading = {}, self.counts_reading, False
        for live in self.book.worksheets:
            if only and live.title not in only:
                continue
            used = [c for row in live.iter_rows() for c in row]
            cells = {c.coordinate: _entry(c) for c in used if c.value is not None}
            formats = {c.coordinate: c.number_format for c in used if c.number_format != "General"}
            links = {c.coordinate: c.hyperlink.location for c in used if c.hyperlink is not None}
            tables = {name: str(area) for name, area in self.tables(live.title).items()}
            sheets[live.title] = (cells, formats, links, tables, live.sheet_state)
        self.counts_reading = counted
        return {"sheets": sheets, "names": sorted(self.book.defined_names), "order": self.book.sheetnames}


def _entry(cell: Any) -> tuple[Any, str]:
    """What a cell holds, as an application does: a date is its serial number, shown by the cell's format."""
    if isinstance(cell.value, datetime):
        return (cell.value - EPOCH) / timedelta(days=1), "n"
    return cell.value, cell.data_type


def _type_into(cell: Any, value: Any) -> None:
    """Do what Excel does with an entry."""
    if isinstance(value, str) and cell.number_format == "@":
        cell.value, cell.data_type = value, "s"
    elif isinstance(value, str) and value.startswith("'"):
        cell.value, cell.data_type = value[1:], "s"
    elif isinstance(value, str) and NUMBER.fullmatch(value):
        cell.value = float(value.rstrip("%").replace(",", ""))
    elif isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        cell.value = (datetime.fromisoformat(value) - EPOCH) / timedelta(days=1)
    else:
        cell.value = value


__all__ = ["Injected", "Memory"]
