"""Explanations of what several transactions share: a document number, a lot, or a voucher of the ledger.

In      a Trace, and the ID that a user typed.
Out     Explanation with a table of the transactions and what they cost together; None where nothing has this name.
Source  WORKBOOK "Command line".
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from invclose_xl.domain.id_keys import make_id_key, make_id_keys
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.explanation_parts import Explanation, TextTable, amount, day, quantity

SHARED = (
    ("document", "Document", "number"),
    ("lot", "Lot", "lot"),
    ("voucher", "Voucher", "voucher"),
    ("voucher", "Packing slip voucher", "physical_voucher"),
)
"""subject, word of the title, column of Places; in this order"""


@dataclass(frozen=True, slots=True)
class CommonSubject:
    """A document, lot or voucher that several transactions share."""

    subject: str
    word: str
    name: str
    movements: list[int]


def transactions_that_share(trace: Trace, name: str) -> CommonSubject | None:
    """Return the transactions whose document number, else whose lot, else whose voucher is called so."""
    wanted = make_id_key(name)
    for subject, word, column in SHARED:
        texts: pl.Series = getattr(trace.movements, column)
        movements = (make_id_keys(texts) == wanted).arg_true().to_list() if wanted else []
        if movements:
            return CommonSubject(subject, word, str(texts[movements[0]]), movements)
    return None


def shared_names(trace: Trace) -> pl.Series:
    """Return all document numbers, lots and vouchers."""
    columns = [getattr(trace.movements, column) for _, _, column in SHARED]
    names: pl.Series = pl.concat(columns)
    return names.unique(maintain_order=True)


def explain_together(trace: Trace, shared: CommonSubject) -> Explanation:
    """List the transactions; issues count the other way round in what they come to together."""
    known, movements = trace.movements, shared.movements
    sign = np.sign(known.quantity[movements])
    rows = tuple(
        (
            known.id[k],
            day(trace, k),
            known.item[k],
            known.group[k],
            known.reference[k],
            ("-" if known.quantity[k] < 0 else "") + quantity(trace, known.quantity[k]),
            amount(trace, sign[at] * known.posted[k]),
            amount(trace, sign[at] * (known.cost[k] - known.posted[k])),
            amount(trace, sign[at] * known.cost[k]),
        )
        for at, k in enumerate(movements)
    )
    total = int((sign * known.cost[movements]).sum())
    return Explanation(
        shared.subject, shared.name, f"{shared.word} {shared.name}: {format_count(len(movements), 'transaction')}",
        facts=(
            ("Posted", amount(trace, int((sign * known.posted[movements]).sum()))),
            ("Cost now", amount(trace, total)),
        ),
        cost=total,
        tables=(
            TextTable("Its transactions, receipts +, issues −; explain one with its Transaction ID",
                  ("Transaction", "Date", "Item", "Costing group", "Reference", "Quantity", "Posted", "Adjusted",
                   "Cost"), rows),
        ),
    )  # fmt: skip
