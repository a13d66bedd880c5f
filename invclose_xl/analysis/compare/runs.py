"""Changes between two runs: the rows that each wrote, compared transaction by transaction.

In      a book with its result tables, and the numbers of two of its runs.
Out     RunChanges.
Errors  UnknownRun: the lock has no such closing, or only its row (a book that was rolled forward).
Cost    O(rows of the two runs).
Source  WORKBOOK "Command line" (status --compare); RULES R10.2 (fingerprints say which inputs were changed).
"""

import polars as pl

from invclose_xl.analysis.compare.inputs import Inputs, read_inputs
from invclose_xl.analysis.compare.periods import Following, find_following
from invclose_xl.analysis.compare.reasons import RunRows, explain_why
from invclose_xl.closing.state.inventory_change import read_inventory_changes
from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.problem import InvCloseError
from invclose_xl.domain.tables import Tables, cast_to_schema
from invclose_xl.domain.views.account_names import name_accounts
from invclose_xl.domain.views.changes import ACCOUNTS, ITEMS, TRANSACTIONS, RunChanges, RunFacts
from invclose_xl.domain.views.old_book import explain_old_run
from invclose_xl.domain.words import ClosingType, Status


class UnknownRun(InvCloseError):
    """The lock has no such closing, or what it wrote is in another book."""

    exit_code = 2


def find_earlier_run(history: Tables, closing: str) -> str | None:
    """Return the run that a close does again: the latest reversed Closing since the last active one before it."""
    lock = history["lock"].filter(pl.col("closing") < closing)
    closings = lock.filter(pl.col("type") == ClosingType.CLOSING)
    active = closings.filter(pl.col("status") == Status.ACTIVE)["closing"].to_list()
    undone = closings.filter((pl.col("status") == Status.REVERSED) & (pl.col("closing") > (active or [""])[-1]))
    days = history["lock"].filter(pl.col("closing") == closing)["up_to"].to_list()
    same = undone.filter(pl.col("up_to").is_in(days))["closing"].to_list()
    return str((same or undone["closing"].to_list())[-1]) if len(undone) else None


def compare_runs(book: Book, one: str, other: str) -> RunChanges:
    """Compare the second run with the first."""
    history = book.history
    changes = read_inventory_changes(book, history)
    first, second = _read_facts(history, one, changes), _read_facts(history, other, changes)
    before, after = RunRows.of(history, first.closing), RunRows.of(history, second.closing)
    inputs = read_inputs(history, first.closing), read_inputs(history, second.closing)
    return RunChanges(
        first,
        second,
        cast_to_schema(_join_moved(_compare_by_item(before), _compare_by_item(after), "item"), ITEMS),
        _compare_transactions(before, after, *inputs, find_following(history, first, second)),
        _compare_accounts(book, first.closing, second.closing),
        book.parameters.currency,
        book.scales.currency_decimals,
    )


def _read_facts(history: Tables, closing: str, changes: dict[str, int | None]) -> RunFacts:
    lock = history["lock"]
    found = lock.filter(pl.col("closing") == closing.strip().upper())
    if not len(found):
        names = ", ".join(lock["closing"].to_list()) or "none"
        raise UnknownRun(f"The workbook has no closing {closing}; it has: {names}.")
    if elsewhere := explain_old_run(lock, closing):
        raise UnknownRun(elsewhere)
    row = found.row(0, named=True)
    return RunFacts(
        row["closing"], row["type"], row["up_to"], row["status"], row["settled_amount"], changes[row["closing"]]
    )


def _compare_by_item(rows: RunRows) -> pl.DataFrame:
    return rows.changes.group_by("item").agg(pl.col("amount").sum())


def _compare_accounts(book: Book, one: str, other: str) -> pl.DataFrame:
    net = pl.col("debit").fill_null(0).sum() - pl.col("credit").fill_null(0).sum()
    lines = book.history["vouchers"]
    before, after = (
        lines.filter(pl.col("closing") == closing).group_by("account").agg(amount=net) for closing in (one, other)
    )
    return cast_to_schema(name_accounts(_join_moved(before, after, "account"), book.posting), ACCOUNTS)


def _join_moved(before: pl.DataFrame, after: pl.DataFrame, key: str) -> pl.DataFrame:
    """Join two frames of amounts, and keep what differs."""
    joined = before.rename({"amount": "before"}).join(
        after.rename({"amount": "after"}), on=key, how="full", coalesce=True
    )
    joined = joined.with_columns(pl.col("before").fill_null(0), pl.col("after").fill_null(0))
    joined = joined.with_columns(difference=pl.col("after") - pl.col("before"))
    return joined.filter(pl.col("difference") != 0).sort(key)


def _compare_transactions(
    before: RunRows, after: RunRows, inputs_before: Inputs, inputs_after: Inputs, order: Following | None
) -> pl.DataFrame:
    """Transactions with another adjustment, estimate or settlement, by item and date."""
    rows = []
    for name in before.find_differing(after):
        was, now = before.sum_amount(name), after.sum_amount(name)
        item, day = after.find_item_and_date(name) or before.find_item_and_date(name) or ("", None)
        if order is None:
            reason = explain_why(name, before, after, inputs_before, inputs_after)
        else:
            reason = order.explain_why(name, *((before, after) if order.forwards else (after, before)))
        rows.append((name, item, day, was, now, now - was, reason))
    frame = pl.DataFrame(rows, schema=TRANSACTIONS, orient="row")
    return frame.sort("item", "date", "transaction", nulls_last=True)
