"""Conservation laws, checked at the end of every run on what is about to be written.

In      a Run, its voucher, and what was to be posted.
Out     nothing: the laws hold.
Errors  InvariantBroken, which stops the run before anything is written: it would be a fault of this program.
Source  RULES R6.3 (receipts = settled + open), R7.1, R7.3, R7.4 (charges), R8.4, R9.3.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from invclose_xl.closing.adjustments.charge_shares import find_charges_since
from invclose_xl.closing.earlier.corrections import Corrections
from invclose_xl.closing.posting.cost_changes import CostChanges
from invclose_xl.closing.posting.voucher import Posting, select_changes_that_post
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.stock.stock_ledger import sum_amounts
from invclose_xl.closing.stock.stock_value import Period, compute_stock_of_period
from invclose_xl.domain.book import NO_CODE, Book, Bool, Int64
from invclose_xl.domain.problems.problem import InvariantBroken
from invclose_xl.domain.tables import Tables


def check_invariants(
    run: Run, posting: Posting, changes: CostChanges, corrections: Corrections, after: Tables, new: Tables
) -> None:
    """Check all laws; the first that does not hold is named with where it fails."""
    check_charges(run)
    _check_settled(run)
    _check_issue_costs(run)
    _check_zero_stock(run)
    _check_moving_average(run)
    _check_voucher(run, posting, changes, corrections)
    _check_stock_value(run, changes, after, new)


def _demand(holds: Bool, law: str, names: pl.Series) -> None:
    if not bool(holds.all()):
        where = ", ".join(str(n) for n in names.filter(pl.Series(~holds))[:5])
        raise InvariantBroken(f"{law} does not hold for {where}. Nothing was written; please report this.")


def check_charges(run: Run) -> None:
    """The shares of every charge that the run spreads add up to its amount (RULES R7.4)."""
    charges, entries = run.book.charges, run.manual.entries
    if charges is None:
        return
    due = np.array(find_charges_since(charges, run.state, run.request.day), dtype=np.int64)
    total = np.zeros(len(charges), dtype=np.int64)
    if entries is not None and len(entries.charge):
        shares = entries.charge != NO_CODE
        np.add.at(total, entries.charge[shares], entries.amount[shares])
    names = pl.Series([charges.label(k, run.book.scales.currency_decimals) for k in due.tolist()], dtype=pl.String)
    _demand(total[due] == charges.amount[due], "Shares of a charge = its amount", names)


def _sum_by_movement(run: Run, of: Int64, values: Int64, chosen: Bool) -> Int64:
    """Sum values by movement, the legs of this run included."""
    total = np.zeros(len(run.movements) + 2 * len(run.matching.transfers), dtype=np.int64)
    np.add.at(total, of[chosen], values[chosen])
    return total


def _sum_passed_down(run: Run, side: Int64) -> Int64:
    """Sum what this run hands down to earlier settlements, by movement of one side."""
    rows, amount = run.costs.passed_down, run.costs.passed_down_amount
    return _sum_by_movement(run, side[rows], amount, np.ones(len(rows), dtype=np.bool_))


def _check_settled(run: Run) -> None:
    """Nothing is settled twice; a receipt that is wholly settled has given exactly its value."""
    pairs, costs, movements = run.matching.pairs, run.costs, run.movements
    ids = pl.concat([movements.id, run.new_leg_ids])
    legs = np.repeat(run.matching.transfers.quantity, 2)
    quantity = np.concatenate([np.abs(movements.quantity), legs])
    before = np.concatenate([movements.settled_quantity, np.zeros_like(legs)])
    amount_before = np.concatenate([movements.settled_amount, np.zeros_like(legs)])
    for side in (pairs.issue, pairs.receipt):
        settled = before + _sum_by_movement(run, side, pairs.quantity, costs.pair_settles)
        _demand(settled <= quantity, "Settled quantity <= quantity", ids)
    given = _sum_by_movement(run, pairs.receipt, costs.pair_amount, costs.pair_settles) + _sum_passed_down(
        run, run.state.settled.receipt
    )
    settled = before + _sum_by_movement(run, pairs.receipt, pairs.quantity, costs.pair_settles)
    emptied = (settled == quantity) & (settled > 0) & _select_periodic_receipts(run)
    _demand(~emptied | (amount_before + given == costs.cost), "Settled amount = value of a settled receipt", ids)
    leg = run.matching.transfers.first_leg + 2 * np.arange(len(run.matching.transfers))
    _demand(costs.cost[leg] == costs.cost[leg + 1], "Issue leg = receipt leg", run.new_leg_ids[::2])


def _select_periodic_receipts(run: Run) -> Bool:
    """Receipts in the run's scope that only this workbook settled; what a system before it did is not ours to prove."""
    legs = 2 * len(run.matching.transfers)
    in_scope = run.chosen[run.movements.item]
    own = run.movements.is_receipt & run.periodic & run.movements.present & in_scope
    own[: run.movements.transactions] &= run.book.transactions.prior_settled_quantity == 0
    return np.concatenate([own, np.arange(legs) % 2 == 1])


