"""Results of earlier runs in the folder of closings, as the tables that a workbook's result sheets are read into.

In      the closings that the manifest lists, oldest first, with the rows that each of them wrote.
Out     a History: every row of every run; each Status as the lock's rows ask for, the stock value of the last run.
Errors  Problems with severity Refused: a file that is not the one a closing wrote (IC451), in words of its place.
Source  RULES R10.2; WORKBOOK "Written".
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from invclose_xl.closing.lock.sealing import compute_status, read_closing_states
from invclose_xl.domain.book import ResultCells, Scales
from invclose_xl.domain.formats.upgrade import find_later_format, upgrade_tables
from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.tables import SHEETS, Tables, make_empty_tables
from invclose_xl.tables.exact import scale_needed
from invclose_xl.tables.frame_table import FileCells, RowRef
from invclose_xl.tables.results import OtherSchema, engine_frame, kept_columns, spec_of
from invclose_xl.workbook.history.result_sheets import History
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from invclose_xl.workbook.package.cell_reference import column_letters

AT_ONCE = 1_000_000
"""rows that are looked at together"""
BY_SEQUENCE = pl.arg_sort_by("sequence", maintain_order=True, nulls_last=True)
"""the order of *Locked rows*"""
RESTORE = "Restore the folder of closings from your backup."


@dataclass(frozen=True, slots=True)
class StoredTable:
    """The rows of one result table that one run wrote, under their fields, and the name of the file."""

    file: str
    fields: pl.LazyFrame


@dataclass(frozen=True, slots=True)
class StoredClosings:
    """All that earlier runs wrote: per result table the files, oldest first."""

    tables: dict[str, list[StoredTable]]
    problems: tuple[Problem, ...] = ()

    def quantity_scale(self) -> int:
        """Return how many decimals the quantities of earlier runs need."""
        return max(
            (
                scale_needed(stored.fields.select(column.field).collect().to_series())
                for name, parts in self.tables.items()
                for stored in parts
                for column in kept_columns(spec_of(name))
                if column.kind == "quantity"
            ),
            default=0,
        )

    def tables_of(self, quantity_scale: int, currency_decimals: int, names: Collection[str] = tuple(SHEETS)) -> History:
        """Return the result tables as integers of these scales; only some of them, *Lock* among these, where named."""
        scales = Scales(currency_decimals, quantity_scale, 0)
        tables, problems = make_empty_tables(), list(self.problems)
        cells: dict[str, ResultCells] = {}
        for sheet in (sheet for sheet in OUTPUT_SHEETS if sheet.table in names):
            parts = self._files(sheet.table)
            frames, rows = [], []
            for part in parts:
                try:
                    frames.append(engine_frame(sheet, part.fields.collect(), scales))
                    rows.append(_cells(sheet.table, part.file, len(frames[-1])))
                except OtherSchema as fault:
                    problems.append(changed_file(part.file, str(fault)))
            if frames and len(frames) == len(parts):
                tables[sheet.table] = pl.concat(frames)
                cells[sheet.table] = ResultCells(tuple(rows))
        if later := find_later_format(tables["lock"], lambda row: cells["lock"].cell(row, "format")):
            return History(make_empty_tables(), {}, [later])
        order = tables["locked_rows"].select(BY_SEQUENCE).to_series()
        tables["locked_rows"] = tables["locked_rows"][order]
        if "locked_rows" in cells:
            cells["locked_rows"] = cells["locked_rows"].reorder(order.to_numpy())
        return History(_with_status(upgrade_tables(tables)), cells, problems)

    def pieces(self, name: str, scales: Scales, lock: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield the rows of a table as ``tables_of`` has them, but in the order of the runs, some at a time."""
        for stored in self._files(name):
            rows = int(stored.fields.select(pl.len()).collect().item())
            for start in range(0, rows, AT_ONCE):
                frame = engine_frame(spec_of(name), stored.fields.slice(start, AT_ONCE).collect(), scales)
                yield _with_status(upgrade_tables({**make_empty_tables(), name: frame, "lock": lock}))[name]

    def _files(self, name: str) -> list[StoredTable]:
        """The stock value counts as the last run left it."""
        stored = self.tables.get(name, [])
        return stored[-1:] if name == "stock_value" else stored


def _cells(table: str, file: str, rows: int) -> FileCells:
    places = {c.field: (column_letters(k), c.heading) for k, c in enumerate(kept_columns(spec_of(table)), 1)}
    return FileCells(file, places, np.arange(1, rows + 1, dtype=np.int32))


def _with_status(tables: Tables) -> Tables:
    """A run's files say how things stood then; what counts now follows from the rows of the lock."""
    lock = tables["lock"]
    states = read_closing_states(lock)
    return {
        name: frame.with_columns(status=compute_status(frame, name, lock, states)).select(list(SHEETS[name]))
        if "status" in frame.columns and len(frame)
        else frame
        for name, frame in tables.items()
    }


def changed_file(file: str, what: str) -> Problem:
    """Name a file that is not the one a closing wrote."""
    return Problem(
        "IC451", Severity.REFUSED, RowRef(file), "", f"The file is not the one that a closing wrote: {what}.", RESTORE,
        CODES["IC451"].rule,
    )  # fmt: skip
