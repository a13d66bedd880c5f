"""An xlwings engine: the same macro code that Excel runs, against a document that is not Excel's.

In      a Document: an open workbook in LibreOffice (``conversation``), or in the memory of a test.
Out     xlwings objects: ``Book.caller()`` and all that the macros use of it, nothing more.
"""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol, cast

import xlwings
from xlwings import base_classes as base

from invclose_xl.workbook.package.cell_reference import Range as Area
from invclose_xl.workbook.results.earlier_cells import cell_of

Values = list[list[Any]]


class Document(Protocol):
    """An open workbook. Rows and columns count from 1."""

    path: Path

    def names(self) -> list[str]: ...
    def add(self, sheet: str) -> None: ...
    def remove(self, sheet: str) -> None: ...
    def hide(self, sheet: str) -> None: ...
    def used(self, sheet: str) -> Area: ...
    def get(self, sheet: str, area: Area) -> Values: ...
    def put(self, sheet: str, area: Area, values: Values) -> None: ...
    def clear(self, sheet: str, area: Area) -> None: ...
    def clear_all(self, sheet: str, area: Area) -> None: ...
    def number_format(self, sheet: str, area: Area) -> str | None: ...
    def set_number_format(self, sheet: str, area: Area, code: str) -> None: ...
    def set_look(self, sheet: str, area: Area, **look: Any) -> None: ...
    def set_width(self, sheet: str, column: int, width: float) -> None: ...
    def link(self, sheet: str, area: Area, target: str, text: str) -> None: ...
    def tables(self, sheet: str) -> dict[str, Area]: ...
    def add_table(self, sheet: str, name: str, area: Area) -> None: ...
    def resize_table(self, sheet: str, name: str, area: Area) -> None: ...
    def defined_names(self) -> list[str]: ...
    def define(self, name: str, refers_to: str) -> None: ...
    def undefine(self, name: str) -> None: ...
    def save_copy(self, path: Path) -> None: ...
    def activate(self, sheet: str) -> None: ...
    def active(self) -> str: ...
    def select(self, sheet: str, area: Area) -> None: ...
    def selected(self) -> str: ...
    def get_formulas(self, sheet: str, area: Area) -> Values: ...
    def put_formulas(self, sheet: str, area: Area, values: Values) -> None: ...
    def refers_to(self, name: str) -> str: ...
    def show_all_rows(self, sheet: str, table: str) -> None: ...
    def open_books(self) -> list[str]: ...
    def open_beside(self, path: Path) -> None: ...
    def alert(self, prompt: str, title: str, buttons: str, mode: str) -> str: ...
    def setting(self, name: str) -> Any: ...
    def set_setting(self, name: str, value: Any) -> None: ...


def open_book(document: Document) -> xlwings.Book:
    """Return the document as the book whose button was pressed."""
    engine = xlwings.Engine(impl=Engine(document))
    xlwings.engines.add(engine)
    engine.activate()
    book = xlwings.Book(impl=Book(App(engine.impl, document), document))
    book.set_mock_caller()
    return book


class Engine:
    name, type = "invclose-xl", "desktop"

    def __init__(self, document: Document) -> None:
        self.apps = Apps(self, document)

    @staticmethod
    def clean_value_data(data: Values, datetime_builder: Any, empty_as: Any, number_builder: Any, err: Any) -> Values:
        return [[empty_as if value in (None, "") else value for value in row] for row in data]

    @staticmethod
    def prepare_xl_data_element(value: Any, options: Any) -> Any:
        assert value is None or isinstance(value, str | float | bool), f"{value!r} is no entry for a cell"
        return value


class Apps(base.Apps):
    def __init__(self, engine: Engine, document: Document) -> None:
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
    pid, hwnd = 1, 0

    def __init__(self, engine: Engine, document: Document) -> None:
        self.engine, self.document = engine, document

    screen_updating = _setting("screen_updating")
    display_alerts = _setting("display_alerts")
    enable_events = _setting("enable_events")
    calculation = _setting("calculation")
    status_bar = _setting("status_bar")

    def alert(self, prompt: str, title: str, buttons: str, mode: str, callback: Any) -> str:
        return self.document.alert(prompt, title, buttons, mode)

    def activate(self, steal_focus: bool = False) -> None:
        pass

    @property
    def selection(self) -> Any:
        place = cell_of(self.document.selected())
        if place is None:
            return None
        sheet, row, column = place
        return Range(Sheet(Book(self, self.document), sheet), Area(column, row, column, row))

    @property
    def books(self) -> Any:
        return Books(self)


