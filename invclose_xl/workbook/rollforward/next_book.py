"""The input sheets of next year's book: rows left behind, openings in their place, all else as it is.

In      a workbook, the book that was read from it, what of it goes along, and the texts of its rows.
Out     the workbook with its input sheets changed; its result sheets are not yet. What is to be said about formulas.
Errors  BookUnusable where rows cannot move (``input_rows``).
Source  WORKBOOK "Transactions" (Reference = Opening, prior settlements), "Command line" (rollforward).
"""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl

from invclose_xl.domain.book import Book, SheetCells
from invclose_xl.domain.days import to_date
from invclose_xl.domain.money import format_decimal
from invclose_xl.domain.views.rollforward import FoldedRow, Going, Opening
from invclose_xl.workbook.layout import TRANSACTIONS
from invclose_xl.workbook.package.cell_reference import column_letters, column_number
from invclose_xl.workbook.package.edit import PackageEdit
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.xml import decode
from invclose_xl.workbook.results.rows_xml import number_cell, serial_of, text_cell
from invclose_xl.workbook.results.workbook_part import WorkbookEdit
from invclose_xl.workbook.rollforward.input_rows import Changes, InputRows, Value, change_rows
from invclose_xl.workbook.setup.costing_groups import FIELDS
from invclose_xl.workbook.tables.sheet import Sheets

OPENING = "Opening"
LEFT_BEHIND = ("transfer", "production", "return_lot", "cost_share")
PRODUCED = ("production", "cost_share")
MARK = ("marked_to", "marked_quantity")


def write_next_book(
    path: Path, file: BinaryIO, book: Book, going: Going, texts: Mapping[str, pl.Series], charges: SheetCells | None
) -> list[str]:
    """Write the workbook with its input sheets changed; return the cells whose formulas became values.

    ``texts``: columns of text of the transactions, in row order.
    """
    with Package.open(path) as package:
        edit = PackageEdit(package)
        workbook = WorkbookEdit(edit)
        changed = _Sheets(edit, book, going, texts)
        values = changed.transactions()
        if charges is not None:
            values += changed.charges(charges)
        workbook.drop_calculation_chain({sheet.sheet_id for sheet in package.sheets()})
        workbook.finish()
        edit.save(file)
    return values


class _Sheets:
    """The changes of one workbook."""

    def __init__(self, edit: PackageEdit, book: Book, going: Going, texts: Mapping[str, pl.Series]) -> None:
        self._edit, self._book, self._going, self._texts = edit, book, going, texts
        self._sheets = Sheets(edit.package)
        self._heading_rows: dict[str, tuple[int, int]] = {}

    def transactions(self) -> list[str]:
        """Leave rows behind, change cells of others, add the openings; of every sheet that the table goes on in."""
        transactions = self._book.transactions
        real = np.flatnonzero(~transactions.stands_for_leg)
        parts = transactions.cells.parts or (transactions.cells,)
        place = {
            int(r): (0 if transactions.cells.part is None else int(transactions.cells.part[r])) for r in real.tolist()
        }
        changes = [Changes() for _ in parts]
        for row in real[~self._going.transactions[real]].tolist():
            changes[place[row]].dropped.add(int(transactions.cells.rows[row]))
        for folded in self._going.folded:
            at = place[folded.row]
            columns = _Columns(parts[at], changes[at], self._headings(parts[at])[1])
            changes[at].cells[int(transactions.cells.rows[folded.row])] = self._cells_of(folded, columns)
        for row in np.flatnonzero(self._going.unlinked).tolist():
            letters = parts[place[row]].columns
            emptied: dict[str, tuple[str, str] | None] = {
                letters[name][0]: None for name in PRODUCED if name in letters
            }
            changes[place[row]].cells[int(transactions.cells.rows[row])] = emptied
        if self._going.openings:
            columns = _Columns(parts[0], changes[0], self._headings(parts[0])[1])
            looks = self._looks(parts[0], [int(transactions.cells.rows[r]) for r in real.tolist() if place[r] == 0])
            changes[0].added = [self._opening(opening, columns, looks) for opening in self._going.openings]
        return self._changed(parts, changes, transactions.cells)

    def charges(self, cells: SheetCells) -> list[str]:
        """Leave behind what was charged on transactions that stay behind, or that are openings now."""
        parts = cells.parts or (cells,)
        changes = [Changes() for _ in parts]
        for row in np.flatnonzero(~self._going.charges).tolist():
            changes[0 if cells.part is None else int(cells.part[row])].dropped.add(int(cells.rows[row]))
        return self._changed(parts, changes, cells)

    def _changed(self, parts: tuple[SheetCells, ...], changes: list[Changes], cells: SheetCells) -> list[str]:
        values = []
        for number, (part, change) in enumerate(zip(parts, changes, strict=True)):
            sheet = self._sheets.find(part.sheet)
            assert sheet is not None
            own = np.arange(len(cells.rows)) if cells.part is None else np.flatnonzero(cells.part == number)
            rows = cells.rows[own]
            heading_row = self._headings(part)[0]
            place = InputRows(sheet, heading_row, int(rows.max(initial=heading_row)))
            values += [f"{part.sheet}!{cell}" for cell in change_rows(self._edit, place, change)]
        return values

    def _headings(self, part: SheetCells) -> tuple[int, int]:
        """Return the row of the headings, and the last column in which anything stands."""
        if part.sheet not in self._heading_rows:
            sheet = self._sheets.find(part.sheet)
            assert sheet is not None
            cells = self._sheets.cells(sheet)
            letter, heading = part.columns["id" if "id" in part.columns else "transaction"]
            column = cells.column_of(column_number(letter))
            named = (cells.texts.gather(column.text_at).fill_null("") == heading).to_numpy()
            self._heading_rows[part.sheet] = int(column.row[named][0]), max(cells.columns)
        return self._heading_rows[part.sheet]

    # ---- cells

    def _amount(self, units: int) -> Value:
        return ("number", format_decimal(units, self._book.scales.currency_decimals))

    def _quantity(self, units: int) -> Value:
        return ("number", format_decimal(units, self._book.scales.quantity_scale))

    def _cells_of(self, folded: FoldedRow, columns: "_Columns") -> dict[str, Value]:
        cells: dict[str, Value] = {}
        if folded.settled_quantity is not None:
            cells[columns.letter("prior_settled_quantity")] = self._quantity(folded.settled_quantity)
        for name, units in (
            ("prior_settled_amount", folded.settled_amount),
            ("financial_amount", folded.financial_amount),
            ("prior_adjustment", folded.prior_adjustment),
        ):
            if units is not None:
                cells[columns.letter(name)] = self._amount(units)
        if folded.is_opening:
            cells[columns.letter("reference")] = ("text", OPENING)
        emptied = (*(LEFT_BEHIND if folded.is_opening else ()), *(MARK if folded.is_unmarked else ()))
        cells |= {columns.letter(name): None for name in emptied if columns.has(name)}
        return cells

    def _opening(self, opening: Opening, columns: "_Columns", looks: "_Looks") -> dict[str, Value]:
        transactions = self._book.transactions
        values: dict[str, Value] = {
            "id": ("text", opening.id),
            "item": ("text", str(self._book.items.number[int(transactions.item[opening.like])])),
            "reference": ("text", OPENING),
            "quantity": self._quantity(opening.quantity),
            "financial_amount": self._amount(opening.amount),
        }
        if opening.settled_quantity:
            values["prior_settled_quantity"] = self._quantity(opening.settled_quantity)
            values["prior_settled_amount"] = self._amount(opening.settled_amount)
        own = {FIELDS[dimension] for dimension in self._book.financial_dimensions}
        for name, texts in self._texts.items():
            text = texts[opening.like] if name in own or name not in FIELDS.values() else None
            if text:
                values[name] = ("text", text)
        cells = {columns.letter(name): value for name, value in values.items()}
        dates = ["financial_date", *(["physical_date"] if columns.has("physical_date") else [])]
        day = to_date(opening.day)
        for name in dates:
            cells[columns.letter(name)] = looks.day(columns.letter(name), day)
        return {letter: looks.styled(letter, value) for letter, value in cells.items()}

    def _looks(self, part: SheetCells, rows: list[int]) -> "_Looks":
        sheet = self._sheets.find(part.sheet)
        assert sheet is not None
        source = decode(self._edit.package.part(sheet.part))[0].decode()
        return _Looks(source, rows[:200], uses_1904=self._sheets.uses_1904)


