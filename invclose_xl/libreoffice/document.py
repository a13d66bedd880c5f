"""An open workbook as the buttons need it: what the engine asks of LibreOffice, and of the memory of a test.

In      names of sheets, areas of cells; rows and columns count from 1.
Out     values, texts, names.
Errors  what the program behind it raises.
Source  ``libreoffice.in_office.document`` does this inside LibreOffice; ``libreoffice.conversation`` leads there.
"""

from pathlib import Path
from typing import Any, Protocol

from invclose_xl.workbook.package.cell_reference import Range as Area

Values = list[list[Any]]
"""cells row by row: None, text, float, True or False"""


class OfficeDocument(Protocol):
    """An open workbook. Rows and columns count from 1."""

    path: Path

    def names(self) -> list[str]:
        """Return the names of the sheets, in order."""

    def add(self, sheet: str) -> None:
        """Add an empty sheet behind the others."""

    def remove(self, sheet: str) -> None:
        """Delete a sheet and what is on it."""

    def hide(self, sheet: str) -> None:
        """Hide a sheet."""

    def used(self, sheet: str) -> Area:
        """Return the area from A1 to the last cell that holds anything."""

    def get(self, sheet: str, area: Area) -> Values:
        """Return the values of cells row by row; None for a blank."""

    def put(self, sheet: str, area: Area, values: Values) -> None:
        """Write values row by row; a text that begins with = is a formula, unless the cells are text."""

    def clear(self, sheet: str, area: Area) -> None:
        """Empty cells; their looks stay."""

    def clear_all(self, sheet: str, area: Area) -> None:
        """Empty cells, looks included."""

    def number_format(self, sheet: str, area: Area) -> str | None:
        """Return the number format, in English codes; None where the cells have several."""

    def set_number_format(self, sheet: str, area: Area, code: str) -> None:
        """Set the number format, in English codes."""

    def set_look(self, sheet: str, area: Area, **look: Any) -> None:
        """Set fill and font: ``color`` and ``font_color`` as red, green, blue from 0 to 255, ``bold``."""

    def set_width(self, sheet: str, column: int, width: float) -> None:
        """Set the width of a column, in characters."""

    def link(self, sheet: str, area: Area, target: str, text: str) -> None:
        """Write a text that leads to a cell such as ``#Transactions!F17``."""

    def tables(self, sheet: str) -> dict[str, Area]:
        """Return the tables of a sheet by name, headings included."""

    def add_table(self, sheet: str, name: str, area: Area) -> None:
        """Make an area a table, its first row the headings."""

    def resize_table(self, sheet: str, name: str, area: Area) -> None:
        """Set the area of a table anew."""

    def defined_names(self) -> list[str]:
        """Return the names that the workbook defines."""

    def define(self, name: str, refers_to: str) -> None:
        """Define a name for a cell, given as ``='Item model groups'!$C$4``."""

    def undefine(self, name: str) -> None:
        """Take a defined name out."""

    def save_copy(self, path: Path) -> None:
        """Save the document as it is elsewhere, in the format of the name."""

    def activate(self, sheet: str) -> None:
        """Show a sheet."""

    def active(self) -> str:
        """Return the name of the sheet that is shown."""

    def select(self, sheet: str, area: Area) -> None:
        """Select cells."""

    def selected(self) -> str:
        """Return sheet and cells; no cells where something else, or several ranges, are selected."""

    def get_formulas(self, sheet: str, area: Area) -> Values:
        """Return formulas row by row, the value where a cell has none."""

    def put_formulas(self, sheet: str, area: Area, values: Values) -> None:
        """Write formulas row by row as they are."""

    def refers_to(self, name: str) -> str:
        """Return sheet and cell that a defined name stands for."""

    def show_all_rows(self, sheet: str, table: str) -> None:
        """Take the filter of a table off, so that no row stays hidden."""

    def open_books(self) -> list[str]:
        """Return the file names of the open documents."""

    def open_beside(self, path: Path) -> None:
        """Open another document in a window of its own."""

    def alert(self, prompt: str, title: str, buttons: str, mode: str) -> str:
        """Show a message and wait for the answer: ``yes``, ``no`` or ``ok``."""

    def setting(self, name: str) -> Any:
        """Return a setting of the application; None where it was never set."""

    def set_setting(self, name: str, value: Any) -> None:
        """Change a setting: ``screen_updating``, ``calculation``, ``status_bar``."""
