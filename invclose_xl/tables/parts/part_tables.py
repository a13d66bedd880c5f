"""One part of a folder of tables: tables in, tables out. The one function that closes a part, whoever calls it.

In      PartTables: the transactions of some items, the other tables, what earlier runs wrote about these items, and
        what all rows together say; the order of the run.
Out     Part, or the problems that stop the run. Nothing is read or written here.
Source  WORKBOOK "Command line" (--runner); RULES R2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from invclose_xl.closing.lock.verify import verify_inputs
from invclose_xl.closing.part import Part, close_part
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.currency import fill_currency
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.domain.book import Int64, SheetCells
from invclose_xl.domain.problems.problem import CellRef, InputFault, Problem, Refused, Severity
from invclose_xl.domain.tables import Tables
from invclose_xl.tables.frame_table import FileCells, FrameTable, filled_rows, has_long_texts
from invclose_xl.workbook.cells.cells import NO_CELLS
from invclose_xl.workbook.history.result_sheets import History
from invclose_xl.workbook.input.accounts import Spellings
from invclose_xl.workbook.input.read import Elsewhere, Reading, read_source
from invclose_xl.workbook.layout import CHARGES, COST_ADJUSTMENTS, TRANSACTIONS, InputColumn, InputKind, InputSheet
from invclose_xl.workbook.package.package import Sheet
from invclose_xl.workbook.tables.table import Findings, RawTable
from invclose_xl.workbook.values.values import Locale

BY_PART = (COST_ADJUSTMENTS.name, CHARGES.name)
"""tables whose rows are about some transactions"""
FILE, ROW, PLACE = "_file", "_row", "_place"
"""beside the fields of a transaction: its file, its row there, and its place among all rows"""


@dataclass(frozen=True, slots=True)
class FileHeadings:
    """One file of the transactions: how it is called, and where its fields stand."""

    shown: str
    places: Mapping[str, tuple[str, str]]
    """field -> letters and heading of its column"""


@dataclass(frozen=True, slots=True)
class SharedTables:
    """Tables that all parts have in common."""

    tables: Mapping[str, tuple[RawTable | None, tuple[Problem, ...]]]
    """the other tables of the contract by name"""
    files: tuple[FileHeadings, ...]
    kinds: Mapping[str, InputKind]
    """fields that the transactions have"""
    lock: pl.DataFrame
    scale: int
    """decimals that the quantities of all parts need"""
    currency: str
    """the one that the transactions name, '' where none"""
    has_accounts: bool
    spellings: Spellings
    """of accounts, in the order of the whole book"""
    own_headings: tuple[str, ...] = ()
    """of the transactions: the user's own columns"""


@dataclass(frozen=True, slots=True)
class PartTables:
    """The tables of one part."""

    transactions: pl.DataFrame
    """one column per field, and _file, _row, _place"""
    own: Mapping[str, tuple[int, ...]]
    """tables of which only some rows belong to this part, and these"""
    history: Tables
    """what earlier runs wrote about these rows"""


@dataclass(frozen=True, slots=True)
class PartFaults:
    """Why a part cannot be closed."""

    problems: tuple[Problem, ...]
    is_refusal: bool


def close_tables(part: PartTables, shared: SharedTables, request: RunRequest) -> Part | PartFaults:
    """Read one part as a book, compare it with what was locked, and close it."""
    reading = read_part(part, shared)
    errors = [p for p in reading.problems if p.severity is Severity.ERROR]
    if errors or reading.book is None:
        refused = not errors
        return PartFaults(reading.problems if errors else tuple(p for p in reading.problems), refused)
    book = fill_currency(reading.book)
    if not book.parameters.currency and shared.currency:
        book = replace(book, parameters=book.parameters.model_copy(update={"currency": shared.currency}))
    book = replace(book, accounts_elsewhere=shared.has_accounts)
    try:
        state = read_state(book)
        if len(shared.lock) and (changed := verify_inputs(book, state)):
            return PartFaults(tuple(changed), is_refusal=True)
        closed = close_part(book, request, _places(book.transactions.cells, part), state)
        return replace(closed, read=(*reading.problems, *reading.tallies))
    except InputFault as fault:
        return PartFaults(tuple(fault.problems), is_refusal=False)
    except Refused as fault:
        return PartFaults(tuple(fault.problems), is_refusal=True)


