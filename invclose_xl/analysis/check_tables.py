"""The lists of R12 before a close: open quantities, prices that deviate, stock below zero, transfers without partner.

In      a Run that was not recorded, and its voucher.
Out     one frame per list; text as String, days as Date, amounts in minor units, quantities in 10**-quantity_scale,
        unit costs in 10**-6 of the currency, percentages in tenths. ``cell`` names the cell on the sheet Transactions.
Cost    O(n log n) in the transactions.
Source  RULES R12, R5.10, R6.2, R11.
"""

import numpy as np
import polars as pl

from invclose_xl.closing.adjustments.adjust import CAUSES
from invclose_xl.closing.findings.matching import sum_used_quantity
from invclose_xl.closing.posting.voucher import Posting
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.state.as_of import compute_posted_cost
from invclose_xl.domain.book import NO_DATE, Book, Bool, Int64, Integers
from invclose_xl.domain.links.feed_members import number_transfer_steps
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import NO_AMOUNT, compute_unit_cost, mul_div, round_decimal
from invclose_xl.domain.references import Meaning
from invclose_xl.domain.views.account_names import name_accounts

FINE = 10**9
MOST_COVERING = 10_000


def list_open_quantities(run: Run) -> pl.DataFrame:
    """Issues that would stay open at D, and why (RULES R5.10)."""
    movements, rows = run.movements, run.movements.transactions
    left = np.where(movements.eligible, movements.open_quantity - sum_used_quantity(run), 0)[:rows]
    held = np.zeros(rows, dtype=np.int64)
    marked = run.matching.marked
    np.add.at(held, marked.holder[marked.held > 0], marked.held[marked.held > 0])
    issue = np.flatnonzero((left > 0) & ~movements.is_receipt[:rows])
    issue = issue[np.lexsort((issue, movements.date[issue], movements.group[issue]))]
    not_invoiced = _find_waiting_groups(run, movements.present[:rows] & ~movements.financial[:rows])[
        movements.group[issue]
    ]
    later = _find_waiting_groups(run, ~movements.present[:rows])[movements.group[issue]]
    reason = np.where(
        held[issue] >= left[issue],
        "held for its mark",
        np.where(not_invoiced, "its receipts are not invoiced yet", np.where(later, "its receipts come later",
                 "no receipt is left in its costing group")),
    )  # fmt: skip
    rest = movements.uncovered_cost[issue]
    value = [
        mul_div(int(r), int(q), int(o)) if o else 0
        for r, q, o in zip(rest, left[issue], movements.open_quantity[issue], strict=True)
    ]
    return _describe_transactions(run, issue).with_columns(
        quantity=pl.Series(-run.movements.quantity[issue]),
        open=pl.Series(left[issue]),
        posted_cost=pl.Series(value, dtype=pl.Int64),
        reason=pl.Series(reason, dtype=pl.String),
    )


def _find_waiting_groups(run: Run, state: Bool) -> Bool:
    """Costing groups with a receipt in a state that keeps it from settling."""
    rows = run.movements.transactions
    waiting = state & run.movements.is_receipt[:rows] & ~run.movements.eligible[:rows]
    return np.bincount(run.movements.group[:rows][waiting], minlength=len(run.book.groups)) > 0


def list_covering_receipts(run: Run, open_issues: pl.DataFrame) -> pl.DataFrame:
    """Receipts that could cover what stays open: not invoiced yet, or dated after D; of the groups with open issues."""
    movements, rows = run.movements, run.movements.transactions
    wanted = pl.DataFrame({"row": open_issues["row"], "open": open_issues["open"]})
    group = pl.Series(movements.group[wanted["row"].to_numpy()]) if len(wanted) else pl.Series([], dtype=pl.Int32)
    need = wanted.with_columns(group=group).group_by("group").agg(needed=pl.col("open").sum())
    receipt = np.flatnonzero(movements.is_receipt[:rows] & ~movements.eligible[:rows] & run.periodic[:rows])
    receipt = receipt[movements.open_quantity[receipt] > 0]
    receipt = receipt[np.isin(movements.group[receipt], need["group"].to_numpy())][:MOST_COVERING]
    state = np.where(movements.present[receipt], "received, not invoiced", "dated after the closing date")
    needed = pl.DataFrame({"group": movements.group[receipt]}).join(need, on="group", how="left", maintain_order="left")
    return _describe_transactions(run, receipt).with_columns(
        quantity=pl.Series(movements.open_quantity[receipt]),
        state=pl.Series(state, dtype=pl.String),
        needed=needed["needed"].cast(pl.Int64),
    )


