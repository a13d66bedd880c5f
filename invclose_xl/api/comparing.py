"""The Python API of comparisons: a run beside another system's result, and what another inventory model would give.

In      the path of a workbook.
Out     Compared; nothing is written unless a file is named, and never to the book.
Errors  InputFault (3), Refused (4), BookUnusable (5), UnknownRun (2): the numbers are the exit codes.
Source  WORKBOOK "Command line" (compare).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Unpack

import polars as pl

from invclose_xl import __version__
from invclose_xl.analysis.compare.runs import UnknownRun, compare_runs
from invclose_xl.analysis.expected.compared import OtherGroups, compare_with_expected
from invclose_xl.analysis.what_if.side_by_side import what_if
from invclose_xl.api.places import read_data
from invclose_xl.api.report_file import Report, ReportHow
from invclose_xl.api.run_context import RunContext, book_or_raise
from invclose_xl.closing.request.dates import choose_close_date, first_date
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.currency import in_recorded_currency
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.domain.book import NO_DATE, Book
from invclose_xl.domain.days import date_of
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.problems.problem import CellRef, InputFault, Problem, Severity, WrongUsage
from invclose_xl.domain.views.changes import RunChanges
from invclose_xl.domain.views.expected import Comparison, Expected
from invclose_xl.domain.views.what_if import WhatIf
from invclose_xl.domain.words import ClosingType, Status
from invclose_xl.reports.comparison.expected import expected_json, expected_text, write_comparison
from invclose_xl.reports.comparison.what_if import what_if_json, what_if_text, write_what_if
from invclose_xl.reports.section import Decimals
from invclose_xl.workbook.input.read import Reading, read_book


@dataclass(frozen=True, slots=True)
class ComparedWithExpected:
    """A comparison with the sheet *Expected*."""

    comparison: Comparison
    decimals: Decimals
    problems: tuple[Problem, ...]
    """of the book and of the comparison"""

    def text(self) -> str:
        """Return the page that the command prints."""
        return expected_text(self.comparison, self.decimals)

    def json(self) -> dict[str, object]:
        """Return plain data; amounts are decimal text."""
        return expected_json(self.comparison, self.decimals)


@dataclass(frozen=True, slots=True)
class ComparedModels:
    """What another inventory model would give."""

    found: WhatIf
    decimals: Decimals
    problems: tuple[Problem, ...]

    def text(self) -> str:
        """Return the page that the command prints."""
        return what_if_text(self.found, self.decimals)

    def json(self) -> dict[str, object]:
        """Return plain data; amounts are decimal text."""
        return what_if_json(self.found, self.decimals)


def compare_model(
    book: str | Path,
    model: str,
    up_to: date | None = None,
    *,
    items: Sequence[str] = (),
    item_groups: Sequence[str] = (),
    output: str | Path | None = None,
    now: datetime | None = None,
    lies_at: str | Path | None = None,
    **how: Unpack[ReportHow],
) -> ComparedModels:
    """Compare the closes of a book with the same closes under another inventory model, in memory.

    ``up_to``: by default the closed date, in a book that was never closed the date that a close would have.
    """
    made = Report.at(Path(output), Path(lies_at or book), "What if", **how) if output is not None else None
    other = _model(model)
    reading = read_data(Path(book))
    content = in_recorded_currency(book_or_raise(reading))
    where = RunContext.here(now, "")
    state, first = read_state(content)[0], first_date(content.transactions)
    if up_to is None and state.closed_up_to != NO_DATE:
        day = date_of(state.closed_up_to)
    else:
        day = choose_close_date(state, first, up_to, content.parameters.close_inventory_up_to, where.today).day
    request = replace(_request(content, day, where), items=tuple(items), item_groups=tuple(item_groups))
    found = what_if(content, request, other)
    decimals = Decimals(content.scales.currency_decimals, content.scales.quantity_scale)
    if made is not None:
        target = made
        made.write(lambda file: write_what_if(found, decimals, target.book, target.target, file, now, target.mark))
    return ComparedModels(found, decimals, reading.problems)


def _model(name: str) -> InventoryModel:
    key = " ".join(name.split()).casefold()
    known = {model.label.casefold(): model for model in InventoryModel}
    if key not in known:
        labels = ", ".join(m.label for m in InventoryModel)
        raise WrongUsage(f"There is no inventory model {name!r}; it is one of: {labels}.")
    return known[key]


def compare_expected(
    book: str | Path,
    up_to: date | None = None,
    *,
    closing: str | None = None,
    output: str | Path | None = None,
    now: datetime | None = None,
    lies_at: str | Path | None = None,
    **how: Unpack[ReportHow],
) -> ComparedWithExpected:
    """Compare a close with the sheet *Expected*; ``output`` names a workbook for the result.

    The close is the one that ``closing`` names, or made up to the date, or named on the sheet, or the latest; in a book
    that was not closed up to the date it is computed in memory.
    ``lies_at`` is where the workbook lies that ``book`` is a copy of: links lead there.
    """
    made = Report.at(Path(output), Path(lies_at or book), "Comparison", **how) if output is not None else None
    reading = read_book(Path(book), to_compare=True)
    content = in_recorded_currency(book_or_raise(reading))
    expected = _expected(reading)
    where = RunContext.here(now, "")
    order, run = _run_to_compare(content, expected, up_to, closing, where)
    assert reading.compared is not None
    others = OtherGroups(reading.compared.used(), reading.compared.regrouped)
    comparison = compare_with_expected(content, order, expected, run, others)
    decimals = Decimals(content.scales.currency_decimals, content.scales.quantity_scale)
    if made is not None:
        target = made
        made.write(
            lambda file: write_comparison(comparison, decimals, target.book, target.target, file, now, target.mark)
        )
    return ComparedWithExpected(comparison, decimals, (*reading.problems, *comparison.problems))


def changes_between(book: str | Path, one: str, other: str) -> RunChanges:
    """Return which items, transactions and accounts moved from one run to another, and why."""
    return compare_runs(in_recorded_currency(book_or_raise(read_data(Path(book)))), one, other)


def _expected(reading: Reading) -> Expected:
    found = reading.compared.expected if reading.compared else None
    if found is not None and len(found):
        return found
    problem = "The book has no rows of another system to compare with."
    fix = "Fill in a sheet Expected with the columns Transaction ID and Adjustment, and run it again."
    raise InputFault([Problem("IC483", Severity.ERROR, CellRef("Expected"), "", problem, fix)])


def _run_to_compare(
    content: Book, expected: Expected, up_to: date | None, closing: str | None, where: RunContext
) -> tuple[RunRequest, str]:
    """Return the order of the run, and its number where it was made already."""
    lock = content.history["lock"].filter(pl.col("type") == ClosingType.CLOSING)
    active = lock.filter(pl.col("status") == Status.ACTIVE)
    named = sorted({name.upper() for name in expected.closing.to_list() if name} & set(lock["closing"]))
    if closing is None and up_to is not None:
        of_day = active.filter(pl.col("up_to") == up_to)["closing"].to_list()
        closing = of_day[-1] if of_day else None
    elif closing is None:
        closing = named[0] if len(named) == 1 else (active["closing"].to_list() or [None])[-1]
    if closing is None:
        state, first = read_state(content)[0], first_date(content.transactions)
        chosen = choose_close_date(state, first, up_to, content.parameters.close_inventory_up_to, where.today)
        return _request(content, chosen.day, where), ""
    found = lock.filter(pl.col("closing") == closing.strip().upper())
    if not len(found):
        names = ", ".join(lock["closing"].to_list()) or "none"
        raise UnknownRun(f"The workbook has no close {closing}; it has: {names}.")
    return _request(content, found["up_to"][0], where), str(found["closing"][0])


def _request(content: Book, day: date, where: RunContext) -> RunRequest:
    return RunRequest(
        ClosingType.CLOSING, day, content.parameters.specification, where.now, "", __version__, calendar_day=where.today
    )
