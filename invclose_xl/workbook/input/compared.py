"""Cells that a close has no use for: the sheet *Expected*, all dimensions, for comparisons; texts for rows like others.

In      the texts of the transactions, and the book that was read.
Out     Compared; the same book with other financial dimensions.
Source  WORKBOOK "Command line" (compare); RULES R3.1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from invclose_xl.domain.book import Book, Int64
from invclose_xl.domain.views.expected import Expected
from invclose_xl.workbook.setup.costing_groups import FIELDS, costing_groups


@dataclass(frozen=True, slots=True)
class Compared:
    """The sheet *Expected* (None where there is none), and the dimensions of every transaction in row order."""

    expected: Expected | None
    item_keys: pl.Series
    dimensions: Mapping[str, pl.Series]
    """field of the transactions -> values"""
    texts: Mapping[str, pl.Series] = field(default_factory=dict)
    """likewise of columns that all rows have alike: company, unit, currency"""

    def used(self) -> list[str]:
        """Return the names of the dimensions that are filled in anywhere."""
        return [d for d, name in FIELDS.items() if self.dimensions[name].null_count() < len(self.dimensions[name])]

    def regrouped(self, book: Book, dimensions: Sequence[str], place: Int64) -> Book:
        """Return the book with other financial dimensions; ``place``: where its rows stood when they were read."""
        values = {name: texts.gather(place) for name, texts in self.dimensions.items()}
        groups, group = costing_groups(book.transactions.item, self.item_keys, values, dimensions)
        transactions = replace(book.transactions, group=group)
        return replace(book, groups=groups, transactions=transactions, financial_dimensions=tuple(dimensions))


def in_row_order(texts: Mapping[str, pl.Series], names: Iterable[str], order: Int64) -> dict[str, pl.Series]:
    """Return some columns of text in row order."""
    return {name: texts[name].gather(order) for name in names}
