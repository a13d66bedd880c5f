"""An xlwings engine: the same macro code that Excel runs, against a document that is not Excel's.

In      an OfficeDocument: an open workbook (``libreoffice.document``).
Out     xlwings objects: ``Book.caller()`` and all that the macros use of it, nothing more.
"""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import xlwings
from xlwings import base_classes as base

from invclose_xl.libreoffice.document import OfficeDocument, Values
from invclose_xl.workbook.package.cell_reference import Range as Area
from invclose_xl.workbook.results.earlier_cells import cell_of


def open_book(document: OfficeDocument) -> xlwings.Book:
    """Return the document as the book whose button was pressed."""
    engine = xlwings.Engine(impl=Engine(document))
    xlwings.engines.add(engine)
    engine.activate()
    book = xlwings.Book(impl=Book(App(engine.impl, document), document))
    book.set_mock_caller()
    return book


class Engine:
    """The application program, which xlwings asks for first."""

    name, type = "invclose-xl", "desktop"

    def __init__(self, document: OfficeDocument) -> None:
        self.apps = Apps(self, document)

    @staticmethod
    def clean_value_data(data: Values, datetime_builder: Any, empty_as: Any, number_builder: Any, err: Any) -> Values:
        """Return values as the macros take them: ``empty_as`` in place of blanks."""
        return [[empty_as if value in (None, "") else value for value in row] for row in data]

    @staticmethod
    def prepare_xl_data_element(value: Any, options: Any) -> Any:
        """Return a value as the document takes it: a text, a float, a bool or None."""
        assert value is None or isinstance(value, str | float | bool), f"{value!r} is no entry for a cell"
        return value


class Apps(base.Apps):
    """The applications: the one whose button was pressed."""

    def __init__(self, engine: Engine, document: OfficeDocument) -> None:
        self.app = App(engine, document)

    def __iter__(self) -> Iterator[Any]:
        return iter([self.app])

    def __len__(self) -> int:
        return 1


def _setting(name: str) -> property:
    return property(
        lambda self: self.document.setting(name), lambda self, value: self.document.set_setting(name, value)
    )


class App(base.App):
    """The application."""

    pid, hwnd = 1, 0

    def __init__(self, engine: Engine, document: OfficeDocument) -> None:
        self.engine, self.document = engine, document

    screen_updating = _setting("screen_updating")
    display_alerts = _setting("display_alerts")
    enable_events = _setting("enable_events")
    calculation = _setting("calculation")
    status_bar = _setting("status_bar")

    def alert(self, prompt: str, title: str, buttons: str, mode: str, callback: Any) -> str:
        """Show a message and wait for the answer."""
        return self.document.alert(prompt, title, buttons, mode)

    def activate(self, steal_focus: bool = False) -> None:
        """Do nothing: it is in front already."""
        pass

    @property
    def selection(self) -> Any:
        """Return the first selected cell; None where no cell is selected."""
        place = cell_of(self.document.selected())
        if place is None:
            return None
        sheet, row, column = place
        return Range(Sheet(Book(self, self.document), sheet), Area(column, row, column, row))

    @property
    def books(self) -> Any:
        """Return the open books."""
        return Books(self)


class Books(base.Books):
    """The open books; only their names are known."""

    def __init__(self, app: App) -> None:
        self.app = app

    def __call__(self, key: int | str) -> Any:
        """No other book can be taken; raise KeyError."""
        raise KeyError(key)

    def __iter__(self) -> Iterator[Any]:
        return (OpenBook(name) for name in self.app.document.open_books())

    def __len__(self) -> int:
        return len(self.app.document.open_books())

    def open(self, fullname: str, *_: Any, **__: Any) -> Any:
        """Open another book in a window of its own."""
        self.app.document.open_beside(Path(fullname))
        return OpenBook(Path(fullname).name)


