"""The result of a reconciliation, as Python code sees it: amounts as decimals, nothing in minor units.

In      ReconciliationData, sections and path of the workbook included.
Out     Reconciliation: its tables, its page, its document.
Source  WORKBOOK "Command line" (reconcile).
"""

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import polars as pl

from invclose_xl.domain.problems.problem import Problem
from invclose_xl.reports.reconciliation.reconcile import ReconciliationData
from invclose_xl.reports.reconciliation.text import ReconciliationDocument, reconcile_document, reconcile_text
from invclose_xl.reports.section import section_frame, section_named


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Stock beside the general ledger at a date.

    ``tables`` are the names that ``frame`` takes; ``frame`` and ``document`` give amounts as Decimal in the currency of
    the book, quantities as Decimal in the unit of the item.
    """

    up_to: date
    closed_up_to: date | None
    """the last closing up to that date"""
    currency: str
    problems: tuple[Problem, ...]
    """what is remarkable about the book as it is now"""
    written: Path
    """the workbook, or the folder that it lies in"""
    _data: ReconciliationData = field(repr=False)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the sheets with a table."""
        return tuple(section.name for section in self._data.sections)

    def frame(self, name: str) -> pl.DataFrame:
        """Return the table of one sheet (``By item``, ``Ageing``, ``Differences``, …) as exact decimals."""
        section = section_named(self._data.sections, name)
        shown = tuple(c for c in section.columns if not c.field.endswith("_key"))
        frame = section_frame(replace(section, columns=shown), self._data.decimals)
        return frame.rename({c.field: c.heading for c in shown if c.field.startswith(("bucket", "beside"))})

    def text(self) -> str:
        """Return the page that the command prints."""
        return reconcile_text(self._data)

    def document(self) -> ReconciliationDocument:
        """Return the reconciliation as ``--json`` prints it; its ``plain`` gives dictionaries and lists."""
        return reconcile_document(self._data, self.written)


def show_reconciliation(data: ReconciliationData, written: Path) -> Reconciliation:
    """Return the result for what was drawn and written."""
    return Reconciliation(data.up_to, data.closed, data.currency, data.problems, written, data)
