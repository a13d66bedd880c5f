"""An empty workbook to start from: Start, input sheets, result sheets; as .xlsm with buttons.

In      where to write it; the day it is made; whether it comes with example rows.
Out     the workbook. The VBA project is built from text: the modules beside this file and the one of the installed
        xlwings package (its BSD part). The same input gives the same sheets.
Errors  BookUnusable: the file exists or cannot be written, a package that is needed is missing. WrongUsage: the name
        ends in neither .xlsx nor .xlsm.
Cost    under a second.
Source  WORKBOOK "Command line" (new), "Read", "Written".
"""

import io
import sys
import tempfile
import zipfile
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO

from invclose_xl.domain.book import Scales
from invclose_xl.domain.days import FIRST_SHEET_DATE
from invclose_xl.domain.problems.problem import BookUnusable, WrongUsage
from invclose_xl.domain.tables import make_empty_tables
from invclose_xl.files.landing import Landing
from invclose_xl.files.replace import replace_file
from invclose_xl.files.target import refuse_unwritable_target
from invclose_xl.template_builder.sheets import Formats, add_rules, write_cell, write_input_sheet
from invclose_xl.template_builder.start import write_start
from invclose_xl.template_builder.words import FIRST_ROWS, PARAMETER_NOTES, PARAMETERS, Rows, example_rows
from invclose_xl.template_builder.xlwings_module import INSTALL, xlwings_source
from invclose_xl.workbook.layout import INPUT_SHEETS, TRANSACTIONS, InputSheet
from invclose_xl.workbook.layout import PARAMETERS as PARAMETER_SHEET
from invclose_xl.workbook.package.cell_reference import column_letters
from invclose_xl.workbook.results.write import write_results

OUR_MODULE, BOOK_MODULE, SETTINGS_MODULE, XLWINGS_MODULE = "InvCloseXL", "ThisWorkbook", "Dictionary", "xlwings"
OFFICE_MODULE = "LibreOffice"
PLAIN_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
CONFIGURATION = "xlwings.conf"
NOTE_COLUMN = 3
"""What a parameter does is beside the table, where nobody takes it for an input."""


def new_book(path: Path, today: date, *, with_examples: bool = True, interpreter: str | None = None,
             modules: Mapping[str, str] | None = None, left_empty: Collection[str] = (),
             further: Sequence[InputSheet] = (), landing: Landing | None = None) -> None:  # fmt: skip
    """Write a new workbook, where none is yet; the ending says whether it has buttons.

    ``interpreter`` is the Python that the buttons call (None: this one, on systems that have Excel; '': the one on the
    path). ``modules`` replaces VBA modules by name. ``left_empty`` are input sheets that come without any row,
    ``further`` sheets that a template does not have by itself.
    """
    kind = path.suffix.lower()
    if kind not in (".xlsx", ".xlsm"):
        raise WrongUsage(f"{path.name}: give the workbook a name that ends in .xlsx, or in .xlsm to have buttons.")
    if path.is_file():
        raise BookUnusable(f"{path} is there already and was left alone: choose another name.")
    refuse_unwritable_target(path)
    if interpreter is None:
        interpreter = sys.executable if sys.platform in ("win32", "darwin") else ""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "book.xlsx"
        first = {name: rows for name, rows in FIRST_ROWS.items() if name not in left_empty}
        if with_examples:
            first |= example_rows((today.replace(day=1) - timedelta(days=1)).replace(day=1))
        _write_sheets(work, today, path.name, first, kind == ".xlsm", interpreter, further)
        write_results(work, make_empty_tables(), Scales(2, 0, 2), "", None)
        content = _with_macros(work, modules or {}) if kind == ".xlsm" else work.read_bytes()

    def write(file: BinaryIO) -> None:
        file.write(content)

    replace_file(path, write, must_be_new=True, landing=landing)


def _write_sheets(
    path: Path,
    today: date,
    name: str,
    rows: Mapping[str, Rows],
    with_buttons: bool,
    python: str,
    further: Sequence[InputSheet] = (),
) -> None:
    try:
        import xlsxwriter
    except ImportError:
        raise BookUnusable(f"A new workbook needs the package xlsxwriter: {INSTALL}") from None
    workbook = xlsxwriter.Workbook(str(path))
    workbook.set_properties({"title": "Inventory close", "created": datetime(today.year, today.month, today.day)})
    formats = Formats(workbook)
    waiting = len(rows.get(TRANSACTIONS.name, ()))
    write_start(workbook, today, with_buttons=with_buttons, book_name=name, waiting=waiting)
    sheets, specs = {}, {}
    for spec in (*(s for s in (*INPUT_SHEETS, *further) if s is not PARAMETER_SHEET), PARAMETER_SHEET):
        specs[spec.name] = spec
        if spec is PARAMETER_SHEET:
            sheets[spec.name] = _parameters(workbook, formats, spec)
        else:
            sheets[spec.name] = write_input_sheet(workbook, formats, spec, rows.get(spec.name, ()))
    add_rules(sheets, specs, workbook, formats)
    if with_buttons and python:
        _configuration(workbook, python)
    workbook.close()