class OpenBook(base.Book):
    """Another book of the application; only its name is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    name = property(lambda self: self._name)


class Api:
    """The object that Excel calls Workbook."""

    def __init__(self, document: OfficeDocument) -> None:
        self.document = document

    def SaveCopyAs(self, path: str) -> None:  # noqa: N802 - Excel's name
        """Save a copy of the workbook as it stands."""
        self.document.save_copy(Path(path))


class Book(base.Book):
    """The workbook whose button was pressed."""

    def __init__(self, app: App, document: OfficeDocument) -> None:
        self._app, self.document = app, document

    app = property(lambda self: self._app)
    api = property(lambda self: Api(self.document))
    name = property(lambda self: self.document.path.name)
    fullname = property(lambda self: str(self.document.path))
    sheets = property(lambda self: Sheets(self))
    names = property(lambda self: Names(self))

    def activate(self) -> None:
        """Do nothing: it is in front already."""
        pass


class Sheets(base.Sheets):
    """The sheets of the workbook, by number from 1 or by name, whatever its case."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def __iter__(self) -> Iterator[Any]:
        return (Sheet(self.book, name) for name in self.book.document.names())

    def __len__(self) -> int:
        return len(self.book.document.names())

    def __call__(self, key: int | str) -> Any:
        """Return a sheet; KeyError where there is none."""
        if isinstance(key, int):
            return Sheet(self.book, self.book.document.names()[key - 1])
        for name in self.book.document.names():
            if name.lower() == key.lower():
                return Sheet(self.book, name)
        raise KeyError(key)

    @property
    def active(self) -> Any:
        """Return the sheet that is shown."""
        return Sheet(self.book, self.book.document.active())

    def add(self, before: Any = None, after: Any = None, name: str | None = None) -> Any:
        """Add an empty sheet behind the others."""
        assert name is not None
        self.book.document.add(name)
        return Sheet(self.book, name)


class Sheet(base.Sheet):
    """One sheet."""

    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name

    book = property(lambda self: self._book)
    name = property(lambda self: self._name)
    document = property(lambda self: self._book.document)
    tables = property(lambda self: Tables(self))
    used_range = property(lambda self: Range(self, self.document.used(self._name)))

    def range(self, first: Any, last: Any = None) -> Any:
        """Return cells: from (row, column) pairs, from two ranges, or from a reference such as ``A1:C4``."""
        if isinstance(first, tuple):
            last = last or first
            return Range(self, Area(first[1], first[0], last[1], last[0]))
        if isinstance(first, base.Range):
            start, end = cast(Range, first).area, cast(Range, last or first).area
            return Range(self, Area(start.left, start.top, end.right, end.bottom))
        area = Area.parse(first.replace("$", ""))
        assert area is not None
        return Range(self, area)

    def activate(self) -> None:
        """Show the sheet."""
        self.document.activate(self._name)

    def delete(self) -> None:
        """Delete the sheet."""
        self.document.remove(self._name)

    @property
    def visible(self) -> bool:
        """Return whether the sheet is shown; it can only be hidden."""
        return True

    @visible.setter
    def visible(self, value: bool) -> None:
        assert not value
        self.document.hide(self._name)


class Font(base.Font):
    """The font of some cells; it can only be set."""

    def __init__(self, cells: "Range") -> None:
        self.cells = cells

    color = property(None, lambda self, value: self.cells.look(font_color=value))
    bold = property(None, lambda self, value: self.cells.look(bold=value))


class Range(base.Range):
    """Some cells of a sheet."""

    has_array = False
    max_cells_per_read = max_cells_per_write = None

    def __init__(self, sheet: Sheet, area: Area) -> None:
        self.sheet, self.area = sheet, area

    row = property(lambda self: self.area.top)
    column = property(lambda self: self.area.left)
    shape = property(lambda self: (self.area.bottom - self.area.top + 1, self.area.right - self.area.left + 1))
    coords = property(lambda self: (self.sheet.name, self.row, self.column, *self.shape))
    api = property(lambda self: self)
    font = property(lambda self: Font(self))
    _place = property(lambda self: (self.sheet.name, self.area))

    def __len__(self) -> int:
        return int(self.shape[0] * self.shape[1])

    def __bool__(self) -> bool:
        return True

    def __call__(self, row: int, column: int | None = None) -> Any:
        """Return one cell, by row and column from 1, or by number row by row."""
        if column is None:
            row, column = divmod(row - 1, self.shape[1])
            row, column = row + 1, column + 1
        top, left = self.area.top + row - 1, self.area.left + column - 1
        return Range(self.sheet, Area(left, top, left, top))

    def get_address(self, row_absolute: bool, col_absolute: bool, external: bool) -> str:
        """Return the reference of the cells."""
        return self.area.absolute() if row_absolute else str(self.area)

    address = property(lambda self: self.area.absolute())

    @property
    def raw_value(self) -> Values:
        """Return the values row by row; one value, when set, goes into every cell."""
        return cast(Values, self.sheet.document.get(*self._place))

    @raw_value.setter
    def raw_value(self, values: Any) -> None:
        rows, columns = self.shape
        if not isinstance(values, list | tuple):
            values = [[values] * columns for _ in range(rows)]
        assert len(values) == rows
        self.sheet.document.put(*self._place, [list(row) for row in values])

    @property
    def formula(self) -> Any:
        """Return the formulas row by row."""
        return self.sheet.document.get_formulas(*self._place)

    @formula.setter
    def formula(self, values: Any) -> None:
        self.sheet.document.put_formulas(*self._place, [list(row) for row in values])

    def clear_contents(self) -> None:
        """Empty the cells; their looks stay."""
        self.sheet.document.clear(*self._place)

    def clear(self) -> None:
        """Empty the cells, looks included."""
        self.sheet.document.clear_all(*self._place)

    def select(self) -> None:
        """Select the cells."""
        self.sheet.document.select(*self._place)

    @property
    def number_format(self) -> str | None:
        """Return the number format; None where the cells have several."""
        return cast(str | None, self.sheet.document.number_format(*self._place))

    @number_format.setter
    def number_format(self, code: str) -> None:
        self.sheet.document.set_number_format(*self._place, code)

    def look(self, **look: Any) -> None:
        """Set fill and font."""
        self.sheet.document.set_look(*self._place, **look)

    color = property(None, lambda self, value: self.look(color=value))
    column_width = property(
        None, lambda self, value: self.sheet.document.set_width(self.sheet.name, self.area.left, value)
    )

    def add_hyperlink(self, address: str, text_to_display: str = "", screen_tip: str = "") -> None:
        """Write a text that leads to a cell."""
        self.sheet.document.link(*self._place, address, text_to_display)


