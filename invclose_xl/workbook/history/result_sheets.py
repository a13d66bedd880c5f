"""The result sheets of earlier runs, read back into the tables they were written from.

In      the sheets of a workbook, as this program, Excel, LibreOffice or openpyxl saved them: columns in any order,
        rows sorted or filtered, columns added. ``Settlements (2)`` continues ``Settlements``.
Out     the frames of ``domain.tables``, amounts and quantities as integers again; empty where no run was locked.
Errors  Problems with severity Refused: a missing sheet or column, a cell that holds what was never written.
        A sheet that only has a name like ours, in a book without lock, is the writer's to refuse.
Source  WORKBOOK "Written"; RULES R10.2.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE, ResultCells
from invclose_xl.domain.formats.upgrade import find_later_format, upgrade_tables
from invclose_xl.domain.money import NO_AMOUNT, QUANTITY_DECIMALS, UNIT_COST_DECIMALS
from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.problems.tally import tell
from invclose_xl.domain.tables import ADDED, SHEETS, Tables, make_empty_tables
from invclose_xl.domain.words import KEPT_COPY, RESTORE
from invclose_xl.workbook.cells.cells import BLANK, NO_VALUE, NUMBER
from invclose_xl.workbook.history.closed_date import LOCK, changed_closed_date
from invclose_xl.workbook.layout import CLOSED_DATE_NAME, OUTPUT_SHEETS, InputColumn, OutputColumn, OutputSheet
from invclose_xl.workbook.package.cell_reference import column_letters
from invclose_xl.workbook.package.package import Sheet
from invclose_xl.workbook.results.workbook_part import refers_to
from invclose_xl.workbook.tables.columns import Numbers, dates, numbers, scale_of, scaled, texts
from invclose_xl.workbook.tables.sheet import Sheets
from invclose_xl.workbook.tables.table import Findings, RawTable
from invclose_xl.workbook.values.values import Fault, Locale, read_text

_CLOSING = re.compile(r"IC-\d{6,}", re.ASCII)
_TERM = re.compile(r"([+-]?)\{(\w+)\}")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.0+)?Z?", re.ASCII)
_NUMBER_KINDS = ("quantity", "amount", "unit_cost", "count")


@dataclass(slots=True)
class RawHistory:
    """The result sheets before the book's scales are known."""

    tables: dict[str, list[tuple[RawTable, Findings]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    sheets: Sheets | None = None
    locale: Locale = field(default_factory=Locale)
    quantities: dict[tuple[str, int, str], Numbers] = field(default_factory=dict)
    """table, sheet of the table, field -> its quantities"""

    def quantity_scale(self) -> int:
        """Return how many decimals the quantities of earlier runs need."""
        return scale_of(list(self.quantities.values()), QUANTITY_DECIMALS)

    def tables_of(self, quantity_scale: int, currency_decimals: int) -> "History":
        """Return the result tables once the scales of the book are known."""
        return read_history(self, quantity_scale, currency_decimals)


def find_history(sheets: Sheets, uses_1904: bool) -> RawHistory:
    """Find the result sheets; without an own sheet Lock that has rows there is no history."""
    history = RawHistory()
    locale = Locale(uses_1904=uses_1904)
    found = {sheet.table: _tables_of(sheets, sheet, locale) for sheet in OUTPUT_SHEETS}
    if not any(len(table) for table, _ in found["lock"][0]):
        _refuse_lost_lock(found, sheets, history)
        _refuse_unread_lock(found, sheets, history)
        _refuse_lost_sheets(sheets, history)
        return history
    history.sheets, history.locale = sheets, locale
    for sheet in OUTPUT_SHEETS:
        tables, problems = found[sheet.table]
        if (
            sheets.find(sheet.name) is None and sheet.table != "stock_value"
        ):  # closing.lock.verify_results knows whether it was
            history.problems.append(_missing(sheet))
        history.problems += problems
        history.tables[sheet.table] = tables
        for number, (table, findings) in enumerate(tables):
            for column in _columns(sheet):
                if column.kind == "quantity":
                    read = _numbers(table, column, findings)
                    history.quantities[sheet.table, number, column.field] = read
    return history


FoundTables = tuple[list[tuple[RawTable, Findings]], list[Problem]]


def _tables_of(sheets: Sheets, sheet: OutputSheet, locale: Locale) -> FoundTables:
    """Return the raw tables of a result sheet and its continuations, and what is wrong with their headings."""
    tables: list[tuple[RawTable, Findings]] = []
    problems: list[Problem] = []
    number = 1
    part = sheets.find(sheet.name)
    while part is not None:
        table, findings = sheets.table(part, _wanted(sheet), locale)
        if table is None:
            problems += [_lost_heading(part, problem) for problem in findings.problems]
        else:
            tables.append((table, Findings(table.cells, as_refusal="IC160")))
            problems += _below_the_table(table)
        number += 1
        part = sheets.find(f"{sheet.name} ({number})")
    return tables, problems


def _below_the_table(table: RawTable) -> list[Problem]:
    """Name rows that look like results but stand outside the Excel table, so that nothing reads them."""
    problem = "This row is below the table of the sheet, so it is not read."
    fix = "Delete the row; if a closing wrote it, drag the corner of the table down over it instead."
    letter, rule = column_letters(table.numbers["closing"]), CODES["IC216"].rule
    return [
        Problem("IC216", Severity.REFUSED, CellRef(table.cells.sheet, row, letter, "Closing"), text, problem, fix, rule)
        for row, text in table.texts_below("closing")
        if _CLOSING.fullmatch(text.strip())
    ]


def _columns(sheet: OutputSheet) -> list[OutputColumn]:
    return [column for column in sheet.columns if column.field in SHEETS[sheet.table]]


def _wanted(sheet: OutputSheet) -> list[InputColumn]:
    return [InputColumn(c.field, c.heading, "any", required=not c.added, is_result=True) for c in _columns(sheet)]


def _lost_heading(sheet: Sheet, problem: Problem) -> Problem:
    where = problem.where if problem.where.row else CellRef(sheet.name)
    return Problem("IC162", Severity.REFUSED, where, problem.found, problem.problem,
                   f"Enter the heading of the column again, or {KEPT_COPY}", CODES["IC162"].rule)  # fmt: skip


def _find_lost_columns(history: RawHistory, lock: pl.DataFrame) -> list[Problem]:
    """Name the columns that a sheet must have since a run wrote in the format that brought them."""
    written = lock["format"].fill_null(1).max()
    last = written if isinstance(written, int) else 1
    if any(table.has("kind") for table, _ in history.tables.get("locked_rows", ())):
        last = max(last, ADDED["locked_rows"]["kind"])
    return [
        Problem("IC162", Severity.REFUSED, CellRef(table.cells.sheet), "",
                f"The sheet has no column {column.heading}, which the last run wrote.",
                f"Enter the heading of the column again, or {KEPT_COPY}", CODES["IC162"].rule)
        for sheet in OUTPUT_SHEETS for table, _ in history.tables.get(sheet.table, ()) for column in _columns(sheet)
        if not table.has(column.field) and 1 < ADDED.get(sheet.table, {}).get(column.field, 1) <= last
    ]  # fmt: skip


def _missing(sheet: OutputSheet) -> Problem:
    return Problem(
        "IC161", Severity.REFUSED, CellRef(sheet.name), "",
        f"The sheet Lock names earlier closings, but their sheet {sheet.name} is not in the workbook.", RESTORE,
        CODES["IC161"].rule,
    )  # fmt: skip


def _refuse_lost_lock(found: dict[str, FoundTables], sheets: Sheets, history: RawHistory) -> None:
    """Results without a lock: somebody deleted it, and with it the knowledge of what is closed."""
    for sheet in OUTPUT_SHEETS:
        if sheet.table not in ("lock", "log") and any(len(table) for table, _ in found[sheet.table][0]):
            history.problems.append(
                Problem(
                    "IC163", Severity.REFUSED, CellRef("Lock"), "",
                    f"The sheet {sheet.name} holds results of earlier closings, but the sheet Lock names none.",
                    f"{RESTORE} To start again, delete all result sheets and the name {CLOSED_DATE_NAME}.",
                    CODES["IC163"].rule,
                )
            )  # fmt: skip
            return


def _refuse_unread_lock(found: dict[str, FoundTables], sheets: Sheets, history: RawHistory) -> None:
    """A sheet Lock that speaks of closings, but not in rows that can be read."""
    spec = next(sheet for sheet in OUTPUT_SHEETS if sheet.table == "lock")
    sheet = sheets.find(spec.name)
    texts = sheets.cells(sheet).texts.drop_nulls().to_list() if sheet else []
    if not history.problems and any(_CLOSING.fullmatch(text.strip()) for text in texts):
        unreadable = Problem(
            "IC162", Severity.REFUSED, CellRef(spec.name), "", "The closings on this sheet cannot be read.",
            RESTORE, CODES["IC162"].rule,
        )  # fmt: skip
        history.problems += found["lock"][1] or [unreadable]


def _refuse_lost_sheets(sheets: Sheets, history: RawHistory) -> None:
    """The name of the closed date is left, and what it stood for is gone: deleted tabs leave ``#REF!`` behind."""
    left = [t for t in sheets.names(CLOSED_DATE_NAME) if "#REF!" in t or refers_to(t, {LOCK.casefold()})]
    if left and not history.problems and sheets.find(LOCK) is None:
        history.problems.append(
            Problem(
                "IC164", Severity.REFUSED, CellRef(LOCK), left[0],
                f"The name {CLOSED_DATE_NAME} says that inventory was closed, but the result sheets are missing.",
                f"{RESTORE} To start again, delete the name {CLOSED_DATE_NAME} (Formulas, Name Manager).",
                CODES["IC164"].rule,
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class History:
    """The result tables, where their rows stand, and what is wrong with single cells."""

    tables: Tables
    cells: dict[str, ResultCells]
    problems: list[Problem]


def read_history(history: RawHistory, quantity_scale: int, currency_decimals: int) -> History:
    """Turn the raw tables into result tables; the lock's rows by number, its locked rows by sequence."""
    decimals = {"quantity": quantity_scale, "amount": currency_decimals, "unit_cost": UNIT_COST_DECIMALS, "count": 0}
    tables = make_empty_tables()
    problems = list(history.problems)
    for sheet in OUTPUT_SHEETS:
        frames = []
        for number, (table, findings) in enumerate(history.tables.get(sheet.table, ())):
            columns = []
            for column in _columns(sheet):
                known = history.quantities.get((sheet.table, number, column.field))
                columns.append(_column(table, column, findings, decimals, known))
            frames.append(_calculated(pl.DataFrame(columns, schema=SHEETS[sheet.table]), table, sheet))
            problems += findings.problems
        if frames:
            tables[sheet.table] = pl.concat(frames)
    cells = {name: ResultCells(tuple(t.cells for t, _ in parts)) for name, parts in history.tables.items()}
    if later := find_later_format(tables["lock"], lambda row: cells["lock"].cell(row, "format")):
        return History(make_empty_tables(), {}, [later])
    problems += _find_lost_columns(history, tables["lock"])
    for name, by in (("lock", "closing"), ("locked_rows", "sequence")):
        order = tables[name].select(pl.arg_sort_by(by, maintain_order=True, nulls_last=True)).to_series()
        tables[name] = tables[name][order]
        if name in cells:
            cells[name] = cells[name].reorder(order.to_numpy())
    _leave_findings_out(tables, cells)
    if history.sheets is not None:
        problems += changed_closed_date(history.sheets, tables["lock"], history.locale)
    return History(upgrade_tables(tables), cells, problems)


def _leave_findings_out(tables: Tables, cells: dict[str, ResultCells]) -> None:
    """The Log may also hold what the last check found; such rows name no closing and are no result of one."""
    closed = (tables["log"]["closing"] != "").arg_true()
    if "log" in cells and len(closed) < len(tables["log"]):
        tables["log"] = tables["log"][closed]
        cells["log"] = cells["log"].reorder(closed.cast(pl.Int64).to_numpy())


def _column(
    table: RawTable, column: OutputColumn, findings: Findings, decimals: dict[str, int], known: Numbers | None
) -> pl.Series:
    name = column.field
    if column.kind == "date":
        days = dates(table, name, findings)
        return _with_nulls(pl.Series(name, days), days == NO_DATE).cast(pl.Date)
    if column.kind == "moment":
        return _moments(table, name, findings)
    if column.kind not in _NUMBER_KINDS:
        return texts(table, name, findings).fill_null("")
    read = known if known is not None else _numbers(table, column, findings)
    strict = Findings(findings.cells)
    units = scaled(read, name, decimals[column.kind], "IC152", strict)
    for problem in (*strict.problems, *tell(strict.tallies)):
        findings.at(problem.where, Fault("IC160", problem.found, "A closing never writes such a number.", ""))
    return _with_nulls(pl.Series(name, units), units == NO_AMOUNT)


def _numbers(table: RawTable, column: OutputColumn, findings: Findings) -> Numbers:
    """Return the numbers of a column; a formula of ours whose result was not saved says by itself what it is."""
    if not column.formula:
        return numbers(table, column.field, findings)
    own = Findings(findings.cells, as_refusal="IC160")
    read = numbers(table, column.field, own)
    unsaved = set(np.asarray(table.cells.rows)[table.column(column.field).kind == NO_VALUE].tolist())
    for problem in own.problems:
        if problem.where.row not in unsaved:
            findings.problems.append(problem)
    return read


def _calculated(frame: pl.DataFrame, table: RawTable, sheet: OutputSheet) -> pl.DataFrame:
    """Put in what formulas of ours come to where the program that saved the book left their results out."""
    for column in sheet.columns:
        terms = _TERM.findall(column.formula)
        if terms and column.field in frame.columns:
            result = pl.sum_horizontal(-pl.col(name) if sign == "-" else pl.col(name) for sign, name in terms)
            unsaved = pl.Series(table.column(column.field).kind == NO_VALUE)
            frame = frame.with_columns(pl.when(unsaved).then(result).otherwise(column.field).alias(column.field))
    return frame


def _with_nulls(values: pl.Series, blank: np.ndarray) -> pl.Series:
    return pl.select(pl.when(pl.Series(~blank)).then(values).alias(values.name)).to_series()


def _moments(table: RawTable, name: str, findings: Findings) -> pl.Series:
    """Read date-times to the second; null where blank or faulty."""
    column = table.column(name)
    first = datetime(1904, 1, 1) if table.locale.uses_1904 else datetime(1899, 12, 30)
    moments: list[datetime | None] = []
    for row in range(len(table)):
        cell = column.cell(row)
        moment = None
        if cell.kind == NUMBER and 61 <= cell.number < 2_900_000:
            moment = first + timedelta(seconds=round(cell.number * 86_400))
        elif cell.kind != BLANK:
            text = read_text(cell, table.locale)
            match = _MOMENT.fullmatch(text) if isinstance(text, str) else _MOMENT.fullmatch(cell.text)
            if match:
                moment = datetime.fromisoformat(f"{match[1]} {match[2]}")
            else:
                problem = "This is not a date and time such as 2026-01-31 09:30:00."
                findings.cell(row, name, Fault("IC160", cell.text, problem, ""))
        moments.append(moment)
    return pl.Series(name, moments, dtype=pl.Datetime("ms"))
