"""Sheets whose names are nearly those of input sheets that are not there: they would be passed over.

In      the sheets of a book.
Out     a warning for each of them that holds rows.
Source  WORKBOOK, opening paragraph.
"""

from collections.abc import Iterator, Sequence

from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.workbook.layout import INPUT_SHEETS, OUTPUT_SHEETS, InputSheet
from invclose_xl.workbook.package.package import Sheet
from invclose_xl.workbook.tables.sheet import SheetSource
from invclose_xl.workbook.values.near import MOST_EDITS, edits, letters
from invclose_xl.workbook.values.values import Locale

_OURS = frozenset(letters(sheet.name) for sheet in (*INPUT_SHEETS, *OUTPUT_SHEETS))


def near_names(sheets: SheetSource, absent: Sequence[InputSheet], locale: Locale) -> Iterator[Problem]:
    """Name sheets that are nearly those of ``absent``."""
    for sheet in sheets.all:
        name, brackets, number = sheet.name.rpartition("(")
        name = name if brackets and number.strip().rstrip(")").isdigit() else sheet.name
        near = [spec for spec in absent if edits(letters(name), letters(spec.name)) <= MOST_EDITS]
        if letters(name) in _OURS and not any(letters(spec.name) == letters(name) for spec in near):
            continue
        spec = min(near, key=lambda s: edits(letters(name), letters(s.name)), default=None)
        if spec is not None and (rows := _rows(sheets, sheet, spec, locale)):
            yield Problem(
                "IC585", Severity.WARNING, CellRef(sheet.name), "",
                f"The sheet {sheet.name} {rows}, and its name is nearly {spec.name}, a sheet that is not there: nothing"
                " of it is read.",
                f"Rename the sheet {spec.name}. If it is something else, no action is needed.", CODES["IC585"].rule,
            )  # fmt: skip


def _rows(sheets: SheetSource, sheet: Sheet, spec: InputSheet, locale: Locale) -> str:
    """Return what a sheet holds of a table, '' where that is nothing."""
    columns = (*spec.columns, *spec.exported)
    table, findings = sheets.table(sheet, columns, locale)
    if table is not None:
        return f"holds {len(table):,} {'row' if len(table) == 1 else 'rows'}" if len(table) else ""
    needed = sum(column.required for column in spec.columns)
    lacking = sum(problem.code == "IC102" for problem in findings.problems)
    is_like = lacking * 2 < needed and any(problem.where.row for problem in findings.problems)
    return "holds headings of the table" if is_like else ""