def _check_issue_costs(run: Run) -> None:
    """An issue that is wholly settled costs exactly the sum of its settlements (RULES R7.1)."""
    pairs, costs, movements = run.matching.pairs, run.costs, run.movements
    size = len(movements)
    quantity = _sum_by_movement(run, pairs.issue, pairs.quantity, np.ones(len(pairs), dtype=np.bool_))[:size]
    amount = _sum_by_movement(run, pairs.issue, costs.pair_amount, np.ones(len(pairs), dtype=np.bool_))[:size]
    amount += _sum_passed_down(run, run.state.settled.issue)[:size]
    whole = (quantity > 0) & (movements.settled_quantity + quantity == np.abs(movements.quantity))
    holds = ~whole | (movements.settled_amount + amount == costs.cost[:size])
    _demand(holds, "Cost of an issue = sum of its settlements", movements.id)


def _check_zero_stock(run: Run) -> None:
    """Stock of quantity 0 has value 0 where all is financial and settled in this workbook (RULES R7.3)."""
    movements, rows = run.movements, run.movements.transactions
    transactions = run.book.transactions
    groups = len(run.book.groups)
    settled_now = _sum_by_movement(run, run.matching.pairs.issue, run.matching.pairs.quantity, run.costs.pair_settles)
    settled_now += _sum_by_movement(
        run, run.matching.pairs.receipt, run.matching.pairs.quantity, run.costs.pair_settles
    )
    still_open = np.abs(movements.quantity) - movements.settled_quantity - settled_now[: len(movements)]
    unclear = (
        (still_open[:rows] != 0) | ~movements.financial[:rows] | (transactions.prior_settled_quantity != 0)
    ) & movements.present[:rows]
    settled_group = run.periodic[:rows] & movements.present[:rows]
    skipped = (
        np.bincount(transactions.group[unclear | (movements.present[:rows] & ~settled_group)], minlength=groups) > 0
    )
    sign = np.where(movements.quantity > 0, 1, -1)
    value = np.zeros(groups, dtype=np.int64)
    held = movements.present
    # The two legs of a closing transfer differ by what was charged on the receipt leg (R7.4).
    np.add.at(value, movements.group[held], (sign * run.costs.cost[: len(movements)])[held])
    leg_open = np.bincount(movements.group[rows:][still_open[rows:] != 0], minlength=groups) > 0
    new_leg_open = np.bincount(_find_open_new_legs(run), minlength=groups) > 0
    holds = skipped | leg_open | new_leg_open | (value == 0)
    _demand(holds, "Stock of quantity 0 has value 0", run.book.items.number.gather(run.book.groups.item))


def _find_open_new_legs(run: Run) -> Int64:
    """Costing groups in which a receipt leg made by this run stays open."""
    transfers = run.matching.transfers
    pairs = run.matching.pairs
    used = _sum_by_movement(run, pairs.receipt, pairs.quantity, run.costs.pair_settles)[transfers.first_leg + 1 :: 2]
    return transfers.group[used < transfers.quantity].astype(np.int64)


def _check_moving_average(run: Run) -> None:
    """The stock that the postings left is worth its receipts, what was expensed included, less its issues."""
    moving, transactions = run.estimates.moving, run.book.transactions
    row = moving.counted_row
    sign = np.where(transactions.quantity[row] > 0, 1, -1)
    value, quantity = np.zeros((2, len(run.book.groups)), dtype=np.int64)
    np.add.at(value, transactions.group[row], sign * (run.costs.cost[row] - transactions.prior_settled_amount[row]))
    np.add.at(
        quantity, transactions.group[row], transactions.quantity[row] - sign * transactions.prior_settled_quantity[row]
    )
    holds = (value[moving.group] == moving.stock_value) & (quantity[moving.group] == moving.stock_quantity)
    names = run.book.items.number.gather(run.book.groups.item[moving.group])
    _demand(holds, "Moving average stock = receipts + expensed - issues", names)


