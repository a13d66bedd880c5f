"""What a cell behind the lock held before it was changed, where the result sheets know it.

In      a book with its history, a transaction, a column, and the fingerprint that the lock kept of the cell.
Out     the old value as the sheet showed it; '' where no value in the result sheets has that fingerprint.
Source  RULES R10.2 ("the old value where our sheets know it").
"""

from collections.abc import Iterator
from datetime import date

import polars as pl

from invclose_xl.domain.book import Book
from invclose_xl.domain.days import day_number
from invclose_xl.domain.fingerprint import one_print, one_text_print
from invclose_xl.domain.id_keys import id_key, keys_of
from invclose_xl.domain.models import MARKING, PRINCIPLES
from invclose_xl.domain.money import amount_text, quantity_text
from invclose_xl.domain.words import DIMENSIONS, Kind

AMOUNTS = ("financial_amount", "physical_amount")
OF_DIMENSION = {name.lower().replace(" ", "_"): name.lower() for name in DIMENSIONS}


def old_value(book: Book, row: int, column: str, kept: str) -> str:
    """Return the value among all that the result sheets say of the transaction whose fingerprint is the kept one."""
    seen = _Seen(book, id_key(str(book.transactions.id[row])))
    if column == "quantity":
        scale = book.scales.quantity_scale
        return _number(seen.quantities(), scale, kept, quantity_text)
    if column in AMOUNTS:
        prior = int(book.transactions.prior_adjustment[row]) * (1 if book.transactions.quantity[row] > 0 else -1)
        return _number(seen.amounts(column, prior), book.scales.currency_decimals, kept, amount_text)
    if column in ("physical_date", "financial_date"):
        days = (day for day in seen.days() if one_print(day_number(day), 0) == kept)
        return str(next(days, ""))
    return next(
        (text for text in seen.texts(column) if kept in (one_text_print(text), one_text_print(id_key(text)))), ""
    )


def _number(values: Iterator[int], decimals: int, kept: str, write) -> str:  # type: ignore[no-untyped-def]
    signed = (unit for value in values for unit in (value, -value))
    return next((write(unit, decimals) for unit in signed if one_print(unit, decimals) == kept), "")


class _Seen:
    """The rows of the result sheets that speak of one transaction."""

    def __init__(self, book: Book, key: str) -> None:
        def of(table: str, field: str) -> pl.DataFrame:
            frame = book.history[table]
            return frame.filter(keys_of(field) == key)

        self.adjusted, self.estimated = of("adjustments", "transaction"), of("estimated_costs", "transaction")
        pairs = ("settlements", "value_links")
        self.as_issue = [of(table, "issue") for table in pairs]
        self.as_receipt = [of(table, "receipt") for table in pairs]

    def quantities(self) -> Iterator[int]:
        """Quantities of the transaction, as magnitudes."""
        for frame in (self.adjusted, self.estimated):
            yield from frame["quantity"].unique()
        for frame in (*self.as_issue, *self.as_receipt):
            yield int(frame["quantity"].sum())

    def amounts(self, column: str, prior: int) -> Iterator[int]:
        """Costs before an adjustment, with and without the prior adjustment; what a wholly settled issue took."""
        kind = Kind.PHYSICAL if column == "physical_amount" else Kind.FINANCIAL
        for cost in self.adjusted.filter(pl.col("kind") == kind)["old_cost"].unique():
            yield from (cost, cost - prior)
        for frame in (*self.as_issue, *self.as_receipt):
            yield int(frame["amount"].sum())

    def days(self) -> Iterator[date]:
        """Dates of the transaction."""
        yield from self.adjusted["transaction_date"].drop_nulls().unique()
        yield from self.estimated["date"].drop_nulls().unique()
        for frames, field in ((self.as_issue, "issue_date"), (self.as_receipt, "receipt_date")):
            for frame in frames:
                yield from frame[field].drop_nulls().unique()

    def texts(self, column: str) -> Iterator[str]:
        """Texts of a column: item, reference, the other side of a mark, dimensions out of the costing group."""
        frames = (self.adjusted, self.estimated, *self.as_issue, *self.as_receipt)
        if column == "item":
            yield from (text for frame in frames for text in frame["item"].unique())
        elif column == "reference":
            yield from self.adjusted["reference"].unique()
        elif column == "marked_to":
            marking = pl.col("principle") == PRINCIPLES[MARKING]
            yield from (text for frame in self.as_issue for text in frame.filter(marking)["receipt"])
            yield from (text for frame in self.as_receipt for text in frame.filter(marking)["issue"])
        elif column in OF_DIMENSION:
            for frame in frames:
                for group in frame["group"].unique():
                    parts = (part.partition("=") for part in group.split(" / "))
                    yield from (value for name, _, value in parts if name == OF_DIMENSION[column])
