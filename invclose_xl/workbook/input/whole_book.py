"""What looks wrong in a whole book: no issues at all, an order that only receives, dates of another age.

In      the Draft of the transactions, quantities in units of the book's scale.
Out     nothing.
Errors  Findings, all of them warnings, one per kind.
Source  RULES R11.
"""

from datetime import date

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE, Bool, Int64
from invclose_xl.domain.days import to_day_number
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.workbook.input.transactions import Draft
from invclose_xl.workbook.tables.table import Findings
from invclose_xl.workbook.values.values import Fault

FIRST_LIKELY = to_day_number(date(1990, 1, 1))
ISSUING = {"Sales order": "number", "Production line": "production"}
"""References that issue goods, and the column that names their document"""


def check_signs_and_days(draft: Draft, quantity: Int64, findings: Findings, *, is_part: bool = False) -> None:
    """Warn of quantities that lost their sign, and of dates before 1990; errors come first."""
    if findings.stops():
        return
    receipt = (quantity > 0) & (quantity != NO_AMOUNT) & ~findings.is_bad("quantity")
    if len(quantity) > 1 and receipt.all() and not is_part:
        fault = Fault("IC560", "", "All quantities of the book are positive, so nothing was ever issued.",
                      "No action is needed if that is right. Otherwise, enter issues with a minus sign.")  # fmt: skip
        findings.cell(0, "quantity", fault, Severity.WARNING)
    else:
        for reference, document in ISSUING.items():
            _check_document(draft, receipt, reference, document, findings)
    for name in ("physical_date", "financial_date"):
        early = np.flatnonzero((draft.dates[name] != NO_DATE) & (draft.dates[name] < FIRST_LIKELY))
        if len(early):
            number = "The date is" if len(early) == 1 else f"{len(early):,} dates of this column are"
            fault = Fault("IC563", "", f"{number} before 1990.",
                          "No action is needed if that is right. Otherwise, correct the date.")  # fmt: skip
            findings.cell(int(early[0]), name, fault, Severity.WARNING)


def _check_document(draft: Draft, receipt: Bool, reference: str, document: str, findings: Findings) -> None:
    """Name the documents of a reference whose rows are all receipts, returns of a known lot aside."""
    own = (draft.texts["reference"] == reference).fill_null(value=False).to_numpy()
    own &= draft.texts["return_lot"].is_null().to_numpy()
    rows = np.flatnonzero(own)
    if not len(rows):
        return
    keys = pl.coalesce(*(draft.texts[name].gather(rows).alias(name) for name in dict.fromkeys((document, "number"))))
    frame = pl.DataFrame({"row": rows, "receipt": receipt[rows], "key": pl.select(keys).to_series().fill_null("")})
    alone = frame.group_by("key", maintain_order=True).agg(pl.col("receipt").all(), pl.col("row").first())
    alone = alone.filter("receipt")
    if alone.is_empty():
        return
    first, names = int(alone["row"][0]), ", ".join(name for name in alone["key"].head(5) if name)
    which = f" ({names}{', …' if len(alone) > 5 else ''})" if names else ""
    number = f"1 {reference} has" if len(alone) == 1 else f"{len(alone):,} of Reference {reference} have"
    fix = "No action is needed if goods were returned. Otherwise, enter the quantities with a minus sign."
    fault = Fault("IC561", "", f"{number} only receipts{which}, although this Reference issues goods.", fix)
    findings.cell(first, "quantity", fault, Severity.WARNING)
