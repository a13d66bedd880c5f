"""A folder of tables closed in parts: planned, laid down, closed by a runner, put together.

In      a folder, how it is to be run, and the request.
Out     the head of the book (everything but its transactions), and the Outcome of the run.
Errors  InputFault, Refused: what any part finds, all of them in one run. AsOne: the folder can only be closed as one.
Source  WORKBOOK "Command line" (--runner, --memory); RULES R2.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import polars as pl

from invclose_xl.api.context.runner import SPARK, Runner
from invclose_xl.closing.lock.period import refuse_date, refuse_posting_date
from invclose_xl.closing.lock.sealing import Outcome
from invclose_xl.closing.request.dates import TransactionDays
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.domain.book import Book, Scales
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.problems.problem import InputFault, InvariantBroken, Problem, Refused, Severity
from invclose_xl.domain.tables import make_empty_tables
from invclose_xl.domain.words import ClosingType, Status
from invclose_xl.runners.processes import ClosedPart, hand_over, in_processes, in_turn
from invclose_xl.tables.files import find_tables
from invclose_xl.tables.folder import Folder
from invclose_xl.tables.history import StoredClosings
from invclose_xl.tables.on_drive import BehindHistory
from invclose_xl.tables.parts.charged import Charged
from invclose_xl.tables.parts.earlier import EarlierRuns, lay_down_history
from invclose_xl.tables.parts.links import AsOne, days_of
from invclose_xl.tables.parts.merging import MERGED, merge_on_drive
from invclose_xl.tables.parts.messages import Messages
from invclose_xl.tables.parts.part_tables import PartFaults, PartTables, SharedTables, read_part
from invclose_xl.tables.parts.plan import plan
from invclose_xl.tables.parts.split import folder_of, lay_down, no_rows
from invclose_xl.tables.parts.stored import StoredPart
from invclose_xl.tables.source import FolderSource
from invclose_xl.tables.store import read_closings
from invclose_xl.workbook.input.read import Reading
from invclose_xl.workbook.layout import (
    CHARGES,
    COST_ADJUSTMENTS,
    INPUT_SHEETS,
    ITEMS,
    PARAMETERS,
    POSTING,
    TRANSACTIONS,
    InputSheet,
)  # fmt: skip
from invclose_xl.workbook.progress import Progress
from invclose_xl.workbook.setup.parameters import parse_parameters
from invclose_xl.workbook.tables.columns import ids
from invclose_xl.workbook.tables.headings import others
from invclose_xl.workbook.tables.table import Findings, RawTable
from invclose_xl.workbook.values.values import Locale

Closed = Iterator[ClosedPart]
OF_NO_RECEIPT = "IC182"
"""said of a charge: only the whole book knows which of its cells fits none"""


class WorkingFolder(Protocol):
    """Makes the folder of a run in parts, where all machines see it if that is asked for."""

    def __call__(self, *, is_shared: bool) -> Path:
        """Return it."""


class FolderInParts:
    """A folder on its way through a run in parts."""

    def __init__(self, folder: Folder, earlier: Folder, runner: Runner, progress: Progress | None) -> None:
        self._runner, self._progress = runner, progress
        tables = find_tables(folder.tables)
        if TRANSACTIONS.name not in tables or any(s.required and s.name not in tables for s in INPUT_SHEETS):
            raise AsOne("a table is missing")
        stored = read_closings(earlier.results, earlier.manifest)
        if stored.problems:
            raise Refused(list(stored.problems))
        self._source = FolderSource(tables, stored)
        locale, decimals, follows = self._parameters()
        if follows:
            raise AsOne("a recalculation follows the close")
        charged = Charged.of(self._table(CHARGES, locale), self._table(ITEMS, locale), decimals)
        scale = stored.quantity_scale()
        runs = _earlier_runs(stored, scale, decimals)
        self._plan = plan(tables[TRANSACTIONS.name], runs, runner.part_rows, locale, charged)
        self._scale = max(self._plan.facts.scale, scale)
        self._earlier = _earlier_runs(stored, self._scale, decimals)
        self._shared = self._all_share(locale)

    def _parameters(self) -> tuple[Locale, int, bool]:
        sheet = self._source.find(PARAMETERS.name)
        if sheet is None:
            return Locale(), 2, False
        table, findings = self._source.table(sheet, PARAMETERS.columns, Locale())
        parameters, locale = parse_parameters(table, findings, Locale())
        return locale, parameters.currency_decimals, parameters.run_recalculation_after_closing

    def _table(self, spec: InputSheet, locale: Locale) -> RawTable | None:
        sheet = self._source.find(spec.name)
        return None if sheet is None else self._source.table(sheet, (*spec.columns, *spec.exported), locale)[0]

    def _all_share(self, locale: Locale) -> SharedTables:
        tables = {}
        for spec in INPUT_SHEETS:
            sheet = self._source.find(spec.name)
            if sheet is not None and spec.name != TRANSACTIONS.name:
                columns = (*spec.columns, *spec.exported)
                table, findings = self._source.table(sheet, columns, locale)
                tables[spec.name] = (table, tuple(findings.problems))
        facts, files = self._plan.facts, self._plan.files
        currency = next(iter(facts.currencies.values()), "")
        places = tuple(file.places() for file in files)
        own = tuple(dict.fromkeys(heading for file in files for heading in others(file.headings)))
        return SharedTables(tables, places, dict(files[0].kinds), self._earlier.lock, self._scale, currency,
                      facts.has_accounts, facts.spellings(self._earlier.vouchers, _accounts(tables)), own)  # fmt: skip

    def head(self) -> Reading:
        """Read everything but the transactions."""
        history = {**make_empty_tables(), "lock": self._earlier.lock}
        self._head = read_part(PartTables(no_rows(self._plan), {}, history), self._shared)
        return self._head

    def days(self) -> TransactionDays | None:
        """Return the dates of the first and the last transaction."""
        return days_of(self._plan.facts)

    def run(self, head: Book, request: RunRequest, said: tuple[Problem, ...], working: WorkingFolder) -> Outcome:
        """Close all parts and put them together."""
        state = read_state(head)
        refused = refuse_date(state, request) + refuse_posting_date(head.parameters.ledger_closed_up_to, request)
        if refused:
            raise Refused(refused)
        if _later_recalculations(self._earlier.lock, request):
            raise AsOne("a later recalculation is reversed first")
        folder = working(is_shared=self._runner.name == SPARK)
        hand_over(folder, self._shared, request, self._own_rows())
        folders = [folder_of(folder, part) for part in range(self._plan.count)]
        lay_down_history(self._earlier, self._plan.parts, self._plan.ids, self._plan.charges, folders)
        self._plan.facts.forget_keys()
        self._plan = replace(self._plan, ids=self._plan.ids.clear())
        return self._closed_and_merged(folder, head, said)

    def _closed_and_merged(self, folder: Path, head: Book, said: tuple[Problem, ...]) -> Outcome:
        """Close all parts in a working folder, which is there as long as somebody may ask for the results."""
        all_parts = list(self._closed(folder))
        read, there = sum(part.rows for part in all_parts), sum(self._plan.facts.rows.values())
        if read != there:
            raise InvariantBroken(f"The parts hold {read} transactions in place of {there}. Nothing was written.")
        closed = [part.result for part in all_parts]
        faults = [part for part in closed if isinstance(part, PartFaults)]
        if faults:
            problems = list(dict.fromkeys(p for fault in faults for p in fault.problems))
            if any(problem.code == OF_NO_RECEIPT for problem in problems):
                raise AsOne("a charge belongs to no receipt")
            raise (Refused if all(fault.is_refusal for fault in faults) else InputFault)(problems)
        parts = [part for part in closed if isinstance(part, StoredPart)]
        remarks = [problem for problem in said if problem not in self._head.problems]
        messages = Messages(folder, self._head, [stored.part for stored in parts], remarks, self._source.all)
        messages.refuse_errors()
        new, told = merge_on_drive(parts, folder, self._earlier.lock, head.scales, messages.pieces())
        for used in folder.iterdir():
            if used.name != MERGED:
                shutil.rmtree(used, ignore_errors=True) if used.is_dir() else used.unlink()
        issues = pl.concat([stored.part.issues for stored in parts])
        after = BehindHistory(self._earlier.lock, self._earlier.table, new)
        estimated = new.pieces("estimated_costs")
        return Outcome(after, (new,), 0, tuple(told.problems), new.rows, issues, told.counts, estimated)

    def _closed(self, folder: Path) -> Closed:
        count = self._plan.count
        if self._runner.name == SPARK:
            from invclose_xl.runners.spark import in_spark

            yield from in_spark(self._plan, folder, self._runner.spark)
            return
        lay_down(self._plan, folder)
        if self._runner.name == "processes" and count > 1 and self._runner.workers() > 1:
            yield from in_processes(folder, count, self._told, self._runner.workers())
        else:
            yield from in_turn(folder, count, self._told)

    def _told(self, done: int, count: int) -> None:
        if self._progress is not None:
            self._progress("Closing", done, count)

    def _own_rows(self) -> list[dict[str, tuple[int, ...]]]:
        """Return the rows of *Cost adjustments* and of *Charges* of each part."""
        charges: list[list[int]] = [[] for _ in range(self._plan.count)]
        for row, part in self._plan.charges.select("charge", "part").rows():
            charges[part].append(row)
        both = zip(self._adjustments(), charges, strict=True)
        return [{COST_ADJUSTMENTS.name: own, CHARGES.name: tuple(rows)} for own, rows in both]

    def _adjustments(self) -> list[tuple[int, ...]]:
        """Return the rows of *Cost adjustments* of each part, those of unknown transactions with the first."""
        found: list[list[int]] = [[] for _ in range(self._plan.count)]
        table, _ = self._shared.tables.get(COST_ADJUSTMENTS.name, (None, ()))
        if table is None or not len(table):
            return [tuple(rows) for rows in found]
        keys = make_id_keys(ids(table, "transaction", Findings(table.cells)))
        wanted = pl.DataFrame({"key": keys})
        named = pl.concat(self._plan.facts.ids).join(wanted, on="key", how="semi").unique("key")
        known = named.join(self._plan.parts, on="item").select("key", "part")
        of_legs = self._earlier.legs().join(self._plan.parts, on="item").select("key", "part")
        where = pl.concat([known, of_legs]).unique("key")
        part = wanted.join(where, on="key", how="left", maintain_order="left")["part"].fill_null(0)
        for row, row_of_sheet in enumerate(part.to_list()):
            found[row_of_sheet].append(row)
        return [tuple(rows) for rows in found]


def _accounts(tables: Mapping[str, tuple[RawTable | None, object]]) -> Iterator[pl.Series]:
    """Yield the accounts of tables that parts have rows of, in the order in which a book spells them alike."""
    for spec in (POSTING, COST_ADJUSTMENTS, CHARGES):
        table, _ = tables.get(spec.name, (None, ()))
        for field in ("inventory_account", "offset_account"):
            if table is not None and table.has(field):
                yield ids(table, field, Findings(table.cells)).drop_nulls()


def _earlier_runs(stored: StoredClosings, scale: int, decimals: int) -> EarlierRuns:
    history = stored.tables_of(scale, decimals, ("lock", "vouchers"))
    if history.problems:
        raise Refused(history.problems)
    return EarlierRuns(stored, Scales(decimals, scale, 0), history.tables["lock"], history.tables["vouchers"])


def _later_recalculations(lock: pl.DataFrame, request: RunRequest) -> bool:
    later = (pl.col("type") == ClosingType.RECALCULATION) & (pl.col("status") == Status.ACTIVE)
    return len(lock.filter(later & (pl.col("up_to") > request.up_to))) > 0


def as_one(reason: str) -> Problem:
    """Say why a run was not made in parts."""
    from invclose_xl.tables.frame_table import RowRef

    problem = f"The run was made as one, not in parts: {reason}."
    fix = "No action is needed; such a run needs the memory for all rows at once."
    return Problem("IC453", Severity.INFORMATION, RowRef("transactions"), "", problem, fix, "R2.1")
