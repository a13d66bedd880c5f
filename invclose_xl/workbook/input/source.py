"""Where the tables of a book come from: the sheets of a workbook, or the tables of a folder. The reader sees no more.

Source  WORKBOOK "Read".
"""

from typing import Protocol

from invclose_xl.domain.problems.problem import Problem
from invclose_xl.workbook.history.result_sheets import History
from invclose_xl.workbook.layout import InputSheet
from invclose_xl.workbook.tables.sheet import SheetSource


class StoredResults(Protocol):
    """Result sheets of earlier runs, before the scales of the book are known."""

    def quantity_scale(self) -> int:
        """Return how many decimals the quantities of earlier runs need."""

    def tables_of(self, quantity_scale: int, currency_decimals: int) -> History:
        """Return the result tables as integers of these scales."""


class BookSource(SheetSource, Protocol):
    """Everything that a book is read from."""

    uses_1904: bool

    def results(self) -> StoredResults:
        """Return what earlier runs left."""

    def missing(self, spec: InputSheet) -> Problem:
        """Name a required table that is not there."""
