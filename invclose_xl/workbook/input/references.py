"""The sheet *References*, and what the words of Reference do to the rows of *Transactions* while these are read.

In      the raw tables; the Draft of the transactions.
Out     ReferenceWords; the transactions without the rows that move nothing.
Errors  Findings: words that *References* does not explain, legs of another system's closing that are still open.
Source  WORKBOOK "Words of Reference"; RULES R9.1.
"""

from collections.abc import Iterator

import numpy as np

from invclose_xl.domain.book import Bool, Int64, SheetCells
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.problems.tally import Tally
from invclose_xl.domain.references import FIRST_WORDS, LABELS, WORDS, Meaning, ReferenceWords, make_word_key
from invclose_xl.workbook.input.transactions import Draft
from invclose_xl.workbook.layout import REFERENCES, heading_key
from invclose_xl.workbook.tables.columns import texts
from invclose_xl.workbook.tables.table import Findings, RawTable, required
from invclose_xl.workbook.values.values import Fault

NUMBERED = "referencecategory"
"""heading of a column in which numbers stand for words"""


def parse_references(table: RawTable | None, findings: Findings) -> dict[str, Meaning]:
    """Return what the words of another language mean, by ``make_word_key``."""
    if table is None:
        return {}
    reference, means = (texts(table, name, findings) for name in ("reference", "means"))
    for column, found in zip(REFERENCES.columns, (reference, means), strict=True):
        required(table, column, found.is_null().to_numpy(), findings)
    own: dict[str, Meaning] = {}
    first: dict[str, int] = {}
    for row, (word, meant) in enumerate(zip(reference.to_list(), means.to_list(), strict=True)):
        if word is None or meant is None:
            continue
        key, meaning = make_word_key(word), WORDS.get(make_word_key(meant))
        if meaning is None:
            problem = "This is not a meaning that a Reference can have."
            findings.cell(row, "means", Fault("IC347", meant, problem, f"Enter one of: {', '.join(FIRST_WORDS)}."))
        elif own.setdefault(key, meaning) != meaning:
            earlier = findings.cells.cell(first[key], "reference")
            where = earlier.seen_from(findings.cells.cell(row, "reference"))
            problem = f"{where} already gives this word the meaning {LABELS[own[key]]}."
            findings.cell(row, "reference", Fault("IC348", word, problem, "Delete one of the two rows."))
        first.setdefault(key, row)
    return own


def numbered_rows(cells: SheetCells) -> Bool:
    """Return the rows of the sheets whose column Reference is headed *ReferenceCategory*: each has its own headings."""
    parts = cells.parts if cells.part is not None else (cells,)
    headed = np.array([_heading(part) == NUMBERED for part in parts], dtype=np.bool_)
    part = np.zeros(len(cells.rows), dtype=np.int32) if cells.part is None else cells.part
    return headed[part]


def is_numbered(table: RawTable | None) -> bool:
    """Say whether the column Reference of any sheet of a table is headed *ReferenceCategory*."""
    if table is None:
        return False
    return any(_heading(part) == NUMBERED for part in table.cells.parts or (table.cells,))


def _heading(cells: SheetCells) -> str:
    return heading_key(cells.columns.get("reference", ("", ""))[1])


def pass_over_blocking(table: RawTable, words: ReferenceWords, findings: Findings) -> tuple[RawTable, Findings]:
    """Leave out the rows of inventory blocking, which hold stock back and move none; one remark counts them."""
    reference = texts(table, "reference", Findings(table.cells))
    blocking = (
        words.find_meanings(reference, np.zeros(len(table), dtype=np.int64), numbered_rows(table.cells))
        == Meaning.BLOCKING
    )
    rows = np.flatnonzero(blocking)
    if not len(rows):
        return table, findings
    fault = Fault("IC155", str(reference[int(rows[0])]), "", "No action is needed.")
    example = findings.example(int(rows[0]), "reference", fault, Severity.INFORMATION)
    findings.tallies.append(Tally(("IC155",), _count_blocking, (len(rows),), (example,)))
    kept = table.without_rows(blocking)
    return kept, Findings(kept.cells, findings.problems, tallies=findings.tallies)


def _count_blocking(tally: Tally) -> Iterator[Problem]:
    (count,) = tally.numbers
    moves, skipped = choose_form(count, "moves", "move"), choose_form(count, "is", "are")
    yield tally.first(f"{format_count(count, 'row')} of inventory blocking {moves} no stock and {skipped} skipped.")


def check_other_closings(draft: Draft, units: dict[str, Int64], words: ReferenceWords, findings: Findings) -> None:
    """Name the legs of the other system's own average closing that are still open: their value is there twice."""
    quantity, settled = units["quantity"], units["prior_settled_quantity"]
    legs = (
        words.find_meanings(draft.texts["reference"], quantity, numbered_rows(draft.table.cells))
        == Meaning.OTHER_CLOSING
    )
    is_open = np.where(settled == NO_AMOUNT, 0, np.abs(settled)) != np.abs(quantity)
    for row in np.flatnonzero(legs & is_open & (quantity != NO_AMOUNT) & ~findings.is_bad("quantity")).tolist():
        fault = Fault(
            "IC345", str(draft.texts["reference"][row]),
            "The row was posted by the other system's own average closing and is not fully settled, so the receipts"
            " that it summarizes would be counted twice.",
            "Enter its full quantity as Prior settled quantity and its full cost as Prior settled amount, or delete"
            " the row.",
        )  # fmt: skip
        findings.cell(row, "reference", fault)
