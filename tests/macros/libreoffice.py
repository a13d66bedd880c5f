"""A workbook that is open in LibreOffice, as a Document for ``engine``; reached through its socket.

In      a running LibreOffice that listens on a port.
Out     the Document; only calls that the macros need.
Errors  ImportError where LibreOffice's Python bridge is not installed for this Python.
"""

import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from invclose_xl.workbook.package.cell_reference import Range as Area
from invclose_xl.workbook.results.earlier_cells import cell_of

BRIDGE = "/usr/lib/python3/dist-packages"
"""Where Debian keeps the bridge; a virtual environment does not look there."""
FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".xlsm": "Calc MS Excel 2007 VBA XML"}
ANSWERS = {"yes_no": {2: "yes", 3: "no", 0: "no"}, "ok": {}}
ALL_BUT_LOOKS = 1 | 2 | 4 | 16
"""Numbers, dates, texts, formulas (com.sun.star.sheet.CellFlags)."""


def bridge() -> Any:
    """Return the module ``uno``."""
    try:
        import uno
    except ImportError:
        sys.path.append(BRIDGE)
        import uno
    return uno


def desktop(port: int) -> Any:
    """Return the desktop of the LibreOffice that listens on a port."""
    uno = bridge()
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    context = resolver.resolve(f"uno:socket,host=127.0.0.1,port={port};urp;StarOffice.ComponentContext")
    return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context), context


def properties(**values: Any) -> tuple[Any, ...]:
    from com.sun.star.beans import PropertyValue

    made = []
    for name, value in values.items():
        one = PropertyValue()
        one.Name, one.Value = name, value
        made.append(one)
    return tuple(made)