def _check_voucher(run: Run, posting: Posting, changes: CostChanges, corrections: Corrections) -> None:
    """Debit = credit, and the inventory lines are the change of the ledger value of inventory (RULES R9.3)."""
    voucher = posting.voucher
    debit, credit = int(voucher["debit"].sum()), int(voucher["credit"].sum())
    if debit != credit:
        raise InvariantBroken(
            f"The voucher {run.name} does not balance: debit {debit}, credit {credit}. Nothing was written."
        )
    posts = select_changes_that_post(run.book, changes)
    sign = np.where(run.book.transactions.quantity[changes.row] > 0, 1, -1)
    wanted = int((sign * changes.amount)[posts].sum()) + corrections.inventory
    if posting.inventory_accounts:
        lines = voucher.filter(pl.col("account").is_in(list(posting.inventory_accounts)))
        posted = int((lines["debit"] - lines["credit"]).sum())
        if posted != wanted:
            raise InvariantBroken(
                f"The voucher {run.name} moves inventory by {posted} instead of {wanted}. Nothing was written."
            )


def _check_stock_value(run: Run, changes: CostChanges, history: Tables, new: Tables) -> None:
    """Stock value = receipts less issues at their costs, in every group; this run moved it by what it posts."""
    book, movements = run.book, run.movements
    after = replace(book, history=history)
    whole = Period(run.name, None, run.request.up_to)
    value = new["stock_value"] if run.request.settles else compute_stock_of_period(after, whole)
    transactions, size = book.transactions, len(movements)
    costs = run.costs.cost[:size]
    prior_quantity, prior_amount = (
        np.concatenate([np.abs(prior), np.zeros(size - len(transactions), dtype=np.int64)])
        for prior in (transactions.prior_settled_quantity, transactions.prior_settled_amount)
    )
    financial = movements.financial & movements.present
    physical = ~movements.financial & movements.present
    sign = np.where(movements.quantity > 0, 1, -1)
    held = {
        "closing_quantity": (financial, movements.quantity - sign * prior_quantity),
        "closing_value": (financial, sign * (costs - prior_amount)),
        "not_invoiced_quantity": (physical, movements.quantity),
        "not_invoiced_value": (physical, sign * costs),
    }
    names = book.items.number.gather(book.groups.item)
    shown = _complete_groups(book, value)
    # What a limited recalculation left out it did not compute either: an invoice may still wait for its turn there.
    in_scope = run.chosen[book.groups.item]
    for field, (chosen, amount) in held.items():
        total = np.zeros(len(book.groups), dtype=np.int64)
        np.add.at(total, movements.group[chosen], amount[chosen])
        holds = ~in_scope | (total == shown[field].to_numpy())
        _demand(holds, f"Stock value ({field.replace('_', ' ')}) = receipts - issues", names)
    # Shares of split rows are in the history already, dated by this run, which is on the lock only afterwards.
    before = sum_amounts(replace(book, history={**book.history, "lock": history["lock"]}), whole.ends)
    moved = _sum_stock_value(value) - before
    posted = int((np.where(transactions.quantity[changes.row] > 0, 1, -1) * changes.amount).sum())
    if moved != posted:
        raise InvariantBroken(
            f"{run.name} changes costs by {posted}, but the stock value by {moved}. Nothing was written; please report "
            "this."
        )


def _sum_stock_value(value: pl.DataFrame) -> int:
    """All stock, what is not invoiced yet included."""
    return int(value["closing_value"].sum()) + int(value["not_invoiced_value"].sum())


def _complete_groups(book: Book, value: pl.DataFrame) -> pl.DataFrame:
    """The rows of *Stock value* for every costing group of the book, zero where it has none."""
    groups = pl.DataFrame(
        {"item": book.items.number.gather(book.groups.item), "group": book.groups.label.fill_null("")},
        schema={"item": pl.String, "group": pl.String},
    )
    return groups.join(value, on=["item", "group"], how="left", maintain_order="left").with_columns(
        pl.col(pl.Int64).fill_null(0)
    )