def read_part(part: PartTables, shared: SharedTables) -> Reading:
    """Read one part as a book; what one sentence says of rows of all parts is not told yet."""
    elsewhere = Elsewhere(shared.scale, is_part=True, accounts=shared.spellings)
    return read_source(PartSource(part, shared), elsewhere=elsewhere)


def _places(cells: SheetCells, part: PartTables) -> Int64:
    """Return the place of every transaction of the book among the rows of all parts."""
    transactions = part.transactions
    assert cells.part is not None
    now = pl.DataFrame({FILE: cells.part, ROW: cells.rows})
    known = transactions.select(pl.col(FILE).cast(pl.Int32), pl.col(ROW).cast(pl.Int32), PLACE)
    return now.join(known, on=[FILE, ROW], how="left", maintain_order="left")[PLACE].to_numpy().astype(np.int64)


@dataclass(frozen=True, slots=True)
class _PartResults:
    """Results of earlier runs about a part."""

    history: Tables

    def quantity_scale(self) -> int:
        return 0

    def tables_of(self, quantity_scale: int, currency_decimals: int) -> History:
        return History(self.history, {}, [])


class PartSource:
    """The tables of one part as the reader sees them."""

    uses_1904 = False

    def __init__(self, part: PartTables, shared: SharedTables) -> None:
        self._part, self._shared = part, shared
        names = [TRANSACTIONS.name, *shared.tables]
        self.all = tuple(Sheet(name, name, "visible", "worksheet", 0, k) for k, name in enumerate(names))

    def find(self, name: str) -> Sheet | None:
        """Return the table of a name."""
        return next((sheet for sheet in self.all if sheet.part == name), None)

    def further(self, name: str) -> list[Sheet]:
        """Return nothing."""
        return []

    def table(self, sheet: Sheet, columns: Sequence[InputColumn], locale: Locale) -> tuple[RawTable | None, Findings]:
        """Return a table of this part."""
        if sheet.part == TRANSACTIONS.name:
            table = transactions_of(self._part.transactions, self._shared.files, self._shared.kinds, locale)
            table = replace(table, own_headings=self._shared.own_headings)
            return table, Findings(table.cells)
        whole, problems = self._shared.tables[sheet.part]
        if whole is None:
            return None, Findings(SheetCells(sheet.name, {}, np.zeros(0, dtype=np.int32)), list(problems))
        if sheet.part in BY_PART:
            others = np.ones(len(whole), dtype=np.bool_)
            others[list(self._part.own.get(sheet.part, ()))] = False
            whole = whole.without_rows(others)
        return replace(whole, locale=locale), Findings(whole.cells, list(problems))

    def results(self) -> _PartResults:
        """Return what earlier runs wrote about this part."""
        return _PartResults(self._part.history)

    def missing(self, spec: InputSheet) -> Problem:
        """Name a table that is missing; a folder without one is never closed in parts."""
        return Problem(
            "IC101", Severity.ERROR, CellRef(spec.name), "", f"There is no table {spec.name}.", "Add it.", "R0"
        )


def rows_in(part: PartTables, shared: SharedTables) -> int:
    """Return how many rows of a part hold anything."""
    return int(filled_rows(part.transactions.select(list(shared.kinds))).sum())


def transactions_of(
    frame: pl.DataFrame, files: Sequence[FileHeadings], kinds: Mapping[str, InputKind], locale: Locale
) -> FrameTable:
    """Return transactions of several files as one table; each row knows its file."""
    frame = frame.filter(pl.Series(filled_rows(frame.select(list(kinds)))))
    rows = frame[ROW].cast(pl.Int32).to_numpy()
    parts = tuple(FileCells(file.shown, file.places, np.zeros(0, dtype=np.int32)) for file in files)
    columns = {field: place for file in reversed(files) for field, place in file.places.items()}
    cells = FileCells(files[0].shown, columns, rows, parts, frame[FILE].cast(pl.Int32).to_numpy())
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(frame))
    return FrameTable(
        cells, {field: k for k, field in enumerate(kinds, 1)}, locale, (), blank, NO_CELLS,
        np.zeros(1, dtype=np.uint8), frame=frame, kinds=kinds, long_texts=has_long_texts(frame),
    )  # fmt: skip
