"""Signs that a whole book is wrong: no issues at all, an order that only receives, dates of another age.

In      the Draft of the transactions, quantities in units of the book's scale.
Out     nothing.
Errors  Findings: tallies, told as warnings, one per kind.
Source  RULES R11.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE, Bool, Int64
from invclose_xl.domain.days import to_day_number
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.problems.problem import Problem
from invclose_xl.domain.problems.tally import Tally
from invclose_xl.workbook.input.transactions import Draft
from invclose_xl.workbook.tables.table import Findings
from invclose_xl.workbook.values.values import Fault

FIRST_LIKELY = to_day_number(date(1990, 1, 1))
ISSUING = {"Sales order": "number", "Production line": "production"}
"""References that issue goods, and the column that names their document"""


def check_signs_and_days(draft: Draft, quantity: Int64, findings: Findings) -> None:
    """Warn of quantities that lost their sign, and of dates before 1990; errors come first."""
    if findings.stops():
        return
    receipt = (quantity > 0) & (quantity != NO_AMOUNT) & ~findings.is_bad("quantity")
    numbers = len(quantity), int(receipt.sum())
    fault = Fault("IC560", "", "All quantities of the book are positive, so nothing was ever issued.",
                  "No action is needed if that is right. Otherwise, enter issues with a minus sign.")  # fmt: skip
    first = [findings.example(row, "quantity", fault) for row in range(min(1, len(quantity)))]
    findings.tallies.append(Tally(("IC560",), _tell_without_issues, numbers, tuple(first)))
    for reference, document in ISSUING.items():
        _check_document(draft, receipt, reference, document, numbers, findings)
    for name in ("physical_date", "financial_date"):
        early = np.flatnonzero((draft.dates[name] != NO_DATE) & (draft.dates[name] < FIRST_LIKELY))
        if len(early):
            fault = Fault("IC563", "", "", "No action is needed if that is right. Otherwise, correct the date.")
            example = findings.example(int(early[0]), name, fault)
            findings.tallies.append(Tally(("IC563", name), _count_early, (len(early),), (example,)))


def _has_no_issue(rows: int, receipts: int) -> bool:
    return rows > 1 and rows == receipts


def _tell_without_issues(tally: Tally) -> Iterator[Problem]:
    if _has_no_issue(*tally.numbers):
        yield tally.examples[0]


def _count_early(tally: Tally) -> Iterator[Problem]:
    (count,) = tally.numbers
    yield tally.first(f"{'The date is' if count == 1 else f'{count:,} dates of this column are'} before 1990.")


def _check_document(
    draft: Draft, receipt: Bool, reference: str, document: str, numbers: tuple[int, int], findings: Findings
) -> None:
    """Count the documents of a reference whose rows are all receipts, returns of a known lot aside."""
    own = (draft.texts["reference"] == reference).fill_null(value=False).to_numpy()
    own &= draft.texts["return_lot"].is_null().to_numpy()
    rows = np.flatnonzero(own)
    keys = pl.coalesce(*(draft.texts[name].gather(rows).alias(name) for name in dict.fromkeys((document, "number"))))
    frame = pl.DataFrame({"row": rows, "receipt": receipt[rows], "key": pl.select(keys).to_series().fill_null("")})
    documents = frame.group_by("key", maintain_order=True).agg(pl.col("receipt").all(), pl.col("row").first())
    fix = "No action is needed if goods were returned. Otherwise, enter the quantities with a minus sign."
    examples = [
        findings.example(row, "quantity", Fault("IC561", key, "", fix))
        for key, row in documents.filter("receipt").select("key", "row").rows()
    ]
    issued = _fingerprints(documents.filter(~pl.col("receipt"))["key"])
    kind = ("IC561", reference)
    findings.tallies.append(Tally(kind, _count_documents, numbers, tuple(examples), keys=issued.to_numpy().tobytes()))


def _fingerprints(keys: pl.Series) -> pl.Series:
    return keys.hash(seed=0)


def _count_documents(tally: Tally) -> Iterator[Problem]:
    """Tell the documents that no part has an issue of."""
    if not tally.examples:
        return
    first: dict[str, Problem] = {}
    for example in tally.examples:
        first.setdefault(example.found, example)
    keys = pl.Series(np.frombuffer(tally.keys, np.uint64)).implode()
    issued = _fingerprints(pl.Series(list(first), dtype=pl.String)).is_in(keys)
    alone = [example for example, is_issued in zip(first.values(), issued, strict=True) if not is_issued]
    if not alone or _has_no_issue(*tally.numbers):
        return
    reference, names = tally.kind[1], ", ".join(example.found for example in alone[:5] if example.found)
    which = f" ({names}{', …' if len(alone) > 5 else ''})" if names else ""
    number = f"1 {reference} has" if len(alone) == 1 else f"{len(alone):,} of Reference {reference} have"
    problem = f"{number} only receipts{which}, although this Reference issues goods."
    yield replace(alone[0], found="", problem=problem)
