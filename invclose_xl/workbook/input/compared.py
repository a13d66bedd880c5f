"""What only a comparison needs of a workbook: the sheet *Expected*, and all dimensions, to try other costing groups.

In      the texts of the transactions, and the book that was read.
Out     Compared; the same book with other financial dimensions.
Source  WORKBOOK "Command line" (compare); RULES R3.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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

    def used(self) -> list[str]:
        """Return the names of the dimensions that are filled in anywhere."""
        return [d for d, field in FIELDS.items() if self.dimensions[field].null_count() < len(self.dimensions[field])]

    def regrouped(self, book: Book, dimensions: Sequence[str], place: Int64) -> Book:
        """Return the book with other financial dimensions; ``place``: where its rows stood when they were read."""
        values = {field: texts.gather(place) for field, texts in self.dimensions.items()}
        groups, group = costing_groups(book.transactions.item, self.item_keys, values, dimensions)
        transactions = replace(book.transactions, group=group)
        return replace(book, groups=groups, transactions=transactions, financial_dimensions=tuple(dimensions))


def dimension_values(texts: Mapping[str, pl.Series], order: Int64) -> dict[str, pl.Series]:
    """Return the dimension columns in row order."""
    return {field: texts[field].gather(order) for field in FIELDS.values()}
