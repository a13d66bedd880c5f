"""One part of a run: everything that a close or recalculation finds in a book, checked by the laws, not sealed yet.

In      a book: the whole, or the rows of some items between which and all others no cost flows, with their history.
Out     Part: the rows for the result tables, the part's voucher, stock value, and what is to be said.
Errors  InputFault, InvariantBroken: nothing is returned then.
Source  RULES R2.1-R2.4, R10.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from invclose_xl.closing.compute import compute
from invclose_xl.closing.earlier.corrections import Corrections, correct
from invclose_xl.closing.earlier.partial_invoices import split_rows
from invclose_xl.closing.findings.all_findings import find_negative_stock, find_warnings
from invclose_xl.closing.findings.rows import find_changed_rows
from invclose_xl.closing.invariants import check_invariants
from invclose_xl.closing.lock.sealing import append_run, cast_run_tables
from invclose_xl.closing.posting.cost_changes import collect_cost_changes
from invclose_xl.closing.posting.voucher import post
from invclose_xl.closing.record import record
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.state.as_of import select_financial
from invclose_xl.closing.state.as_seen import make_notes
from invclose_xl.closing.state.ledger_state import LedgerState, format_closing_number, read_state
from invclose_xl.closing.state.locked_rows import make_locked_row, read_locked_transactions
from invclose_xl.closing.stock.stock_value import compute_stock_value
from invclose_xl.domain.book import Book, Int64
from invclose_xl.domain.problems.problem import InputFault, InvariantBroken, Severity
from invclose_xl.domain.problems.tally import Finding, Stages
from invclose_xl.domain.tables import Tables


@dataclass(frozen=True, slots=True)
class Part:
    """The rows that one part of a run writes down."""

    rows: Tables
    """of every result table; *Lock* has one row with the part's counts, *Vouchers* the part's own voucher"""
    value: pl.DataFrame
    """rows of *Stock value*"""
    said: Stages
    """what closing has to say of it, not told yet (domain.problems.tally)"""
    leading: Mapping[str, int]
    """how many rows of a table are before all others: what is handed down, and corrections"""
    last_sequence: int
    """of what earlier closings locked in this part, 0 where nothing"""
    places: pl.DataFrame
    """transaction, place: what this run locks for the first time, and where it stands among the rows of all parts;
    empty where the part is the whole"""
    issues: pl.Series
    """IDs of the issues among *Estimated costs*"""
    read: tuple[Finding, ...] = ()
    """what reading it had to say, not told yet; of the whole it is told already"""


def close_part(book: Book, request: RunRequest, place: Int64 | None = None, state: LedgerState | None = None) -> Part:
    """Compute a part, post it, check the laws, and write it down.

    ``place`` is each transaction's among all parts; ``state`` is what earlier runs left, where it is read already.
    """
    history = book.history
    now = correct_changed_rows(book, request, state)
    book, corrections = now.book, now.corrections
    run = compute(book, request, now.state)
    changes = collect_cost_changes(run)
    what = "Inventory close" if request.settles else "Inventory recalculation"
    posting = post(
        book, changes, run.name, request.voucher_date, request.specification,
        f"{what} {run.name} up to {request.up_to}", corrections.lines, run.manual.entries,
    )  # fmt: skip
    stock = find_negative_stock(run)
    errors = posting.problems + [p for p in stock if p.severity is Severity.ERROR]
    if errors:
        raise InputFault(errors)
    said: Stages = (tuple(find_changed_rows(book, corrections, run.manual)), stock, *find_warnings(run))
    rows = record(run, posting.voucher, corrections)
    kept = [posting.kept, corrections.notes, *([] if request.settles else [take_notes(run, corrections)])]
    rows["locked_rows"] = pl.concat([rows["locked_rows"], *(make_locked_row(run.name, notes) for notes in kept)])
    rows = cast_run_tables(rows, book.scales)
    before = replace(book, history=history)
    value = compute_stock_value(before, append_run(before, rows))
    new = {**rows, "stock_value": value}
    check_invariants(run, posting, changes, corrections, append_run(before, new), new)
    last = read_locked_transactions(before)["sequence"].max()
    last = last if isinstance(last, int) else 0
    leading = {
        "settlements": int((rows["settlements"]["quantity"] == 0).sum()),
        "adjustments": len(corrections.adjustments),
        "estimated_costs": len(corrections.estimated_costs),
    }
    places = _locate_new_rows(book, rows["locked_rows"], last, place)
    return Part(rows, value, said, leading, last, places, _find_issues(book, rows["estimated_costs"]))


def _find_issues(book: Book, estimated: pl.DataFrame) -> pl.Series:
    issues = book.transactions.id.filter(pl.Series(book.transactions.quantity < 0))
    return issues.filter(issues.is_in(estimated["transaction"].implode()))


def _locate_new_rows(book: Book, locked: pl.DataFrame, last: int, place: Int64 | None) -> pl.DataFrame:
    """Return where the rows that are locked for the first time stand among the rows of all parts; none of a whole."""
    if place is None:
        return pl.DataFrame(schema={"transaction": pl.String, "place": pl.Int64})
    known = pl.DataFrame({"transaction": book.transactions.id, "place": place})
    new = locked.filter(pl.col("sequence") > last).select("transaction")
    return new.join(known, on="transaction", how="left", maintain_order="left")


@dataclass(frozen=True, slots=True)
class Corrected:
    """A book to go on with: nothing stands for rows that are others now."""

    book: Book
    state: LedgerState
    corrections: Corrections


def correct_changed_rows(book: Book, request: RunRequest, state: LedgerState | None = None) -> Corrected:
    """Take back what belongs to rows that are others now (RULES R8.6); return the book to go on with."""
    state = read_state(book) if state is None else state
    name = format_closing_number(state.last_number + 1)
    splits = split_rows(book, state.closed_up_to) if state.last_closing else []
    book, corrections = correct(book, request.day, name, request.up_to, splits)
    if not corrections.is_nothing:
        state = read_state(book)
    if gone := state.missing:
        raise InvariantBroken(
            f"The result sheets still name {', '.join(gone[:5])}. Nothing was written; please report this."
        )
    return Corrected(book, state, corrections)


def take_notes(run: Run, corrections: Corrections) -> pl.DataFrame:
    """Return what a recalculation keeps of the rows it wrote about."""
    estimates = run.estimates
    rows = (run.adjustments.row, estimates.row, estimates.back_row, estimates.expense.row, run.manual.row)
    shared = np.array(corrections.shared, dtype=np.int64)
    return make_notes(run.book, np.concatenate([*rows, shared]), select_financial(run.book, run.request.day))
