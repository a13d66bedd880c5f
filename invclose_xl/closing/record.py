"""Writing a run down: its rows in the result tables, in the order of the sheets.

In      a Run and its voucher; what it has to say.
Out     the new rows of every result table (domain.tables), ordered by item, group, queue order.
Source  WORKBOOK "Written"; RULES R1 (magnitudes), R10.4.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from invclose_xl.closing.adjustments.adjust import CAUSES
from invclose_xl.closing.earlier.corrections import Corrections
from invclose_xl.closing.estimates.basis_in_words import SUPERSEDED, describe_basis, describe_expense
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.state.as_of import select_financial
from invclose_xl.closing.state.locked_rows import make_currency_rows, make_locked_rows
from invclose_xl.domain.book import Integers
from invclose_xl.domain.models import PRINCIPLES
from invclose_xl.domain.money import mul_div
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.tables import DAY, FORMAT, LOCK, LOG, Tables, repeat_value
from invclose_xl.domain.words import EXPENSED, EstimateCause, EstimateType, Kind, Status


def record(run: Run, voucher: pl.DataFrame, corrections: Corrections) -> Tables:
    """Return the rows that this run adds to each result table, not sealed yet (closing.lock.sealing).

    What it has to say comes once all parts are together (``write_log``).
    """
    new: Tables = {
        "settlements": pl.concat([_record_passed_down(run), _record_pairs(run, settlements=True)]),
        "value_links": _record_pairs(run, settlements=False),
        "adjustments": pl.concat(
            [corrections.adjustments, _record_adjustments(run).select(corrections.adjustments.columns)]
        ),
        "vouchers": voucher,
        "closing_transactions": _record_closing_transfers(run),
        "estimated_costs": pl.concat([corrections.estimated_costs, _record_estimates(run)]),
        "locked_rows": _record_locked_rows(run),
        "log": pl.DataFrame(schema=LOG),
    }
    if not run.request.settles:
        new |= {name: new[name].clear() for name in ("settlements", "value_links", "closing_transactions")}
    new["lock"] = _lock(run, new)
    return new


def write_log(new: Tables, said: Sequence[Problem]) -> Tables:
    """Return the rows of a run with what is to be said: the rows of *Log*, and their number in its row of the lock."""
    closing = str(new["lock"]["closing"][0])
    warnings = pl.lit(sum(p.severity is Severity.WARNING for p in said), dtype=pl.Int64)
    return {**new, "log": make_log_rows(closing, said), "lock": new["lock"].with_columns(warnings=warnings)}


def _to_dates(days: Integers) -> pl.Series:
    return pl.Series(days.astype(np.int32), dtype=pl.Int32).cast(pl.Date)


def _name_item_and_group(run: Run, group: Integers) -> dict[str, pl.Series]:
    book = run.book
    return {
        "item": book.items.number.gather(book.groups.item[group]),
        "group": book.groups.label.gather(group),
    }


def _record_pairs(run: Run, settlements: bool) -> pl.DataFrame:
    """Settlements or value links, sorted by the issue's place in the queue."""
    pairs, movements = run.matching.pairs, run.movements
    transfers = run.matching.transfers
    ids = pl.concat([movements.id, run.new_leg_ids])
    date = np.concatenate([movements.date, np.repeat(transfers.date, 2)])
    group = np.concatenate([movements.group, np.repeat(transfers.group, 2)])
    chosen = np.flatnonzero(run.costs.pair_settles == settlements)
    issue = pairs.issue[chosen]
    chosen = chosen[np.lexsort((issue, date[issue], group[issue]))]
    issue, receipt = pairs.issue[chosen], pairs.receipt[chosen]
    return pl.DataFrame(
        {
            "closing": repeat_value(run.name, len(chosen)),
            "date": repeat_value(run.request.up_to, len(chosen), DAY),
            **_name_item_and_group(run, group[issue]),
            "principle": pl.Series(PRINCIPLES, dtype=pl.String).gather(pairs.principle[chosen]),
            "issue": ids.gather(issue),
            "receipt": ids.gather(receipt),
            "quantity": pairs.quantity[chosen],
            "amount": run.costs.pair_amount[chosen],
            "issue_date": _to_dates(date[issue]),
            "receipt_date": _to_dates(date[receipt]),
            "status": repeat_value(Status.ACTIVE.value, len(chosen)),
        }
    )


