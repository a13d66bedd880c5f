"""A workbook that is open in LibreOffice: the calls that the buttons need of it, and no other.

It runs in LibreOffice's own Python, or in one that reached LibreOffice through its socket, so it imports nothing of
this program and keeps to what Python 3.8 knows.

In      a document of Calc, the component context.
Out     values, texts, names. Rows and columns count from 1.
Errors  what LibreOffice raises; ValueError for a file that no button can read.
Source  LibreOffice API reference (com.sun.star.sheet).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".xlsm": "Calc MS Excel 2007 VBA XML"}
ANSWERS = {"yes_no": {2: "yes", 3: "no", 0: "no"}, "ok": {}}
ALL_BUT_LOOKS = 1 | 2 | 4 | 16
"""Numbers, dates, texts, formulas (com.sun.star.sheet.CellFlags)."""


class Area(NamedTuple):
    """A rectangle of cells."""

    left: int
    top: int
    right: int
    bottom: int

    def __str__(self) -> str:
        """Write it as a reference."""
        first, last = (f"{_letters(c)}{r}" for c, r in ((self.left, self.top), (self.right, self.bottom)))
        return first if first == last else f"{first}:{last}"


def properties(**values: Any) -> tuple[Any, ...]:
    """Return named values as LibreOffice takes them."""
    import uno

    made = []
    for name, value in values.items():
        one = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        one.Name, one.Value = name, value
        made.append(one)
    return tuple(made)


def path_of(document: Any) -> str:
    """Return where a document was saved last; '' where it never was."""
    import uno

    return str(uno.fileUrlToSystemPath(document.URL)) if document.URL.startswith("file:") else ""


class LibreOffice:
    """The document in front."""

    def __init__(self, document: Any, context: Any) -> None:
        self.document, self.context = document, context
        self.path = Path(path_of(document))
        self._sheets: dict[str, Any] = {}
        self._settings: dict[str, Any] = {"screen_updating": True, "calculation": "automatic"}

    # ---- sheets

    def _sheet(self, name: str) -> Any:
        if name not in self._sheets:
            self._sheets[name] = self.document.Sheets.getByName(name)
        return self._sheets[name]

    def _range(self, sheet: str, area: Area) -> Any:
        return self._sheet(sheet).getCellRangeByPosition(area.left - 1, area.top - 1, area.right - 1, area.bottom - 1)

    def names(self) -> list[str]:
        """Return the names of the sheets, in order."""
        return list(self.document.Sheets.ElementNames)

    def add(self, sheet: str) -> None:
        """Add an empty sheet behind the others."""
        self.document.Sheets.insertNewByName(sheet, len(self.names()))

    def remove(self, sheet: str) -> None:
        """Delete a sheet and what is on it."""
        self.document.Sheets.removeByName(sheet)
        self._sheets.pop(sheet, None)

    def hide(self, sheet: str) -> None:
        """Hide a sheet."""
        self._sheet(sheet).IsVisible = False

    def activate(self, sheet: str) -> None:
        """Show a sheet."""
        self.document.CurrentController.setActiveSheet(self._sheet(sheet))

    def active(self) -> str:
        """Return the name of the sheet that is shown."""
        return str(self.document.CurrentController.ActiveSheet.Name)

    def used(self, sheet: str) -> Area:
        """Return the area from A1 to the last cell that holds anything."""
        cursor = self._sheet(sheet).createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        return Area(1, 1, end.EndColumn + 1, end.EndRow + 1)

    # ---- cells

    def get(self, sheet: str, area: Area) -> list[list[Any]]:
        """Return the values of cells row by row; None for a blank."""
        return [[None if v == "" else v for v in row] for row in self._range(sheet, area).getDataArray()]

    def put(self, sheet: str, area: Area, values: list[list[Any]]) -> None:
        """Write values row by row; a text that begins with = is a formula, unless the cells are text."""
        is_text = self.number_format(sheet, area) == "@"
        formulas = [
            (row, column, value)
            for row, line in enumerate(values)
            for column, value in enumerate(line)
            if isinstance(value, str) and value.startswith("=") and not is_text
        ]
        cells = self._range(sheet, area)
        cells.setDataArray(tuple(tuple(_data(v, is_text) for v in row) for row in values))
        for row, column, formula in formulas:
            with_semicolons = re.sub(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', ";", formula)
            cells.getCellByPosition(column, row).Formula = with_semicolons

    def text(self, sheet: str, area: Area) -> str:
        """Return what the first cell shows."""
        return str(self._range(sheet, area).getCellByPosition(0, 0).String)

    def clear(self, sheet: str, area: Area) -> None:
        """Empty cells; their looks stay."""
        self._range(sheet, area).clearContents(ALL_BUT_LOOKS)

    def clear_all(self, sheet: str, area: Area) -> None:
        """Empty cells, looks included."""
        self._range(sheet, area).clearContents(1023)

    def number_format(self, sheet: str, area: Area) -> str | None:
        """Return the number format, in English codes; None where the cells have several."""
        key = self._range(sheet, area).NumberFormat
        return None if key is None else str(self.document.NumberFormats.getByKey(key).FormatString)

    def set_number_format(self, sheet: str, area: Area, code: str) -> None:
        """Set the number format, in English codes."""
        import uno

        english = uno.createUnoStruct("com.sun.star.lang.Locale", "en", "US", "")
        formats = self.document.NumberFormats
        key = formats.queryKey(code, english, False)
        self._range(sheet, area).NumberFormat = key if key >= 0 else formats.addNew(code, english)

    def set_look(self, sheet: str, area: Area, **look: Any) -> None:
        """Set fill and font: ``color`` and ``font_color`` as red, green, blue from 0 to 255, ``bold``."""
        cells = self._range(sheet, area)
        if "color" in look:
            cells.CellBackColor = _color(look["color"])
        if "font_color" in look:
            cells.CharColor = _color(look["font_color"])
        if "bold" in look:
            cells.CharWeight = 150.0 if look["bold"] else 100.0

    def set_width(self, sheet: str, column: int, width: float) -> None:
        """Set the width of a column, in characters."""
        self._sheet(sheet).Columns.getByIndex(column - 1).Width = int(width * 190)

    def link(self, sheet: str, area: Area, target: str, text: str) -> None:
        """Write a text that leads to a cell such as ``#Transactions!F17``."""
        cell = self._range(sheet, area).getCellByPosition(0, 0)
        place = target.lstrip("#")
        field = self.document.createInstance("com.sun.star.text.TextField.URL")
        field.Representation = text
        field.URL = "#" + place.replace("!", ".")
        cell.String = ""
        cell.insertTextContent(cell.createTextCursor(), field, False)

    def select(self, sheet: str, area: Area) -> None:
        """Select cells."""
        self.document.CurrentController.select(self._range(sheet, area))

    def selected(self) -> str:
        """Return sheet and cells; no cells where something else, or several ranges, are selected."""
        at = getattr(self.document.CurrentController.Selection, "RangeAddress", None)
        if at is None:
            return f"{self.active()}!"
        return f"{self.active()}!{Area(at.StartColumn + 1, at.StartRow + 1, at.EndColumn + 1, at.EndRow + 1)}"

    def get_formulas(self, sheet: str, area: Area) -> list[list[Any]]:
        """Return formulas row by row, the value where a cell has none."""
        return [list(row) for row in self._range(sheet, area).getFormulaArray()]

    def put_formulas(self, sheet: str, area: Area, values: list[list[Any]]) -> None:
        """Write formulas row by row as they are."""
        self._range(sheet, area).setFormulaArray(tuple(tuple(row) for row in values))

    # ---- tables and names

    def tables(self, sheet: str) -> dict[str, Area]:
        """Return the tables of a sheet by name, headings included."""
        at = self._sheet(sheet).RangeAddress.Sheet
        found = {}
        for name in self.document.DatabaseRanges.ElementNames:
            area = self.document.DatabaseRanges.getByName(name).DataArea
            if area.Sheet == at:
                found[name] = Area(area.StartColumn + 1, area.StartRow + 1, area.EndColumn + 1, area.EndRow + 1)
        return found

    def add_table(self, sheet: str, name: str, area: Area) -> None:
        """Make an area a table, its first row the headings."""
        self.document.DatabaseRanges.addNewByName(name, self._range(sheet, area).RangeAddress)
        self.document.DatabaseRanges.getByName(name).AutoFilter = True

    def resize_table(self, sheet: str, name: str, area: Area) -> None:
        """Set the area of a table anew."""
        self.document.DatabaseRanges.getByName(name).DataArea = self._range(sheet, area).RangeAddress

    def defined_names(self) -> list[str]:
        """Return the names that the workbook defines."""
        return list(self.document.NamedRanges.ElementNames)

    def define(self, name: str, refers_to: str) -> None:
        """Define a name for a cell, given as ``='Item model groups'!$C$4``."""
        sheet, cell_name = _place(refers_to.lstrip("="))
        cell = self._sheet(sheet).getCellRangeByName(cell_name).getCellByPosition(0, 0)
        content = "$" + cell.AbsoluteName.lstrip("$")
        self.document.NamedRanges.addNewByName(name, content, cell.CellAddress, 0)

    def show_all_rows(self, sheet: str, table: str) -> None:
        """Do nothing: LibreOffice writes into rows that a filter hides as into others."""
        pass

    def refers_to(self, name: str) -> str:
        """Return sheet and cell that a defined name stands for."""
        sheet, _, cell = self.document.NamedRanges.getByName(name).Content.replace("$", "").partition(".")
        return f"{sheet}!{cell}"

    def undefine(self, name: str) -> None:
        """Take a defined name out."""
        self.document.NamedRanges.removeByName(name)

    # ---- application

    def save_copy(self, path: Path) -> None:
        """Save the document as it is elsewhere, in the format of the name."""
        if path.suffix.lower() not in FILTERS:
            raise ValueError(f"it is no Excel workbook: save it as {' or '.join(FILTERS)} with File, Save As")
        self.document.storeToURL(path.as_uri(), properties(FilterName=FILTERS[path.suffix.lower()]))

    def _service(self, name: str) -> Any:
        return self.context.ServiceManager.createInstanceWithContext(f"com.sun.star.{name}", self.context)

    def documents(self) -> list[Any]:
        """Return every open document."""
        found, each = [], self._service("frame.Desktop").Components.createEnumeration()
        while each.hasMoreElements():
            found.append(each.nextElement())
        return found

    def open_books(self) -> list[str]:
        """Return the file names of the open documents."""
        return [Path(path_of(one)).name for one in self.documents() if hasattr(one, "URL")]

    def open_beside(self, path: Path) -> None:
        """Open another document in a window of its own."""
        self._service("frame.Desktop").loadComponentFromURL(path.as_uri(), "_blank", 0, ())

    def alert(self, prompt: str, title: str, buttons: str, mode: str) -> str:
        """Show a message and wait for the answer."""
        import uno

        front = self._service("frame.Desktop")
        window = (front.CurrentFrame or self.document.CurrentController.Frame).ContainerWindow
        kind = "QUERYBOX" if buttons == "yes_no" else "ERRORBOX" if mode == "critical" else "INFOBOX"
        box = self._service("awt.Toolkit").createMessageBox(
            window, uno.Enum("com.sun.star.awt.MessageBoxType", kind), 3 if buttons == "yes_no" else 1, title, prompt
        )
        answer = box.execute()
        box.dispose()
        return ANSWERS[buttons].get(answer, "ok")

    def setting(self, name: str) -> Any:
        """Return a setting of the application; None where it was never set."""
        return self._settings.get(name)

    def set_setting(self, name: str, value: Any) -> None:
        """Change a setting: ``screen_updating``, ``calculation``, ``status_bar``."""
        was = self._settings.get(name)
        if name == "screen_updating" and was != value:
            (self.document.unlockControllers if value else self.document.lockControllers)()
        elif name == "calculation":
            self.document.enableAutomaticCalculation(value == "automatic")
        elif name == "status_bar":
            indicator = self.document.CurrentController.StatusIndicator
            indicator.start(value, 100) if value else indicator.end()
        self._settings[name] = value


def _data(value: Any, is_text: bool) -> Any:
    """Return what LibreOffice takes for a value; formulas come later, one by one."""
    if value is None or (isinstance(value, str) and value.startswith("=") and not is_text):
        return ""
    if isinstance(value, str):
        return value if is_text else value[1:] if value.startswith("'") else value
    return float(value)


def _letters(column: int) -> str:
    """Return the letters of a column."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _place(address: str) -> tuple[str, str]:
    """Return sheet and cell of a text such as ``'Item model groups'!$C$4``."""
    sheet, _, cell = address.rpartition("!")
    if sheet.startswith("'") and sheet.endswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    return sheet, cell.replace("$", "")


def _color(parts: tuple[int, int, int]) -> int:
    red, green, blue = parts
    return red << 16 | green << 8 | blue
