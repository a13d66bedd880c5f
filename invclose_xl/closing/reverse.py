"""Reversal: the latest active closing or recalculation is undone, with the opposite voucher; its history stays.

In      a book, the closing to undo (or none: the latest), and an order that says who and when.
Out     Outcome: a Reversal row and voucher; the statuses follow from the lock.
Errors  Refused: nothing to reverse, not the latest, the ledger is closed at the voucher's date, edited result sheets.
        Changed transactions do not hinder it: a reversal is the way out for them.
Source  RULES R10.3.
"""

from datetime import date

import polars as pl

from invclose_xl.closing.lock.period import refuse_ledger
from invclose_xl.closing.lock.sealing import Outcome, append_run, seal
from invclose_xl.closing.lock.verify_results import verify_results
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.inventory_change import read_inventory_changes
from invclose_xl.closing.state.ledger_state import format_closing_number, parse_closing_number
from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.problem import CellRef, Problem, Refused, Severity
from invclose_xl.domain.tables import FORMAT, Tables, make_empty_tables
from invclose_xl.domain.views.old_book import find_rolled_forward
from invclose_xl.domain.words import ClosingType, Status


def reverse(book: Book, closing: str | None, request: RunRequest, read_warnings: tuple[Problem, ...] = ()) -> Outcome:
    """Undo the latest active closing or recalculation; ``closing`` says which one is meant, to be sure."""
    refused = verify_results(book)
    latest = find_latest_active_run(book.history)
    if latest is None:
        refused.append(
            _describe_refusal(
                "IC220", "", "There is no active closing or recalculation to reverse.", "No action is needed."
            )
        )
    elif latest == find_rolled_forward(book.history["lock"]):
        fix = "Reverse it in that book, and roll it forward again; or enter cost adjustments dated later here."
        problem = f"The book was rolled forward by {latest}: the closings before it are in the book it came from."
        refused.append(_describe_refusal("IC225", closing or latest, problem, fix))
    elif closing is not None and closing.strip().upper() != latest:
        fix = f"Reverse {latest} first; closings are reversed one by one, the latest first."
        refused.append(
            _describe_refusal("IC221", closing, f"Only the latest active closing can be reversed: {latest}.", fix)
        )
    if refused or latest is None:
        raise Refused(refused)
    new = seal(make_reversal(book, latest, request, request.posting_date), book)
    return Outcome(append_run(book, new), (new,), 0, read_warnings)


def find_latest_active_run(history: Tables) -> str | None:
    """Return the latest closing or recalculation that still counts."""
    lock = history["lock"]
    active = lock.filter((pl.col("status") == Status.ACTIVE) & (pl.col("type") != ClosingType.REVERSAL))["closing"]
    return str(active.to_list()[-1]) if len(active) else None


def _describe_refusal(code: str, found: str, problem: str, fix: str) -> Problem:
    return Problem(code, Severity.REFUSED, CellRef("Lock"), found, problem, fix, "R10.3")


def make_reversal(book: Book, closing: str, request: RunRequest, posting_date: date | None) -> Tables:
    """Return the rows of the Reversal of one closing, not sealed yet.

    ``posting_date`` dates its voucher; without one the voucher is dated as the original.
    """
    history = book.history
    name = format_closing_number(max(parse_closing_number(c) for c in history["lock"]["closing"]) + 1)
    new = make_empty_tables()
    voucher = history["vouchers"].filter(pl.col("closing") == closing).sort("line")
    if len(voucher):
        refused = refuse_ledger(book.parameters.ledger_closed_up_to, voucher["date"][0], posting_date, closing)
        if refused:
            raise Refused(refused)
    new["vouchers"] = voucher.with_columns(
        date=pl.lit(posting_date) if posting_date else pl.col("date"),
        closing=pl.lit(name),
        voucher=pl.lit(name),
        debit=pl.col("credit"),
        credit=pl.col("debit"),
        text=pl.lit(f"Reversal of {closing}"),
    )
    original = history["lock"].filter(pl.col("closing") == closing)
    change = read_inventory_changes(book, history)[closing]
    new["lock"] = original.with_columns(
        closing=pl.lit(name),
        type=pl.lit(ClosingType.REVERSAL.value),
        status=pl.lit(Status.ACTIVE.value),
        run_at=pl.lit(request.run_at),
        run_by=pl.lit(request.run_by),
        version=pl.lit(request.version),
        format=pl.lit(FORMAT, dtype=pl.Int64),
        settled_amount=-pl.col("settled_amount"),
        adjustment_amount=-pl.col("adjustment_amount") if change is None else pl.lit(-change, dtype=pl.Int64),
        warnings=pl.lit(0, dtype=pl.Int64),
        voucher=pl.lit(name if len(voucher) else ""),
        reverses=pl.lit(closing),
        digest=pl.lit(""),
    )
    return new
