"""Find our sheets in a workbook, their heading rows and the range of their data.

In      an opened package.
Out     a RawTable with Findings for each sheet that is there and has its headings.
Errors  Problems for missing sheets and headings, and for headings that occur twice.
Source  WORKBOOK, opening paragraph and "Read".
"""

import re
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from invclose_xl.domain.book import SheetCells
from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.workbook.cells.cells import BLANK, NUMBER, Cells, SharedTexts
from invclose_xl.workbook.cells.number_formats import formats_of
from invclose_xl.workbook.cells.read import read_cells
from invclose_xl.workbook.cells.texts import shared_texts
from invclose_xl.workbook.layout import InputColumn, InputSheet, heading_key
from invclose_xl.workbook.package.cell_reference import MOST_COLUMNS, MOST_ROWS, Range, column_letters
from invclose_xl.workbook.package.package import Package, Sheet
from invclose_xl.workbook.tables.headings import ROWS_SEARCHED, Headings, find_headings, match_headings
from invclose_xl.workbook.tables.table import Extent, Findings, RawTable, raw_table
from invclose_xl.workbook.values.values import Fault, Locale

EVERYWHERE = Range(1, 1, MOST_COLUMNS, MOST_ROWS)


class SheetSource(Protocol):
    """Sheets by name, and the table on each of them: of a workbook, or of a folder of tables."""

    @property
    def all(self) -> tuple[Sheet, ...]:
        """All there is, in its order."""

    def find(self, name: str) -> Sheet | None:
        """Return the sheet of a name; None where there is none."""

    def further(self, name: str) -> list[Sheet]:
        """Return the sheets that one goes on in."""

    def table(self, sheet: Sheet, columns: Sequence[InputColumn], locale: Locale) -> tuple[RawTable | None, Findings]:
        """Return the data of a sheet; None where required headings are missing, which the findings name."""