class Tables(base.Collection):
    """The tables of a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def _all(self) -> dict[str, Area]:
        return cast(dict[str, Area], self.sheet.document.tables(self.sheet.name))

    def __iter__(self) -> Iterator[Any]:
        return (Table(self.sheet, name) for name in self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __call__(self, key: int | str) -> Any:
        """Return a table; KeyError where there is none."""
        name = list(self._all())[key - 1] if isinstance(key, int) else key
        if name not in self._all():
            raise KeyError(key)
        return Table(self.sheet, name)

    def add(self, *, source: Any, name: str, **_: Any) -> Any:
        """Make cells a table, their first row the headings."""
        self.sheet.document.add_table(self.sheet.name, name, source.impl.area)
        return Table(self.sheet, name)


class Table:
    """One table of a sheet."""

    show_totals = False
    api = property(lambda self: SimpleNamespace(AutoFilter=self))

    def ShowAllData(self) -> None:  # noqa: N802 - Excel's name
        """Take the filter off, so that no row stays hidden."""
        self.sheet.document.show_all_rows(self.sheet.name, self.name)

    def __init__(self, sheet: Sheet, name: str) -> None:
        self.sheet, self.name = sheet, name

    @property
    def range(self) -> Any:
        """Return the cells of the table, headings included."""
        return Range(self.sheet, self.sheet.document.tables(self.sheet.name)[self.name])

    def resize(self, cells: Any) -> None:
        """Set the cells of the table anew."""
        self.sheet.document.resize_table(self.sheet.name, self.name, cells.impl.area)


class Names(base.Names):
    """The names that the workbook defines."""

    def __init__(self, book: Book) -> None:
        self.book = book

    def snapshot(self) -> list[Any]:
        """Return all of them with what they are."""
        return [(name, Name(self.book, name)) for name in self.book.document.defined_names()]

    def __call__(self, key: str) -> Any:
        """Return a name, defined or not."""
        return Name(self.book, key)

    def contains(self, key: str) -> bool:
        """Return whether a name is defined."""
        return key in self.book.document.defined_names()

    def __len__(self) -> int:
        return len(self.book.document.defined_names())

    def add(self, name: str, refers_to: str) -> Any:
        """Define a name for a cell."""
        self.book.document.define(name, refers_to)
        return Name(self.book, name)


class Name(base.Name):
    """One defined name."""

    def __init__(self, book: Book, name: str) -> None:
        self.book, self._name = book, name

    name = property(lambda self: self._name)

    @property
    def refers_to_range(self) -> Any:
        """Return the cell that it stands for."""
        place = cell_of(self.book.document.refers_to(self._name))
        assert place is not None
        sheet, row, column = place
        return Range(Sheet(self.book, sheet), Area(column, row, column, row))

    def delete(self) -> None:
        """Take the name out."""
        self.book.document.undefine(self._name)