def list_deviating_cost_prices(run: Run) -> pl.DataFrame:
    """Receipts since the last close whose unit cost deviates from the base by more than the percentage (RULES R12)."""
    movements, book, rows = run.movements, run.book, run.movements.transactions
    parameters, cost = book.parameters, movements.cost
    recent = movements.present[:rows] & movements.is_receipt[:rows]
    recent &= (movements.date[:rows] > run.state.closed_up_to) & (
        compute_posted_cost(book, run.request.day) != NO_AMOUNT
    )
    if parameters.ignore_production:
        recent &= book.transactions.meaning != Meaning.PRODUCTION
    receipt = np.flatnonzero(recent)
    decimals = book.scales.price_scale + book.scales.quantity_scale - book.scales.currency_decimals
    up, down = 10 ** max(-decimals, 0), 10 ** max(decimals, 0)
    price = book.items.cost_price[movements.item[receipt]]
    unit = [mul_div(int(c), FINE, int(q)) for c, q in zip(cost[receipt], movements.quantity[receipt], strict=True)]
    master = [mul_div(int(x), FINE * up, down) if x != NO_AMOUNT else None for x in price.tolist()]
    medians = _compute_medians(movements.item[receipt], unit)
    limit, least = (
        parameters.maximum_deviation,
        round_decimal(parameters.minimum_deviation_amount, book.scales.currency_decimals),
    )
    found: list[tuple[int, int, int, int | None, str]] = []
    for row, own, mine in zip(receipt.tolist(), unit, master, strict=True):
        middle = medians[int(movements.item[row])]
        base = {"Item cost price": mine, "Median": middle}.get(
            parameters.deviation_base, middle if mine is None else mine
        )
        if base is None or own == base:
            continue
        amount = mul_div(own - base, abs(int(movements.quantity[row])), FINE)
        if abs(own - base) * 100 > limit * base and abs(amount) >= least:
            percent = mul_div(own - base, 1000, base) if base else None
            name = "Median" if parameters.deviation_base == "Median" or mine is None else "Item cost price"
            found.append((row, base, amount, percent, name))
    found.sort(key=lambda f: -abs(f[2]))
    listed = np.array([f[0] for f in found], dtype=np.int64)
    currency, scale = book.scales.currency_decimals, book.scales.quantity_scale
    return _describe_transactions(run, listed).with_columns(
        quantity=pl.Series(movements.quantity[listed]),
        cost=pl.Series(cost[listed]),
        unit_cost=pl.Series(
            [compute_unit_cost(int(cost[r]), int(movements.quantity[r]), currency, scale) for r in listed],
            dtype=pl.Int64),
        base=pl.Series([compute_unit_cost(f[1], FINE, currency, scale) for f in found], dtype=pl.Int64),
        based_on=pl.Series([f[4] for f in found], dtype=pl.String),
        deviation=pl.Series([f[3] for f in found], dtype=pl.Int64),
        amount=pl.Series([f[2] for f in found], dtype=pl.Int64),
    )  # fmt: skip


