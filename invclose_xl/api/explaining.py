"""Where a cost comes from and where it went: as text, plain data, DataFrame, picture and workbook.

In      the path of a workbook or a folder of tables, and the name of what is to be explained.
Out     Explained; nothing is written unless a file is named.
Errors  UnknownSubject, WrongUsage (2), InputFault (3), Refused (4), BookUnusable (5).
Source  WORKBOOK "Command line" (explain).
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import polars as pl

from invclose_xl.analysis.trace.trace import trace_costs
from invclose_xl.api.context.arguments import name_of, path_of
from invclose_xl.api.context.places import read_data
from invclose_xl.api.context.report_file import Report
from invclose_xl.api.context.run_context import book_or_raise
from invclose_xl.closing.state.currency import name_recorded_currency
from invclose_xl.domain.problems.problem import WrongUsage
from invclose_xl.domain.views.trace import Trace
from invclose_xl.files.landing import Landing
from invclose_xl.files.target import PICTURE_ENDINGS
from invclose_xl.reports.costs.explanation import explain as explain_trace
from invclose_xl.reports.costs.explanation_parts import Explanation
from invclose_xl.reports.explain.document import ExplanationDocument
from invclose_xl.reports.explain.plain_data import explain_rows, explanation_document
from invclose_xl.reports.explain.text import explain_text
from invclose_xl.reports.explain.workbook import write_explanation
from invclose_xl.reports.pictures.picture import content, draw

CELL = re.compile(r"(.+)!\$?[A-Za-z]{1,3}\$?(\d+)$")


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation and the way of the costs it was drawn from.

    ``text``, ``document``, ``frame``, ``picture`` and ``workbook`` give it; amounts are Decimal in the currency of the
    book.
    """

    title: str
    """the subject in words, such as ``T0270: issue of …``"""
    _explanation: Explanation = field(repr=False)
    _trace: Trace = field(repr=False)
    _book: Path = field(repr=False)

    def text(self) -> str:
        """Return the page that the command prints."""
        return explain_text(self._trace, self._explanation)

    def document(self) -> ExplanationDocument:
        """Return the explanation as ``--json`` prints it; its ``plain`` gives dictionaries and lists."""
        return explanation_document(self._trace, self._explanation)

    def picture(
        self,
        path: str | Path,
        view: Literal["time", "flow"] | None = None,
        *,
        force: bool = False,
        landing: Landing | None = None,
    ) -> None:
        """Write an .svg or .png file; ``view`` is by default what suits the subject.

        ``force``: replace whatever file is there, except the book.
        """
        if view not in (None, "time", "flow"):
            raise WrongUsage(f"view is {view!r}: give 'time' or 'flow'.")
        target = path_of(path, "path")
        report = Report.at(target, self._book, "Picture", PICTURE_ENDINGS, force=force, landing=landing)
        drawing = draw(self._trace, self._explanation, view)
        made = content(drawing, report.target.suffix, report.mark)
        report.write(lambda file: file.write(made))

    def workbook(
        self,
        path: str | Path,
        book: str | Path | None = None,
        now: datetime | None = None,
        *,
        force: bool = False,
        landing: Landing | None = None,
    ) -> None:
        """Write a workbook with the explanation and its picture, its links leading to ``book`` (default: the book).

        ``now`` is the clock; ``force``: replace whatever file is there, except the book.
        """
        target, at = path_of(path, "path"), path_of(book or self._book)
        report = Report.at(target, at, "Explanation", force=force, landing=landing)
        report.write(
            lambda file: write_explanation(
                self._trace, self._explanation, report.book, report.target, file, now, report.mark
            )
        )

    def frame(self) -> pl.DataFrame:
        """Return the parts of the cost, down to where they come from and went, one row each."""
        return pl.DataFrame(explain_rows(self._trace, self._explanation), infer_schema_length=None)


def explain(book: str | Path, name: str) -> Explained:
    """Explain a transaction, an item, a document number, a lot, a voucher, or a voucher line (``IC-000001/3``).

    book    a workbook, or a folder of tables
    name    an ID; a cell (``Transactions!C9``) stands for the transaction of its row

    returns  Explained: Decimal amounts in the currency of the book, quantities in the unit of the item
    errors   WrongUsage, UnknownSubject, InputFault, Refused, BookUnusable; nothing is written
    """
    path, subject = path_of(book), name_of(name, "name", "T0270")
    if subject is None:
        raise WrongUsage("name is None: give the ID of a transaction, an item, a document, a lot or a voucher.")
    trace = trace_costs(name_recorded_currency(book_or_raise(read_data(path))))
    return explain_traced(trace, _transaction_at(trace, subject) or subject, path)


def explain_traced(trace: Trace, name: str, book: Path) -> Explained:
    """Explain a subject of a book that was traced already."""
    explanation = explain_trace(trace, name)
    return Explained(explanation.title, explanation, trace, book)


def refuse_picture(path: str | Path, book: str | Path, *, force: bool = False) -> None:
    """Refuse, before any work, a file that no picture may be drawn into."""
    Report.at(Path(path), Path(book), "Picture", PICTURE_ENDINGS, force=force)


def _transaction_at(trace: Trace, cell: str) -> str:
    """Return the transaction whose row a cell is in; '' where there is none."""
    match = CELL.match(cell.strip())
    if match is None:
        return ""
    sheet, row = match[1], match[2]
    rows = trace.movements.cell.str.to_lowercase().str.replace(r"![a-z]+", "!")
    at = rows.index_of(f"{sheet}!{row}".lower())
    return "" if at is None else str(trace.movements.id[at])
