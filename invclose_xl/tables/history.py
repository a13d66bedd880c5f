"""Results of earlier runs in the folder of closings, as the tables that a workbook's result sheets are read into.

In      the closings that the manifest lists, oldest first, with the rows that each of them wrote.
Out     a History: every row of every run; each Status as the lock's rows ask for, the stock value of the last run.
Errors  Problems with severity Refused: a file that is not the one a closing wrote (IC451), in words of its place.
Source  RULES R10.2; WORKBOOK "Written".
"""

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

RESTORE = "Restore the folder of closings from your backup."


@dataclass(frozen=True, slots=True)
class StoredTable:
    """The rows of one result table that one run wrote, under their fields, and the name of the file."""

    file: str
    fields: pl.DataFrame


@dataclass(frozen=True, slots=True)
class StoredClosings:
    """All that earlier runs wrote: per result table the files, oldest first."""

    tables: dict[str, list[StoredTable]]
    problems: tuple[Problem, ...] = ()

    def quantity_scale(self) -> int:
        """Return how many decimals the quantities of earlier runs need."""
        columns = [
            stored.fields[column.field]
            for name, parts in self.tables.items()
            for stored in parts
            for column in kept_columns(spec_of(name))
            if column.kind == "quantity"
        ]
        return max((scale_needed(column) for column in columns), default=0)

    def tables_of(self, quantity_scale: int, currency_decimals: int) -> History:
        """Return the result tables as integers of these scales."""
        scales = Scales(currency_decimals, quantity_scale, 0)
        tables, problems = make_empty_tables(), list(self.problems)
        cells: dict[str, ResultCells] = {}
        for sheet in OUTPUT_SHEETS:
            stored = self.tables.get(sheet.table, [])
            parts = stored[-1:] if sheet.table == "stock_value" else stored
            frames = []
            for part in parts:
                try:
                    frames.append(engine_frame(sheet, part.fields, scales))
                except OtherSchema as fault:
                    problems.append(changed_file(part.file, str(fault)))
            if frames and len(frames) == len(parts):
                tables[sheet.table] = pl.concat(frames)
                cells[sheet.table] = ResultCells(tuple(_cells(sheet.table, part) for part in parts))
        if later := find_later_format(tables["lock"], lambda row: cells["lock"].cell(row, "format")):
            return History(make_empty_tables(), {}, [later])
        by_sequence = pl.arg_sort_by("sequence", maintain_order=True, nulls_last=True)
        order = tables["locked_rows"].select(by_sequence).to_series()
        tables["locked_rows"] = tables["locked_rows"][order]
        if "locked_rows" in cells:
            cells["locked_rows"] = cells["locked_rows"].reorder(order.to_numpy())
        return History(_with_status(upgrade_tables(tables)), cells, problems)


def _cells(table: str, stored: StoredTable) -> FileCells:
    places = {c.field: (column_letters(k), c.heading) for k, c in enumerate(kept_columns(spec_of(table)), 1)}
    return FileCells(stored.file, places, np.arange(1, len(stored.fields) + 1, dtype=np.int32))


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