def _compute_medians(item: Integers, unit: list[int]) -> dict[int, int]:
    """Return the median unit cost of each item; the mean of the two middle ones where their number is even."""
    by_item: dict[int, list[int]] = {}
    for item_code, value in zip(item.tolist(), unit, strict=True):
        by_item.setdefault(item_code, []).append(value)
    medians = {}
    for item_code, values in by_item.items():
        values.sort()
        low, high = values[(len(values) - 1) // 2], values[len(values) // 2]
        medians[item_code] = mul_div(low + high, 1, 2)
    return medians


def list_negative_stock(run: Run) -> pl.DataFrame:
    """Every time the stock of a costing group was below zero at the end of a day, physically or financially."""
    return pl.concat([_find_negative_spans(run, "physical"), _find_negative_spans(run, "financial")]).sort(
        "row", "kind"
    )


def _find_negative_spans(run: Run, kind: str) -> pl.DataFrame:
    transactions, rows, day = run.book.transactions, run.movements.transactions, run.request.day
    first = np.where(
        (transactions.physical_date != NO_DATE) & (transactions.physical_date <= transactions.financial_date),
        transactions.physical_date,
        transactions.financial_date,
    )
    first = np.where(transactions.financial_date == NO_DATE, transactions.physical_date, first)
    date = first if kind == "physical" else transactions.financial_date
    moved = transactions.quantity - np.sign(transactions.quantity) * transactions.prior_settled_quantity
    frame = pl.DataFrame({"row": np.arange(rows), "group": transactions.group, "date": date, "moved": moved})
    days = (
        frame.filter((pl.col("date") != NO_DATE) & (pl.col("date") <= day))
        .sort("group", "date", "row")
        .group_by("group", "date", maintain_order=True)
        .agg(pl.col("moved").sum(), row=pl.col("row").filter(pl.col("moved") < 0).last(), count=pl.len())
        .with_columns(stock=pl.col("moved").cum_sum().over("group"))
        .with_columns(below=pl.col("stock") < 0)
        .with_columns(
            chain=(pl.col("below") != pl.col("below").shift(1).over("group")).fill_null(True).cum_sum().over("group")
        )
        .with_columns(next_day=pl.col("date").shift(-1).over("group"))
    )
    chains = (
        days.filter("below")
        .group_by("group", "chain", maintain_order=True)
        .agg(
            row=pl.col("row").first(), began=pl.col("date").first(), lowest=pl.col("stock").min(),
            transactions=pl.col("count").sum(), ended=pl.col("next_day").last(),
        )
    )  # fmt: skip
    # A chain ends on the day whose movements bring the stock back; none after the last day of the group.
    row = chains["row"].to_numpy().astype(np.int64)
    return _describe_transactions(run, row).with_columns(
        kind=pl.repeat(kind, len(row), dtype=pl.String, eager=True),
        began=chains["began"].cast(pl.Int32).cast(pl.Date),
        ended=chains["ended"].cast(pl.Int32).cast(pl.Date),
        lowest=chains["lowest"].cast(pl.Int64),
        movements=chains["transactions"].cast(pl.Int64),
    )


def list_unbalanced_transfers(run: Run) -> pl.DataFrame:
    """Steps of transfers whose issued and received quantities differ among what is there at D (RULES R6.2)."""
    transactions, movements, rows = run.book.transactions, run.movements, run.movements.transactions
    step = number_transfer_steps(transactions)
    row = np.flatnonzero((step >= 0) & movements.present[:rows])
    quantity = pl.col("quantity")
    frame = pl.DataFrame({"row": row, "step": step[row], "quantity": transactions.quantity[row]})
    sums = (
        frame.group_by("step", maintain_order=True)
        .agg(
            pl.col("row").first(),
            issued=-quantity.filter(quantity < 0).sum(),
            received=quantity.filter(quantity > 0).sum(),
        )
        .filter(pl.col("issued") != pl.col("received"))
    )
    what = (
        pl.when(pl.col("received") == 0).then(pl.lit("the receipt is missing"))
        .when(pl.col("issued") == 0).then(pl.lit("the issue is missing"))
        .otherwise(pl.lit("the quantities differ"))
    )  # fmt: skip
    about = _describe_transactions(run, sums["row"].to_numpy().astype(np.int64))
    return about.with_columns(
        transfer_issued=sums["issued"].cast(pl.Int64),
        received=sums["received"].cast(pl.Int64),
        difference=(sums["received"] - sums["issued"]).cast(pl.Int64),
        what=sums.select(what).to_series() if len(sums) else pl.Series([], dtype=pl.String),
    )


def sum_by_account(book: Book, posting: Posting) -> pl.DataFrame:
    """Return what the voucher of the close would do to each account."""
    sums = posting.voucher.group_by("account").agg(pl.col("debit").sum(), pl.col("credit").sum()).sort("account")
    return name_accounts(sums.with_columns(net=pl.col("debit") - pl.col("credit")), book.posting)


def sum_by_cause(run: Run) -> pl.DataFrame:
    """Adjustments of the close by model and cause; the change of inventory value counts issues the other way round."""
    adjustments, movements = run.adjustments, run.movements
    labels = pl.Series([m.label for m in sorted(InventoryModel)], dtype=pl.String)
    sign = np.where(movements.quantity[adjustments.row] > 0, 1, -1)
    frame = pl.DataFrame(
        {
            "model": labels.gather(run.model[adjustments.row]),
            "cause": pl.Series([c.value for c in CAUSES], dtype=pl.String).gather(adjustments.cause.astype(np.int64)),
            "adjustment": adjustments.amount,
            "change": adjustments.amount * sign,
        }
    )
    return (
        frame.group_by("model", "cause")
        .agg(count=pl.len().cast(pl.Int64), adjustment=pl.col("adjustment").sum(), change=pl.col("change").sum())
        .sort("model", "cause")
    )


def _describe_transactions(run: Run, row: Int64) -> pl.DataFrame:
    """Return what names a transaction: row, transaction, item, group, model, reference, date, cell."""
    book, movements = run.book, run.movements
    transactions = book.transactions
    date = np.where(
        transactions.financial_date[row] != NO_DATE, transactions.financial_date[row], transactions.physical_date[row]
    )
    labels = pl.Series([m.label for m in sorted(InventoryModel)], dtype=pl.String)
    return pl.DataFrame(
        {
            "row": row,
            "transaction": transactions.id.gather(row),
            "item": book.items.number.gather(transactions.item[row]),
            "group": book.groups.label.gather(transactions.group[row]).fill_null(""),
            "model": labels.gather(run.model[row]),
            "reference": transactions.reference.gather(row),
            "date": pl.Series(np.where(movements.present[row], movements.date[row], date).astype(np.int32)).cast(
                pl.Date
            ),
            "cell": pl.Series([str(transactions.cells.cell(r, "id")) for r in row.tolist()], dtype=pl.String),
        }
    )