class Books(base.Books):
    def __init__(self, app: App) -> None:
        self.app = app

    def __call__(self, key: int | str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[Any]:
        return (OpenBook(name) for name in self.app.document.open_books())

    def __len__(self) -> int:
        return len(self.app.document.open_books())

    def open(self, fullname: str, *_: Any, **__: Any) -> Any:
        self.app.document.open_beside(Path(fullname))
        return OpenBook(Path(fullname).name)


class OpenBook(base.Book):
    """Another book of the application; only its name is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    name = property(lambda self: self._name)


class Api:
    """What Excel calls Workbook."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def SaveCopyAs(self, path: str) -> None:  # noqa: N802 - Excel's name
        self.document.save_copy(Path(path))


class Book(base.Book):
    def __init__(self, app: App, document: Document) -> None:
        self._app, self.document = app, document

    app = property(lambda self: self._app)
    api = property(lambda self: Api(self.document))
    name = property(lambda self: self.document.path.name)
    fullname = property(lambda self: str(self.document.path))
    sheets = property(lambda self: Sheets(self))
    names = property(lambda self: Names(self))

    def activate(self) -> None:
        pass


class Sheets(base.Sheets):
    def __init__(self, book: Book) -> None:
        self.book = book

    def __iter__(self) -> Iterator[Any]:
        return (Sheet(self.book, name) for name in self.book.document.names())

    def __len__(self) -> int:
        return len(self.book.document.names())

    def __call__(self, key: int | str) -> Any:
        if isinstance(key, int):
            return Sheet(self.book, self.book.document.names()[key - 1])
        for name in self.book.document.names():
            if name.lower() == key.lower():
                return Sheet(self.book, name)
        raise KeyError(key)

    @property
    def active(self) -> Any:
        return Sheet(self.book, self.book.document.active())

    def add(self, before: Any = None, after: Any = None, name: str | None = None) -> Any:
        assert name is not None
        self.book.document.add(name)
        return Sheet(self.book, name)


class Sheet(base.Sheet):
    def __init__(self, book: Book, name: str) -> None:
        self._book, self._name = book, name

    book = property(lambda self: self._book)
    name = property(lambda self: self._name)
    document = property(lambda self: self._book.document)
    tables = property(lambda self: Tables(self))
    used_range = property(lambda self: Range(self, self.document.used(self._name)))

    def range(self, first: Any, last: Any = None) -> Any:
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
        self.document.activate(self._name)

    def delete(self) -> None:
        self.document.remove(self._name)

    @property
    def visible(self) -> bool:
        return True

    @visible.setter
    def visible(self, value: bool) -> None:
        assert not value
        self.document.hide(self._name)


class Font(base.Font):
    def __init__(self, cells: "Range") -> None:
        self.cells = cells

    color = property(None, lambda self, value: self.cells.look(font_color=value))
    bold = property(None, lambda self, value: self.cells.look(bold=value))


class Range(base.Range):
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
        if column is None:
            row, column = divmod(row - 1, self.shape[1])
            row, column = row + 1, column + 1
        top, left = self.area.top + row - 1, self.area.left + column - 1
        return Range(self.sheet, Area(left, top, left, top))

    def get_address(self, row_absolute: bool, col_absolute: bool, external: bool) -> str:
        return self.area.absolute() if row_absolute else str(self.area)

    address = property(lambda self: self.area.absolute())

    @property
    def raw_value(self) -> Values:
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
        return self.sheet.document.get_formulas(*self._place)

    @formula.setter
    def formula(self, values: Any) -> None:
        self.sheet.document.put_formulas(*self._place, [list(row) for row in values])

    def clear_contents(self) -> None:
        self.sheet.document.clear(*self._place)

    def clear(self) -> None:
        self.sheet.document.clear_all(*self._place)

    def select(self) -> None:
        self.sheet.document.select(*self._place)

    @property
    def number_format(self) -> str | None:
        return cast(str | None, self.sheet.document.number_format(*self._place))

    @number_format.setter
    def number_format(self, code: str) -> None:
        self.sheet.document.set_number_format(*self._place, code)

    def look(self, **look: Any) -> None:
        self.sheet.document.set_look(*self._place, **look)

    color = property(None, lambda self, value: self.look(color=value))
    column_width = property(
        None, lambda self, value: self.sheet.document.set_width(self.sheet.name, self.area.left, value)
    )

    def add_hyperlink(self, address: str, text_to_display: str = "", screen_tip: str = "") -> None:
        self.sheet.document.link(*self._place, address, text_to_display)


class Tables(base.Collection):
    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def _all(self) -> dict[str, Area]:
        return cast(dict[str, Area], self.sheet.document.tables(self.sheet.name))

    def __iter__(self) -> Iterator[Any]:
        return (Table(self.sheet, name) for name in self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __call__(self, key: int | str) -> Any:
        name = list(self._all())[key - 1] if isinstance(key, int) else key
        if name not in self._all():
            raise KeyError(key)
        return Table(self.sheet, name)

    def add(self, *, source: Any, name: str, **_: Any) -> Any:
        self.sheet.document.add_table(self.sheet.name, name, source.impl.area)
        return Table(self.sheet, name)


class Table:
    show_totals = False
    api = property(lambda self: SimpleNamespace(AutoFilter=self))

    def ShowAllData(self) -> None:  # noqa: N802 - Excel's name
        self.sheet.document.show_all_rows(self.sheet.name, self.name)

    def __init__(self, sheet: Sheet, name: str) -> None:
        self.sheet, self.name = sheet, name

    @property
    def range(self) -> Any:
        return Range(self.sheet, self.sheet.document.tables(self.sheet.name)[self.name])

    def resize(self, cells: Any) -> None:
        self.sheet.document.resize_table(self.sheet.name, self.name, cells.impl.area)


class Names(base.Names):
    def __init__(self, book: Book) -> None:
        self.book = book

    def snapshot(self) -> list[Any]:
        return [(name, Name(self.book, name)) for name in self.book.document.defined_names()]

    def __call__(self, key: str) -> Any:
        return Name(self.book, key)

    def contains(self, key: str) -> bool:
        return key in self.book.document.defined_names()

    def __len__(self) -> int:
        return len(self.book.document.defined_names())

    def add(self, name: str, refers_to: str) -> Any:
        self.book.document.define(name, refers_to)
        return Name(self.book, name)


class Name(base.Name):
    def __init__(self, book: Book, name: str) -> None:
        self.book, self._name = book, name

    name = property(lambda self: self._name)

    @property
    def refers_to_range(self) -> Any:
        place = cell_of(self.book.document.refers_to(self._name))
        assert place is not None
        sheet, row, column = place
        return Range(Sheet(self.book, sheet), Area(column, row, column, row))

    def delete(self) -> None:
        self.book.document.undefine(self._name)