class LibreOffice:
    """The document in front."""

    def __init__(self, document: Any, context: Any) -> None:
        self.document, self.context = document, context
        self.path = Path(unquote(urlparse(document.URL).path))
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
        return list(self.document.Sheets.ElementNames)

    def add(self, sheet: str) -> None:
        self.document.Sheets.insertNewByName(sheet, len(self.names()))

    def remove(self, sheet: str) -> None:
        self.document.Sheets.removeByName(sheet)
        self._sheets.pop(sheet, None)

    def hide(self, sheet: str) -> None:
        self._sheet(sheet).IsVisible = False

    def activate(self, sheet: str) -> None:
        self.document.CurrentController.setActiveSheet(self._sheet(sheet))

    def active(self) -> str:
        return str(self.document.CurrentController.ActiveSheet.Name)

    def used(self, sheet: str) -> Area:
        cursor = self._sheet(sheet).createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        return Area(1, 1, end.EndColumn + 1, end.EndRow + 1)

    # ---- cells

    def get(self, sheet: str, area: Area) -> list[list[Any]]:
        return [[None if v == "" else v for v in row] for row in self._range(sheet, area).getDataArray()]

    def put(self, sheet: str, area: Area, values: list[list[Any]]) -> None:
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
        """What the first cell shows."""
        return str(self._range(sheet, area).getCellByPosition(0, 0).String)

    def clear(self, sheet: str, area: Area) -> None:
        self._range(sheet, area).clearContents(ALL_BUT_LOOKS)

    def clear_all(self, sheet: str, area: Area) -> None:
        self._range(sheet, area).clearContents(1023)

    def number_format(self, sheet: str, area: Area) -> str | None:
        key = self._range(sheet, area).NumberFormat
        return None if key is None else str(self.document.NumberFormats.getByKey(key).FormatString)

    def set_number_format(self, sheet: str, area: Area, code: str) -> None:
        from com.sun.star.lang import Locale

        english, formats = Locale("en", "US", ""), self.document.NumberFormats
        key = formats.queryKey(code, english, False)
        self._range(sheet, area).NumberFormat = key if key >= 0 else formats.addNew(code, english)

    def set_look(self, sheet: str, area: Area, **look: Any) -> None:
        cells = self._range(sheet, area)
        if "color" in look:
            cells.CellBackColor = _color(look["color"])
        if "font_color" in look:
            cells.CharColor = _color(look["font_color"])
        if "bold" in look:
            cells.CharWeight = 150.0 if look["bold"] else 100.0

    def set_width(self, sheet: str, column: int, width: float) -> None:
        self._sheet(sheet).Columns.getByIndex(column - 1).Width = int(width * 190)

    def link(self, sheet: str, area: Area, target: str, text: str) -> None:
        cell = self._range(sheet, area).getCellByPosition(0, 0)
        place = cell_of(target.removeprefix("#"))
        assert place is not None
        field = self.document.createInstance("com.sun.star.text.TextField.URL")
        field.Representation = text
        field.URL = "#" + target.removeprefix("#").replace("!", ".")
        cell.String = ""
        cell.insertTextContent(cell.createTextCursor(), field, False)

    def select(self, sheet: str, area: Area) -> None:
        self.document.CurrentController.select(self._range(sheet, area))

    def selected(self) -> str:
        at = self.document.CurrentController.Selection.RangeAddress
        return f"{self.active()}!{Area(at.StartColumn + 1, at.StartRow + 1, at.EndColumn + 1, at.EndRow + 1)}"

    def get_formulas(self, sheet: str, area: Area) -> list[list[Any]]:
        return [list(row) for row in self._range(sheet, area).getFormulaArray()]

    def put_formulas(self, sheet: str, area: Area, values: list[list[Any]]) -> None:
        self._range(sheet, area).setFormulaArray(tuple(tuple(row) for row in values))

    # ---- tables and names

    def tables(self, sheet: str) -> dict[str, Area]:
        at = self._sheet(sheet).RangeAddress.Sheet
        found = {}
        for name in self.document.DatabaseRanges.ElementNames:
            area = self.document.DatabaseRanges.getByName(name).DataArea
            if area.Sheet == at:
                found[name] = Area(area.StartColumn + 1, area.StartRow + 1, area.EndColumn + 1, area.EndRow + 1)
        return found

    def add_table(self, sheet: str, name: str, area: Area) -> None:
        self.document.DatabaseRanges.addNewByName(name, self._range(sheet, area).RangeAddress)
        self.document.DatabaseRanges.getByName(name).AutoFilter = True

    def resize_table(self, sheet: str, name: str, area: Area) -> None:
        self.document.DatabaseRanges.getByName(name).DataArea = self._range(sheet, area).RangeAddress

    def defined_names(self) -> list[str]:
        return list(self.document.NamedRanges.ElementNames)

    def define(self, name: str, refers_to: str) -> None:
        place = cell_of(refers_to.removeprefix("=").replace("$", ""))
        assert place is not None
        sheet, row, column = place
        cell = self._range(sheet, Area(column, row, column, row)).getCellByPosition(0, 0)
        content = "$" + cell.AbsoluteName.lstrip("$")
        self.document.NamedRanges.addNewByName(name, content, cell.CellAddress, 0)

    def show_all_rows(self, sheet: str, table: str) -> None:
        pass

    def refers_to(self, name: str) -> str:
        sheet, _, cell = self.document.NamedRanges.getByName(name).Content.replace("$", "").partition(".")
        return f"{sheet}!{cell}"

    def undefine(self, name: str) -> None:
        self.document.NamedRanges.removeByName(name)

    # ---- application

    def save_copy(self, path: Path) -> None:
        self.document.storeToURL(path.as_uri(), properties(FilterName=FILTERS[path.suffix]))

    def documents(self) -> list[Any]:
        desktop = self.context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)
        found, each = [], desktop.Components.createEnumeration()
        while each.hasMoreElements():
            found.append(each.nextElement())
        return found

    def open_books(self) -> list[str]:
        return [Path(unquote(urlparse(one.URL).path)).name for one in self.documents()]

    def open_beside(self, path: Path) -> None:
        desktop = self.context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)
        desktop.loadComponentFromURL(path.as_uri(), "_blank", 0, ())

    def alert(self, prompt: str, title: str, buttons: str, mode: str) -> str:
        from com.sun.star.awt.MessageBoxType import ERRORBOX, INFOBOX, QUERYBOX

        toolkit = self.context.ServiceManager.createInstanceWithContext("com.sun.star.awt.Toolkit", self.context)
        front = self.context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)
        window = (front.CurrentFrame or self.document.CurrentController.Frame).ContainerWindow
        kind = QUERYBOX if buttons == "yes_no" else ERRORBOX if mode == "critical" else INFOBOX
        box = toolkit.createMessageBox(window, kind, 3 if buttons == "yes_no" else 1, title, prompt)
        answer = box.execute()
        box.dispose()
        return ANSWERS[buttons].get(answer, "ok")

    def setting(self, name: str) -> Any:
        return self._settings.get(name)

    def set_setting(self, name: str, value: Any) -> None:
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
        return value if is_text else value.removeprefix("'")
    return float(value)


def _color(parts: tuple[int, int, int]) -> int:
    red, green, blue = parts
    return red << 16 | green << 8 | blue
