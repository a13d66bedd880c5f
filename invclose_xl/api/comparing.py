"""The Python API of comparisons: a run beside another system's result, and what another inventory model would give.

In      the path of a workbook.
Out     Compared; nothing is written unless a file is named, and never to the book.
Errors  InputFault (3), Refused (4), BookUnusable (5), UnknownRun (2): the numbers are the exit codes.
Source  WORKBOOK "Command line" (compare).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import polars as pl

from invclose_xl import __version__
from invclose_xl.analysis.compare.runs import UnknownRun
from invclose_xl.analysis.compare.runs import compare_runs as changes_of_runs
from invclose_xl.analysis.expected.compared import OtherGroups, compare_with_expected
from invclose_xl.analysis.what_if.side_by_side import compare_models
from invclose_xl.api.context.arguments import date_of, moment_of, name_of, names_of, path_of, refuse_other_than_flags
from invclose_xl.api.context.places import read_data
from invclose_xl.api.context.report_file import Report
from invclose_xl.api.context.run_context import RunContext, book_or_raise
from invclose_xl.closing.request.dates import choose_close_date, find_transaction_days
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.currency import name_recorded_currency
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.domain.book import NO_DATE, Book
from invclose_xl.domain.days import to_date as day_of
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.problems.problem import CellRef, InputFault, Problem, Severity, WrongUsage
from invclose_xl.domain.views.expected import Comparison, Expected
from invclose_xl.domain.views.old_book import explain_old_run, find_rolled_forward
from invclose_xl.domain.views.what_if import WhatIf
from invclose_xl.domain.words import ClosingType, Status
from invclose_xl.files.landing import Landing
from invclose_xl.reports.compare import RunComparison, run_comparison
from invclose_xl.reports.comparison.expected import expected_document, expected_text, sections_of, write_comparison
from invclose_xl.reports.comparison.what_if import (
    describe_question,
    what_if_document,
    what_if_sections,
    what_if_text,
    write_what_if,
)
from invclose_xl.reports.documents.document import Document
from invclose_xl.reports.section import Decimals, section_frame, section_named
from invclose_xl.workbook.input.read import Reading


@dataclass(frozen=True, slots=True)
class ComparedWithExpected:
    """A comparison with the sheet *Expected*.

    ``frame`` gives its tables, ``document`` what ``--json`` prints: amounts as Decimal in the currency of the book.
    """

    up_to: date
    problems: tuple[Problem, ...]
    """of the book and of the comparison"""
    _comparison: Comparison = field(repr=False)
    _decimals: Decimals = field(repr=False)

    def text(self) -> str:
        """Return the page that the command prints."""
        return expected_text(self._comparison, self._decimals)

    def document(self) -> Document:
        """Return the comparison as ``--json`` prints it; its ``plain`` gives dictionaries and lists."""
        return expected_document(self._comparison, self._decimals)

    def frame(self, name: str) -> pl.DataFrame:
        """Return a list as a DataFrame of exact decimals: ``Differences``, ``By cause`` or ``By account``."""
        return section_frame(section_named(sections_of(self._comparison), name), self._decimals)


@dataclass(frozen=True, slots=True)
class ComparedModels:
    """The closes of a book beside the same closes under another inventory model.

    ``frame`` gives its tables, ``document`` what ``--json`` prints: amounts as Decimal in the currency of the book.
    """

    question: str
    """what was compared, in words"""
    problems: tuple[Problem, ...]
    _found: WhatIf = field(repr=False)
    _decimals: Decimals = field(repr=False)

    def text(self) -> str:
        """Return the page that the command prints."""
        return what_if_text(self._found, self._decimals)

    def document(self) -> Document:
        """Return the comparison as ``--json`` prints it; its ``plain`` gives dictionaries and lists."""
        return what_if_document(self._found, self._decimals)

    def frame(self, name: str) -> pl.DataFrame:
        """Return a list as a DataFrame of exact decimals: ``By item`` or ``By account``."""
        return section_frame(section_named(what_if_sections(self._found), name), self._decimals)


def compare_model(
    book: str | Path,
    model: str,
    up_to: date | None = None,
    *,
    items: Sequence[str] = (),
    item_groups: Sequence[str] = (),
    output: str | Path | None = None,
    now: datetime | None = None,
    original: str | Path | None = None,
    force: bool = False,
    landing: Landing | None = None,
) -> ComparedModels:
    """Compare the closes of a book with the same closes under another inventory model, in memory.

    book         a workbook, or a folder of tables
    model        the other inventory model, such as ``Weighted average``
    up_to        default: the closed date, in a book that was never closed the date that a close would have
    items        only these item numbers have the other model, and
    item_groups  only items of these groups; both empty: all items
    output       a workbook to write the comparison to
    now          clock, UTC where it has no zone
    original      the workbook that ``book`` is a copy of: links lead there
    force        let ``output`` take the place of whatever file is there, except the book
    landing      knows from the rename on that the workbook is there

    returns       ComparedModels: Decimal amounts in the currency of the book, quantities in the unit of the item
    errors        WrongUsage, InputFault, Refused, BookUnusable; the book is never written
    """
    refuse_other_than_flags(force=force)
    path, asked, where = path_of(book), date_of(up_to, "up_to"), RunContext.here(moment_of(now), "")
    only, groups = names_of(items, "items"), names_of(item_groups, "item_groups")
    made = None
    if output is not None:
        at = path_of(original or book, "original")
        made = Report.at(path_of(output, "output"), at, "What if", force=force, landing=landing)
    other = _model(model)
    reading = read_data(path)
    content = _without_ledger(name_recorded_currency(book_or_raise(reading)))
    state, days = read_state(content), find_transaction_days(content.transactions)
    if asked is None and state.closed_up_to != NO_DATE:
        day = day_of(state.closed_up_to)
    else:
        day = choose_close_date(state, days, asked, content.parameters.close_inventory_up_to, where.today).day
    request = replace(_request(content, day, where), items=only, item_groups=groups)
    found = compare_models(content, request, other)
    decimals = Decimals(content.scales.currency_decimals, content.scales.quantity_scale)
    if made is not None:
        target = made
        made.write(lambda file: write_what_if(found, decimals, target.book, target.target, file, now, target.mark))
    return ComparedModels(describe_question(found), reading.problems, found, decimals)


def _model(name: object) -> InventoryModel:
    if not isinstance(name, str):
        raise WrongUsage(f"model is {name!r}: give an inventory model, such as 'Weighted average'.")
    key = " ".join(name.split()).casefold()
    known = {model.label.casefold(): model for model in InventoryModel}
    if key not in known:
        labels = ", ".join(m.label for m in InventoryModel)
        raise WrongUsage(f"There is no inventory model {name!r}; it is one of: {labels}.")
    return known[key]


def compare(
    book: str | Path,
    up_to: date | None = None,
    *,
    closing: str | None = None,
    output: str | Path | None = None,
    now: datetime | None = None,
    original: str | Path | None = None,
    force: bool = False,
    landing: Landing | None = None,
) -> ComparedWithExpected:
    """Compare a close with the sheet *Expected*, another system's own result.

    The close is the one that ``closing`` names, or made up to the date, or named on the sheet, or the latest; in a book
    that was not closed up to the date it is computed in memory.

    book     a workbook, or a folder of tables
    up_to    the date of the close
    closing  the close, such as ``IC-000003``
    output   a workbook to write the comparison to
    now      clock, UTC where it has no zone
    original  the workbook that ``book`` is a copy of: links lead there
    force    let ``output`` take the place of whatever file is there, except the book
    landing  knows from the rename on that the workbook is there

    returns   ComparedWithExpected: Decimal amounts in the currency of the book, quantities in the unit of the item
    errors    WrongUsage, UnknownRun, InputFault, Refused, BookUnusable; the book is never written
    """
    refuse_other_than_flags(force=force)
    path, day, named = path_of(book), date_of(up_to, "up_to"), name_of(closing, "closing", "IC-000003")
    where, made = RunContext.here(moment_of(now), ""), None
    if output is not None:
        at = path_of(original or book, "original")
        made = Report.at(path_of(output, "output"), at, "Comparison", force=force, landing=landing)
    reading = read_data(path, to_compare=True)
    content = _without_ledger(name_recorded_currency(book_or_raise(reading)))
    expected = _expected(reading)
    order, run = _run_to_compare(content, expected, day, named, where)
    assert reading.compared is not None
    others = OtherGroups(reading.compared.used(), reading.compared.regrouped)
    comparison = compare_with_expected(content, order, expected, run, others)
    decimals = Decimals(content.scales.currency_decimals, content.scales.quantity_scale)
    if made is not None:
        target = made
        made.write(
            lambda file: write_comparison(comparison, decimals, target.book, target.target, file, now, target.mark)
        )
    return ComparedWithExpected(comparison.up_to, (*reading.problems, *comparison.problems), comparison, decimals)


def compare_runs(book: str | Path, one: str, other: str) -> RunComparison:
    """Return which items, transactions and accounts moved from one run of a book to another, and why.

    book        a workbook, or a folder of tables
    one, other  runs, such as ``IC-000001``

    returns     RunComparison: Decimal amounts in the currency of the book, quantities in the unit of the item
    errors      WrongUsage, UnknownRun, InputFault, Refused, BookUnusable; nothing is written
    """
    path = path_of(book)
    names = [name_of(name, "the run to compare", "IC-000001") for name in (one, other)]
    if None in names:
        raise WrongUsage("Two runs are compared: name both, such as 'IC-000001' and 'IC-000003'.")
    return run_comparison(changes_of_runs(name_recorded_currency(book_or_raise(read_data(path))), one, other))


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
    named = sorted({name.upper() for name in expected.closing.to_list() if name} & set(lock["closing"]))
    own = lock.filter(pl.col("closing") > find_rolled_forward(content.history["lock"]))
    active = own.filter(pl.col("status") == Status.ACTIVE)
    if closing is None and up_to is not None:
        of_day = active.filter(pl.col("up_to") == up_to)["closing"].to_list()
        closing = of_day[-1] if of_day else None
    elif closing is None:
        closing = named[0] if len(named) == 1 else (active["closing"].to_list() or [None])[-1]
    if closing is None:
        state, days = read_state(content), find_transaction_days(content.transactions)
        chosen = choose_close_date(state, days, up_to, content.parameters.close_inventory_up_to, where.today)
        return _request(content, chosen.day, where), ""
    if elsewhere := explain_old_run(content.history["lock"], closing):
        raise UnknownRun(elsewhere)
    found = lock.filter(pl.col("closing") == closing.strip().upper())
    if not len(found):
        names = ", ".join(lock["closing"].to_list()) or "none"
        raise UnknownRun(f"The workbook has no close {closing}; it has: {names}.")
    return _request(content, found["up_to"][0], where), str(found["closing"][0])


def _without_ledger(content: Book) -> Book:
    """Return the book with its ledger open: no voucher is posted, so no period of the ledger can refuse one."""
    return replace(content, parameters=content.parameters.model_copy(update={"ledger_closed_up_to": None}))


def _request(content: Book, day: date, where: RunContext) -> RunRequest:
    return RunRequest(
        ClosingType.CLOSING, day, content.parameters.specification, where.now, "", __version__, calendar_day=where.today
    )