class Sheets:
    """The sheets of one workbook, read when asked for."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._shared: SharedTexts | None = None
        self._formats = formats_of(package)
        self.uses_1904 = package.uses_1904
        self.all = tuple(s for s in package.sheets() if s.kind == "worksheet")

    def find(self, name: str) -> Sheet | None:
        """Return the sheet of a name, without regard to case and surrounding blanks."""
        exact = [s for s in self.all if s.name.casefold() == name.casefold()]
        return next(iter(exact or [s for s in self.all if s.name.strip().casefold() == name.casefold()]), None)

    def further(self, name: str) -> list[Sheet]:
        """Return the sheets that one goes on in, in the order of their numbers: ``Transactions (2)``, …"""
        continues = re.compile(rf"\s*{re.escape(name)}\s*\(([0-9]{{1,4}})\)\s*", re.IGNORECASE)
        found = [(int(match[1]), s) for s in self.all if (match := continues.fullmatch(s.name)) and int(match[1]) > 1]
        return [sheet for _, sheet in sorted(found, key=lambda pair: pair[0])]

    def cells(self, sheet: Sheet) -> Cells:
        """Return the cells of a sheet."""
        if self._shared is None:
            self._shared = shared_texts(self._package)
        return read_cells(self._package, sheet, self._shared)

    def names(self, name: str, sheet: Sheet | None = None) -> list[str]:
        """Return what a defined name stands for on a sheet (its own meaning there, or the workbook's), or anywhere."""
        found = [n for n in self._package.defined_names() if n.name.casefold() == name.casefold()]
        return [n.text for n in found if sheet is None or n.sheet in (None, sheet.position)]

    def table(self, sheet: Sheet, columns: Sequence[InputColumn], locale: Locale) -> tuple[RawTable | None, Findings]:
        """Return the data of a sheet; None where required headings are missing, which the findings name."""
        cells = self.cells(sheet)
        headings, extent = self._headings(sheet, cells, columns)
        findings = Findings(_nowhere(sheet.name))
        _report(sheet.name, headings, columns, findings)
        if headings is None or headings.missing:
            return None, findings
        if extent.table:
            _report_left_out(sheet.name, cells, headings, extent, columns, findings)
        table = raw_table(sheet.name, cells, headings, extent, self._formats, locale)
        return table, Findings(table.cells, findings.problems)

    def headings(self, sheet: Sheet, columns: Sequence[InputColumn]) -> Headings | None:
        """Return the heading row of a sheet."""
        return self._headings(sheet, self.cells(sheet), columns)[0]

    def _headings(self, sheet: Sheet, cells: Cells, columns: Sequence[InputColumn]) -> tuple[Headings | None, Extent]:
        """Return the heading row and what may be data: the range of the Excel table with the sheet's name, if any."""
        wanted = re.sub(r"[ ()]", "", heading_key(sheet.name))
        totals: dict[int, tuple[int, ...]] = {}
        for table in self._package.tables_of(sheet):
            area = Range.parse(table.ref)
            if not area or table.header_rows != 1:
                continue
            if heading_key(table.name).replace(" ", "") == wanted:
                texts = dict(_first_rows(cells, area)).get(area.top, {})
                found = match_headings(area.top, texts, columns)
                is_moved = bool(found.missing) or area.left not in texts
                whole = find_headings(_first_rows(cells, EVERYWHERE), columns) if is_moved else None
                if whole and not whole.missing:
                    # Some programs insert rows and columns without moving the table; the headings did move.
                    return whole, Extent(MOST_ROWS)
                return found, Extent(area.bottom - table.totals_rows, table=table)
            totals[area.top] = tuple(range(area.bottom, area.bottom - min(table.totals_rows, 1), -1))
        headings = find_headings(_first_rows(cells, EVERYWHERE), columns)
        return headings, Extent(MOST_ROWS, totals.get(headings.row, ()) if headings else ())


def _report_left_out(
    sheet: str, cells: Cells, headings: Headings, extent: Extent, columns: Sequence[InputColumn], findings: Findings
) -> None:
    """Name rows right below a table that look like rows of it: Excel's table has not grown with them.

    A note or a sum below the table lacks a required cell, or holds words where the table holds numbers.
    """
    assert extent.table is not None
    area = Range.parse(extent.table.ref)
    assert area is not None
    needed = [headings.columns[c.field] for c in columns if c.required]
    model = _kinds(cells, extent.last_row, needed)
    last = area.bottom
    while needed and _is_like(_kinds(cells, last + 1, needed), model):
        last += 1
    if last == area.bottom:
        return
    first, row = area.bottom + 1, min(needed)
    rows = f"Row {first} is" if last == first else f"Rows {first} to {last} are"
    whole = Range(area.left, area.top, area.right, last)
    findings.at(
        CellRef(sheet, first, column_letters(row), headings.texts[row].strip()),
        Fault("IC146", "", f"{rows} directly below the table {extent.table.name} ({area}) and would not be read.",
              f"Drag the corner of the table down to {column_letters(area.right)}{last} (the table becomes {whole}), "
              "or insert a blank row below the table."),
    )  # fmt: skip


def _is_like(row: list[int], model: list[int]) -> bool:
    return BLANK not in row and all(here == NUMBER for here, there in zip(row, model, strict=True) if there == NUMBER)


def _kinds(cells: Cells, row: int, columns: Sequence[int]) -> list[int]:
    """Return what kinds of values a row holds in some columns."""
    return [cells.column_of(column).kind_in(row) for column in columns]


def missing_sheet(spec: InputSheet, sheets: Sheets) -> Problem:
    """Name a required sheet that is not there."""
    names = ", ".join(s.name for s in sheets.all)
    needed = ", ".join(c.heading for c in spec.columns if c.required)
    return Problem(
        "IC101", Severity.ERROR, CellRef(spec.name), "", f"The workbook has no sheet {spec.name} (it has: {names}).",
        f"Name your sheet with these rows {spec.name}, or add one; it needs the headings {needed}.",
        CODES["IC101"].rule,
    )  # fmt: skip


def _first_rows(cells: Cells, area: Range) -> list[tuple[int, dict[int, str]]]:
    """Return the texts of the first rows of an area that hold any."""
    places = [
        (row, number, at)
        for number, column in cells.columns.items()
        if area.left <= number <= area.right
        for row, at in column.first_texts(area.top, area.bottom, ROWS_SEARCHED)
    ]
    rows = sorted({row for row, _, _ in places})[:ROWS_SEARCHED]
    found: dict[int, dict[int, str]] = {row: {} for row in rows}
    texts = cells.texts.gather([at for _, _, at in places]).to_list()
    for (row, number, _), text in zip(places, texts, strict=True):
        if row in found:
            found[row][number] = text
    return list(found.items())


def _nowhere(sheet: str) -> SheetCells:
    return SheetCells(sheet, {}, np.zeros(0, dtype=np.int32))


def _report(sheet: str, headings: Headings | None, columns: Sequence[InputColumn], findings: Findings) -> None:
    if headings is None:
        names = ", ".join(c.heading for c in columns if c.required)
        findings.at(
            CellRef(sheet),
            Fault("IC102", "", f"No row of the first {ROWS_SEARCHED} holds a heading of this sheet.",
                  f"Enter the headings {names} in one row, with the data below."),
        )  # fmt: skip
        return
    found = ", ".join(text.strip() for _, text in sorted(headings.texts.items()))
    for column in headings.missing:
        nearest = headings.nearest(column)
        where = CellRef(sheet, headings.row, column_letters(nearest or min(headings.texts, default=1)), "")
        fix = f"Rename it to {column.heading}." if nearest else f"Add a column with the heading {column.heading}."
        text = headings.texts[nearest].strip() if nearest else ""
        problem = f"The heading {column.heading} was not found in row {headings.row} (it has: {found})."
        findings.at(where, Fault("IC102", text, problem, fix))
    for column, number in headings.translated:
        text = headings.texts[number].strip()
        findings.at(
            CellRef(sheet, headings.row, column_letters(number), text),
            Fault("IC587", text,
                  f"The headings of this sheet are English, so this column is your own and is not read, although it is"
                  f" called like {column.heading}.",
                  f"Rename it to {column.heading} if it is meant to be read. Otherwise, no action is needed."),
            Severity.WARNING,
        )  # fmt: skip
    for column, first, second in headings.twice:
        text, other = headings.texts[second].strip(), headings.texts[first].strip()
        findings.at(
            CellRef(sheet, headings.row, column_letters(second), text),
            Fault("IC103", "",
                  f"{column_letters(first)}{headings.row} ({other}) is already the column {column.heading}.",
                  "Rename the heading of the column that should not be read."),
        )  # fmt: skip
