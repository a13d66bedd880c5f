"""Our run beside another system's result: what agrees, what differs and why, by cause and account.

In      a book, the run's order, the sheet *Expected*, and a function that groups the book anew.
Out     Comparison.
Errors  InputFault and Refused where not even our own run can be computed; IC481: two new costs for one transaction.
Source  WORKBOOK "Command line" (compare); RULES R9.1, R9.2 (accounts).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from invclose_xl.analysis.expected.groups import Regrouped, suppose_other_groups
from invclose_xl.analysis.expected.search import Search
from invclose_xl.analysis.expected.suppositions import Supposition, put_off_charges
from invclose_xl.analysis.expected.world import Trial, World, compute_trial, rewind_book
from invclose_xl.analysis.preview import preview
from invclose_xl.closing.posting.cost_changes import CostChanges
from invclose_xl.closing.posting.voucher import list_account_entries
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.domain.book import Book, Int64
from invclose_xl.domain.id_keys import make_id_key, make_id_keys
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.problems.problem import CellRef, InputFault, Problem, Severity
from invclose_xl.domain.tables import cast_to_schema
from invclose_xl.domain.views.account_names import name_accounts
from invclose_xl.domain.views.expected import BY_ACCOUNT, BY_CAUSE, DIFFERENCES, Comparison, Expected, Unlike
from invclose_xl.domain.views.old_book import explain_absence
from invclose_xl.domain.words import Specification


@dataclass(frozen=True, slots=True)
class OtherGroups:
    """Readers of the same book in other costing groups."""

    used: Sequence[str]
    regrouped: Regrouped


@dataclass(frozen=True, slots=True)
class _Theirs:
    """Figures of the other system, per transaction in row order; 0 and NO_AMOUNT where it says nothing."""

    adjustment: Int64
    cost: Int64
    row: Int64
    """row of the sheet Expected, -1 where the transaction is not on it"""
    charged: Int64
    """what was added because the book's own sheets charge it, so that both know it; 0 elsewhere"""


def compare_with_expected(
    book: Book, request: RunRequest, expected: Expected, closing: str, others: OtherGroups
) -> Comparison:
    """Compare a run with the sheet; ``closing`` names a run that was made, '' computes one in memory."""
    problems: list[Problem] = []
    if closing:
        base_book = rewind_book(book, closing)
    else:
        preview(book, request)  # refuses what a close would refuse
        base_book = book
    world = World.of(base_book, request)
    base = compute_trial(world)
    if base is None:
        preview(base_book, request)
        raise InputFault(problems)
    theirs = _sum_theirs(book, expected, base, closing, problems)

    def more(world: World) -> Iterator[Supposition]:
        return suppose_other_groups(world, others.used, others.regrouped)

    search = Search(world, base, theirs.adjustment, theirs.cost, more)
    search.run()
    return _make_comparison(book, request, expected, closing, base, theirs, search, problems)


def _sum_theirs(book: Book, expected: Expected, base: Trial, closing: str, problems: list[Problem]) -> _Theirs:
    """Add up the rows of the sheet by transaction; name what is not in the book."""
    transactions = book.transactions
    row_of = {key: row for row, key in enumerate(make_id_keys(transactions.id).to_list())}
    adjustment = np.zeros(len(transactions), dtype=np.int64)
    cost, sheet_row = (
        np.full(len(transactions), NO_AMOUNT, dtype=np.int64),
        np.full(len(transactions), -1, dtype=np.int64),
    )
    old_cost = base.cost - base.adjustment
    errors, elsewhere = [], 0
    for expected_row, name in enumerate(expected.transaction.to_list()):
        of_other_run = (
            expected.closing[expected_row]
            and closing
            and make_id_key(expected.closing[expected_row]) != make_id_key(closing)
        )
        if of_other_run:
            elsewhere += 1
            continue
        row = row_of.get(make_id_key(name))
        if row is None:
            problems.append(_describe_unknown(expected, expected_row, name, explain_absence(book.history["lock"])))
            continue
        new = int(expected.new_cost[expected_row])
        if new != NO_AMOUNT and cost[row] not in (NO_AMOUNT, new):
            errors.append(_describe_two_costs(expected, expected_row, name))
        cost[row] = new if new != NO_AMOUNT else cost[row]
        given = int(expected.adjustment[expected_row])
        if given != NO_AMOUNT:
            adjustment[row] += given
        elif new != NO_AMOUNT:
            adjustment[row] = new - old_cost[row]
        sheet_row[row] = expected_row
    if errors:
        raise InputFault(errors)
    if elsewhere:
        problems.append(_describe_elsewhere(elsewhere, closing))
    return _add_charges_known_to_both(_Theirs(adjustment, cost, sheet_row, np.zeros_like(adjustment)), base)


def _add_charges_known_to_both(theirs: _Theirs, base: Trial) -> _Theirs:
    """Add the charges of the book to the other system's figures, where these are figures without charges.

    Most systems post a charge by itself and keep only what it did to other transactions as their adjustment. Whether
    theirs do is seen from the charged transactions: it holds where more of them agree so than as they stand. That an
    item's charges are known is seen from the others of the item: no more of them are as they would be without these.
    """
    asked = (base.charged != 0) & (theirs.cost == NO_AMOUNT)
    beside = asked & (base.adjustment == theirs.adjustment + base.charged)
    bare = compute_trial(put_off_charges(base.world)) if beside.any() else None
    if bare is None or beside.sum() <= (asked & (base.adjustment == theirs.adjustment)).sum():
        return theirs
    item = base.world.book.transactions.item
    reached = (base.charged == 0) & (base.adjustment != bare.adjustment)
    as_here, as_without = (
        np.bincount(base.to_book_order(item.astype(np.int64))[reached & (theirs.adjustment == figures)],
                    minlength=len(base.world.book.items))
        for figures in (base.adjustment, bare.adjustment)
    )  # fmt: skip
    known = (as_here >= as_without)[base.to_book_order(item.astype(np.int64))]
    added = np.where(asked & known & (base.adjustment != theirs.adjustment), base.charged, 0)
    return replace(theirs, adjustment=theirs.adjustment + added, charged=added)