class _Columns:
    """Letters of the contract's columns on one sheet; a column that is missing is added to the right."""

    def __init__(self, part: SheetCells, changes: Changes, right: int) -> None:
        self._letters = {field: letter for field, (letter, _) in part.columns.items()}
        self._changes, self._right = changes, right
        self._headings = {column.field: column.heading for column in TRANSACTIONS.columns}
        by_heading = {heading: letter for letter, heading in changes.headings.items()}
        for field, heading in self._headings.items():
            if heading in by_heading:
                self._letters[field] = by_heading[heading]

    def has(self, field: str) -> bool:
        """Say whether the sheet has a column."""
        return field in self._letters

    def letter(self, field: str) -> str:
        """Return the letter of a column."""
        if field not in self._letters:
            taken = [self._right, *(column_number(letter) for letter in self._changes.headings)]
            letter = column_letters(max(taken) + 1)
            self._changes.headings[letter] = self._headings[field]
            self._letters[field] = letter
        return self._letters[field]


class _Looks:
    """How the cells of a sheet's rows look, so that a row more looks like them."""

    def __init__(self, source: str, rows: list[int], *, uses_1904: bool) -> None:
        self._style: dict[str, str] = {}
        self._is_number: set[str] = set()
        self._uses_1904 = uses_1904
        for row in rows:
            for letter, attributes in re.findall(rf'<(?:\w+:)?c r="([A-Z]+){row}"([^>]*)>', source):
                style = re.search(r'\bs="(\d+)"', attributes)
                if style:
                    self._style.setdefault(letter, style[1])
                if not re.search(r'\bt="(?:s|inlineStr|str)"', attributes) and not attributes.endswith("/"):
                    self._is_number.add(letter)

    def day(self, letter: str, day: date) -> Value:
        """Return a date as the column has them: a number with its format, or text."""
        if letter in self._is_number:
            return ("number", str(serial_of(day, self._uses_1904)))
        return ("text", day.isoformat())

    def styled(self, letter: str, value: Value) -> Value:
        """Return a value with the style of its column."""
        if value is None or letter not in self._style:
            return value
        kind, text = value
        style = int(self._style[letter])
        written = text_cell("\0", 0, text, style) if kind == "text" else number_cell("\0", 0, text, style)
        return ("cell", written.replace("\x000", "{cell}"))
