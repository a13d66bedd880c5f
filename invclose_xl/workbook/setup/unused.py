"""Rows of the sheets *References* and *Dimensions* that change nothing in this book.

In      their raw tables; what the sheets *Transactions* and *Posting* hold.
Out     one remark per sheet, with the number of rows and what they name.
Errors  Findings, for information only.
Source  RULES R11 (nothing filled in is passed over without a word); WORKBOOK "Words of Reference", "Optional sheets".
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.problems.tally import Tally
from invclose_xl.domain.references import WORDS, make_word_key
from invclose_xl.domain.words import FINANCIAL_BY_DEFAULT
from invclose_xl.workbook.layout import heading_key
from invclose_xl.workbook.setup.costing_groups import FIELDS, NAMES
from invclose_xl.workbook.tables.columns import texts, yes_no
from invclose_xl.workbook.tables.table import Findings, RawTable
from invclose_xl.workbook.values.values import Fault

MOST_NAMES = 5


def words_in(*tables: RawTable | None) -> set[str]:
    """Return the words in the columns Reference of some sheets, as ``make_word_key`` has them."""
    found: set[str] = set()
    for table in tables:
        if table is not None and table.has("reference"):
            words = texts(table, "reference", Findings(table.cells)).drop_nulls().unique().to_list()
            found |= {make_word_key(word) for word in words}
    return found


def name_unused_words(table: RawTable | None, used: set[str], findings: Findings) -> None:
    """Count the rows of *References* whose word no row has, or means the same without them."""
    if table is None:
        return
    silent = Findings(table.cells)
    reference, means = texts(table, "reference", silent), texts(table, "means", silent)
    rows = []
    for row, (word, meant) in enumerate(zip(reference.to_list(), means.to_list(), strict=True)):
        key, meaning = make_word_key(word or ""), WORDS.get(make_word_key(meant or ""))
        if word and meaning is not None and (key not in used or WORDS.get(key) == meaning):
            rows.append(row)
    _remark(
        "IC198", rows, [str(reference[row]) for row in rows], "reference", findings,
        "no row of Transactions or Posting has such a word, or it has this meaning anyway.",
        "No action is needed if the words come up later. Otherwise, check their spelling.",
    )  # fmt: skip


def name_unused_dimensions(table: RawTable | None, values: Mapping[str, pl.Series], findings: Findings) -> None:
    """Count the rows of *Dimensions* that change the setting of a dimension that no transaction fills in."""
    if table is None:
        return
    silent = Findings(table.cells)
    name, claims = texts(table, "dimension", silent), yes_no(table, "financial_inventory", silent, False)
    rows, names = [], []
    for row in np.flatnonzero(name.is_not_null().to_numpy()).tolist():
        dimension = NAMES.get(heading_key(name[row]))
        if dimension is None or bool(claims[row]) == (dimension in FINANCIAL_BY_DEFAULT):
            continue
        if values[FIELDS[dimension]].null_count() == len(values[FIELDS[dimension]]):
            rows.append(row)
            names.append(dimension)
    _remark(
        "IC199", rows, names, "dimension", findings,
        "no transaction has a value of this dimension.",
        "No action is needed if its values come later. Otherwise, check the heading of its column on Transactions.",
    )  # fmt: skip


def _remark(code: str, rows: list[int], names: list[str], column: str, findings: Findings, why: str, fix: str) -> None:
    """Keep which rows this part of the book has no use for; only those that no part has any use for are named."""
    examples = [
        findings.example(row, column, Fault(code, name, why, fix), Severity.INFORMATION)
        for row, name in zip(rows, names, strict=True)
    ]
    findings.tallies.append(Tally((code,), _count_unused, (1,), tuple(examples)))


def _count_unused(tally: Tally) -> Iterator[Problem]:
    (parts,) = tally.numbers
    unused = [example for example, in_parts in Counter(tally.examples).items() if in_parts == parts]
    if unused:
        names, why, count = [example.found for example in unused], unused[0].problem, len(unused)
        shown = ", ".join(dict.fromkeys(names[:MOST_NAMES])) + (" …" if count > MOST_NAMES else "")
        problem = (
            f"{format_count(count, 'row')} of this sheet {choose_form(count, 'has', 'have')} no effect ({shown}): {why}"
        )
        yield replace(unused[0], found="", problem=problem)