def _record_passed_down(run: Run) -> pl.DataFrame:
    """Settlements of quantity 0: what earlier settlements get of a change of their receipt's cost (RULES R7.4)."""
    settled, movements = run.state.settled, run.movements
    moved = run.costs.passed_down_amount != 0
    chosen, amount = run.costs.passed_down[moved], run.costs.passed_down_amount[moved]
    issue = settled.issue[chosen]
    order = np.lexsort((chosen, issue, movements.date[issue], movements.group[issue]))
    chosen, amount, issue = chosen[order], amount[order], issue[order]
    receipt = settled.receipt[chosen]
    return pl.DataFrame(
        {
            "closing": repeat_value(run.name, len(chosen)),
            "date": repeat_value(run.request.up_to, len(chosen), DAY),
            **_name_item_and_group(run, movements.group[issue]),
            "principle": settled.principle.gather(chosen),
            "issue": movements.id.gather(issue),
            "receipt": movements.id.gather(receipt),
            "quantity": np.zeros(len(chosen), dtype=np.int64),
            "amount": amount,
            "issue_date": _to_dates(movements.date[issue]),
            "receipt_date": _to_dates(movements.date[receipt]),
            "status": repeat_value(Status.ACTIVE.value, len(chosen)),
        }
    )


def _record_adjustments(run: Run) -> pl.DataFrame:
    adjustments, movements, transactions = run.adjustments, run.movements, run.book.transactions
    return pl.DataFrame(
        {
            "closing": repeat_value(run.name, len(adjustments)),
            "date": repeat_value(run.request.up_to, len(adjustments), DAY),
            **_name_item_and_group(run, movements.group[adjustments.row]),
            "transaction": movements.id.gather(adjustments.row),
            "transaction_date": _to_dates(movements.date[adjustments.row]),
            "reference": transactions.reference.gather(adjustments.row),
            "kind": pl.Series([Kind.FINANCIAL.value, Kind.PHYSICAL.value]).gather(
                adjustments.is_physical.astype(np.int64)
            ),
            "quantity": np.abs(movements.quantity[adjustments.row]),
            "old_cost": adjustments.old_cost,
            "new_cost": adjustments.new_cost,
            "adjustment": adjustments.amount,
            "rounding_difference": adjustments.rounding_difference,
            "inventory_change": np.where(movements.quantity[adjustments.row] > 0, 1, -1) * adjustments.amount,
            "cause": pl.Series([c.value for c in CAUSES]).gather(adjustments.cause.astype(np.int64)),
            "charge": repeat_value("", len(adjustments)),
            "status": repeat_value(Status.ACTIVE.value, len(adjustments)),
        }
    )


def _record_closing_transfers(run: Run) -> pl.DataFrame:
    transfers = run.matching.transfers
    legs = transfers.first_leg + np.arange(2 * len(transfers), dtype=np.int64)
    return pl.DataFrame(
        {
            "closing": repeat_value(run.name, len(legs)),
            "transaction": run.new_leg_ids,
            "date": _to_dates(np.repeat(transfers.date, 2)),
            **_name_item_and_group(run, np.repeat(transfers.group, 2)),
            "quantity": np.repeat(transfers.quantity, 2),
            "amount": run.costs.cost[legs],
            "status": repeat_value(Status.ACTIVE.value, len(legs)),
        }
    )