def _beside(sheet: Any, choices: Sequence[str]) -> str:
    """Write choices into a hidden column and return their range: in a list of words the comma only parts the words."""
    column = 7
    sheet.set_column(column, column, None, None, {"hidden": True})
    for row, choice in enumerate(choices, start=1):
        sheet.write_string(row, column, choice)
    letter = column_letters(column + 1)
    return f"=${letter}$2:${letter}${len(choices) + 1}"


def _parameters(workbook: Any, formats: Formats, spec: InputSheet) -> Any:
    """Write the sheet Parameters with every name, its default and its choices."""
    sheet = write_input_sheet(workbook, formats, spec, tuple({"name": name} for name in PARAMETERS))
    sheet.set_column(0, 0, 34)
    sheet.set_column(NOTE_COLUMN, NOTE_COLUMN, 100)
    explained = workbook.add_format({"font_color": "#595959", "italic": True})
    for row, (note, example) in enumerate((PARAMETER_NOTES[name] for name in PARAMETERS), start=1):
        sheet.write_string(row, NOTE_COLUMN, f"{note} Example: {example}", explained)
    for row, (name, (value, choices)) in enumerate(PARAMETERS.items(), start=1):
        is_date = name.endswith("up to")
        look = formats.by_kind["date" if is_date else "any"]
        if value is None:
            sheet.write_blank(row, 1, None, look)
        else:
            write_cell(sheet, row, 1, value, look)
        if choices:
            source = list(choices) if "," not in choices else _beside(sheet, choices)
            sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": source})
        elif is_date:
            rule = {"validate": "date", "criteria": ">", "value": FIRST_SHEET_DATE, "error_message": "Enter a date."}
            sheet.data_validation(row, 1, row, 1, rule)
        elif isinstance(value, Decimal):
            rule = {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": "Enter a number, 0 or more."}
            sheet.data_validation(row, 1, row, 1, rule)
    return sheet


def _configuration(workbook: Any, python: str) -> None:
    """Write the sheet that tells the buttons which Python to call on this computer."""
    sheet = workbook.add_worksheet(CONFIGURATION)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 70)
    key = "INTERPRETER_MAC" if sys.platform == "darwin" else "INTERPRETER_WIN"
    sheet.write_string(0, 0, key)
    sheet.write_string(0, 1, python)
    sheet.write_string(3, 0, "The Python that the buttons call. On another computer, enter its path there.")
    sheet.hide()


# ---- the VBA project


def _with_macros(book: Path, replaced: Mapping[str, str]) -> bytes:
    """Return the workbook as a macro-enabled one with its VBA project."""
    try:
        from pyopenvba import ExcelFile
        from pyopenvba.vba import VBAModuleKind
    except ImportError:
        raise BookUnusable(f"A workbook with buttons needs the package pyOpenVBA: {INSTALL}") from None
    target = book.with_suffix(".xlsm")
    target.write_bytes(_macro_enabled(book.read_bytes()))
    ours = {name: our_source(f"{name}.bas") for name in (OUR_MODULE, OFFICE_MODULE)}
    sources = {XLWINGS_MODULE: xlwings_source()} | ours | dict(replaced)
    with ExcelFile(target) as file:
        file.add_vba_project()
        project = file.vba_project()
        for name, source in sources.items():
            project.add_module(name, _lines(source))
        project.add_module(SETTINGS_MODULE, _lines(our_source(f"{SETTINGS_MODULE}.cls")), kind=VBAModuleKind.other)
        file.set_module(BOOK_MODULE, _lines(our_source(f"{BOOK_MODULE}.cls")))
        file.save()
    return target.read_bytes()


def _lines(source: str) -> str:
    return source.replace("\r\n", "\n").replace("\n", "\r\n")


def our_source(name: str) -> str:
    """Return a VBA module of this package as text."""
    return resources.files("invclose_xl.template_builder").joinpath(name).read_text("utf-8")


def _macro_enabled(content: bytes) -> bytes:
    """Give the package the content type of a workbook with macros."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            data = old.read(member)
            if member.filename == "[Content_Types].xml":
                data = data.replace(PLAIN_TYPE, MACRO_TYPE)
            new.writestr(member, data)
    return out.getvalue()