def _describe_unknown(expected: Expected, row: int, name: str, hint: str) -> Problem:
    return Problem(
        "IC480", Severity.WARNING, expected.cells.cell(row, "transaction"), name,
        "The book has no transaction of this ID, so this row was not compared.",
        f"Correct the Transaction ID, or add the transaction. {hint}".rstrip(), transaction=name,
    )  # fmt: skip


def _describe_two_costs(expected: Expected, row: int, name: str) -> Problem:
    return Problem(
        "IC481", Severity.ERROR, expected.cells.cell(row, "new_cost"), "",
        f"An earlier row gives {name} another New cost for the same close.",
        "Keep one of the two; adjustments of one transaction are added up.", transaction=name,
    )  # fmt: skip


def _describe_elsewhere(count: int, closing: str) -> Problem:
    rows = "1 row names" if count == 1 else f"{count:,} rows name"
    left_out = "was" if count == 1 else "were"
    return Problem(
        "IC482", Severity.INFORMATION, CellRef("Expected"), "",
        f"{rows} another closing than {closing} and {left_out} not compared.", "Compare that one: --closing IC-…",
    )  # fmt: skip


def _make_comparison(
    book: Book, request: RunRequest, expected: Expected, closing: str, base: Trial, theirs: _Theirs, search: Search,
    problems: list[Problem],
) -> Comparison:  # fmt: skip
    transactions = book.transactions
    ours = base.adjustment
    sign = np.where(transactions.quantity > 0, 1, -1)
    row = np.flatnonzero(ours != theirs.adjustment)
    date_of = base.to_book_order(base.run.movements.date[: len(transactions)].astype(np.int64))
    listed = (theirs.row >= 0) | (theirs.charged != 0)
    differences = pl.DataFrame(
        {
            "transaction": transactions.id.gather(row),
            "item": book.items.number.gather(transactions.item[row]),
            "group": book.groups.label.gather(transactions.group[row]).fill_null(""),
            "date": pl.Series(date_of[row].astype(np.int32), dtype=pl.Int32).cast(pl.Date),
            "reference": transactions.reference.gather(row),
            "quantity": transactions.quantity[row],
            "ours": ours[row],
            "theirs": theirs.adjustment[row],
            "difference": (theirs.adjustment - ours)[row],
            "our_cost": base.cost[row],
            "their_cost": (base.cost - ours + theirs.adjustment)[row],
            "cause": [search.found[r][0].value for r in row.tolist()],
            "why": [_explain_why(search, r, listed) for r in row.tolist()],
            "cell": [_name_cell(expected, theirs, book, r) for r in row.tolist()],
        },
        schema=DIFFERENCES,
    ).with_columns(change=pl.Series((sign * (theirs.adjustment - ours))[row], dtype=pl.Int64))
    rank = {cause.value: k for k, cause in enumerate(Unlike)}
    order_of = pl.col("cause").replace_strict(rank, return_dtype=pl.Int64)
    by_cause = differences.group_by("cause").agg(
        pl.len().cast(pl.Int64).alias("count"), *(pl.col(c).sum() for c in ("ours", "theirs", "difference", "change"))
    )  # fmt: skip
    same = listed & (ours == theirs.adjustment)
    return Comparison(
        closing=closing,
        up_to=request.up_to,
        differences=differences.sort(order_of, "item", "date", "transaction").drop("change"),
        by_cause=cast_to_schema(by_cause.sort(order_of), BY_CAUSE),
        by_account=_compare_by_account(base, theirs.adjustment - ours, row, differences["cause"]),
        listed=int(listed.sum()),
        agreeing=int(same.sum()),
        agreeing_amount=int(ours[same].sum()),
        charged=int((theirs.charged != 0).sum()),
        charged_amount=int(theirs.charged.sum()),
        ours=int((sign * ours).sum()),
        theirs=int((sign * theirs.adjustment).sum()),
        trials=search.trials,
        everything_tried=search.everything_tried or not (differences["cause"] == Unlike.NOT_FOUND).any(),
        problems=tuple(problems),
        currency=book.parameters.currency,
    )


def _explain_why(search: Search, row: int, listed: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> str:
    return search.found[row][1] + ("" if listed[row] else " It is not on the sheet Expected, which counts as 0.")


def _name_cell(expected: Expected, theirs: _Theirs, book: Book, row: int) -> str:
    sheet_row = int(theirs.row[row])
    return str(
        expected.cells.cell(sheet_row, "adjustment") if sheet_row >= 0 else book.transactions.cells.cell(row, "id")
    )


def _compare_by_account(base: Trial, difference: Int64, row: Int64, causes: pl.Series) -> pl.DataFrame:
    """Return what the other system's voucher has more, by account and cause, posted as adjustments are (RULES R9.2)."""
    physical = ~base.run.movements.financial[row]
    changes = CostChanges.of(row, difference[row], physical)
    entries = list_account_entries(base.world.book, changes, Specification.TOTAL)
    entries = entries.with_columns(cause=causes.gather(entries["change"]), account=pl.col("account").fill_null("?"))
    sums = entries.group_by("account", "cause").agg(difference=pl.col("net").sum()).filter(pl.col("difference") != 0)
    return cast_to_schema(name_accounts(sums.sort("account", "cause"), base.world.book.posting), BY_ACCOUNT)