def _record_estimates(run: Run) -> pl.DataFrame:
    """New estimates, before each what is taken back of an earlier one, after it what is expensed."""
    estimates, movements, scales = run.estimates, run.movements, run.book.scales
    row = np.concatenate([estimates.back_row, estimates.row, estimates.expense.row])
    amount = np.concatenate([-estimates.back_amount, estimates.amount, estimates.expense.amount])
    value = np.concatenate([estimates.back_amount, estimates.value, estimates.expense.cost])
    quantity = np.concatenate(
        [
            np.abs(movements.quantity[estimates.back_row]),
            estimates.quantity,
            np.abs(movements.quantity[estimates.expense.row]),
        ]
    )
    texts = (
        [SUPERSEDED] * len(estimates.back_row)
        + describe_basis(estimates, scales)
        + describe_expense(estimates.expense, scales)
    )
    order = np.lexsort((np.arange(len(row)), row, movements.date[row], movements.group[row]))
    millionths = 10 ** (6 + scales.quantity_scale)
    units = 10**scales.currency_decimals
    unit_cost = [
        mul_div(v, millionths, q * units) for v, q in zip(value[order].tolist(), quantity[order].tolist(), strict=True)
    ]
    row = row[order]
    return pl.DataFrame(
        {
            "closing": repeat_value(run.name, len(row)),
            "transaction": movements.id.gather(row),
            **_name_item_and_group(run, movements.group[row]),
            "date": _to_dates(movements.date[row]),
            "quantity": np.abs(movements.quantity[row]),
            "unit_cost": pl.Series(unit_cost, dtype=pl.Int64),
            "amount": amount[order],
            "basis": pl.Series(texts, dtype=pl.String).gather(order),
            "status": repeat_value(Status.ACTIVE.value, len(row)),
            **{name: words.gather(order) for name, words in _name_estimates(run).items()},
        }
    )


def _name_estimates(run: Run) -> dict[str, pl.Series]:
    """Return Kind, Type and Cause of the rows of *Estimated costs*: taken back, new, expensed."""
    estimates, expense = run.estimates, run.estimates.expense
    kinds = pl.Series([Kind.FINANCIAL.value, Kind.PHYSICAL.value])
    causes = pl.Series([EstimateCause.NEW.value, EstimateCause.SUPERSEDED.value])
    is_physical = [estimates.back_is_physical, ~run.movements.financial[estimates.row], expense.is_physical]
    takes_back = [estimates.back_row >= 0, estimates.row < 0, (expense.difference < 0) & ~expense.repeated]
    types = [EstimateType.ESTIMATE.value] * (len(estimates.back_row) + len(estimates))
    return {
        "kind": kinds.gather(np.concatenate(is_physical).astype(np.int64)),
        "type": pl.Series(types + [EXPENSED[reason].value for reason in expense.reason.tolist()], dtype=pl.String),
        "cause": causes.gather(np.concatenate(takes_back).astype(np.int64)),
    }


def _record_locked_rows(run: Run) -> pl.DataFrame:
    """Return what a close locks; a recalculation locks nothing (RULES R10.4), it keeps what its amounts mean."""
    if not run.request.settles:
        return make_currency_rows(run.book, run.name)
    return make_locked_rows(run.book, run.name, run.request.day, select_financial(run.book, run.request.day))


def make_log_rows(closing: str, problems: Sequence[Problem]) -> pl.DataFrame:
    """Return the rows of the sheet Log for what a run has to say."""
    return pl.DataFrame(
        {
            "closing": [closing] * len(problems),
            "severity": [p.severity.value for p in problems],
            "code": [p.code for p in problems],
            "rule": [p.rule for p in problems],
            "item": [p.item for p in problems],
            "transaction": [p.transaction for p in problems],
            "cell": [str(p.where) if p.where.row else "" for p in problems],
            "message": [p.problem for p in problems],
            "fix": [p.fix for p in problems],
        },
        schema=LOG,
    )


def _lock(run: Run, new: Tables) -> pl.DataFrame:
    """Return the closing's own row; its Digest comes when it is sealed."""
    movements, rows = run.movements, run.movements.transactions
    chosen = run.chosen[movements.item[:rows]]
    present = np.flatnonzero(movements.present[:rows] & chosen)
    settled = new["settlements"]
    without_legs = settled.filter(~pl.col("issue").str.contains(r"^IC-\d+/W\d+/I$"))
    voucher = run.name if len(new["vouchers"]) else ""
    return pl.DataFrame(
        {
            "closing": [run.name],
            "type": [run.request.type.value],
            "up_to": [run.request.up_to],
            "status": [Status.ACTIVE.value],
            "run_at": [run.request.run_at],
            "run_by": [run.request.run_by],
            "version": [run.request.version],
            "specification": [run.request.specification.value],
            "items": [len(np.unique(movements.item[present]))],
            "transactions": [len(present)],
            "settlements": [len(settled)],
            "settled_amount": [int(without_legs["amount"].sum())],
            "adjustment_amount": [int(new["adjustments"]["inventory_change"].sum())],
            "warnings": [0],
            "voucher": [voucher],
            "reverses": [""],
            "digest": [""],
            "format": [FORMAT],
        },
        schema=LOCK,
    )
