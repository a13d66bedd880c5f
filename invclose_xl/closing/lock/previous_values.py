"""Previous value of a cell behind the lock that was changed, where the result sheets know it.

In      a book with its history, a transaction, a column, and the fingerprint that the lock kept of the cell.
Out     the old value as the sheet showed it; '' where no value in the result sheets has that fingerprint.
Source  RULES R10.2 ("the old value where our sheets know it").
"""

from collections.abc import Iterator
from datetime import date

import polars as pl

from invclose_xl.domain.book import Book
from invclose_xl.domain.days import to_day_number
from invclose_xl.domain.fingerprint import fingerprint_number, fingerprint_text
from invclose_xl.domain.id_keys import make_id_key, make_key_column
from invclose_xl.domain.models import MARKING, PRINCIPLES
from invclose_xl.domain.money import format_amount, format_quantity
from invclose_xl.domain.words import DIMENSIONS, Kind

AMOUNTS = ("financial_amount", "physical_amount")
OF_DIMENSION = {name.lower().replace(" ", "_"): name.lower() for name in DIMENSIONS}


def find_previous_value(book: Book, row: int, column: str, kept: str) -> str:
    """Return the value among all that the result sheets say of the transaction whose fingerprint is the kept one."""
    seen = _Seen(book, make_id_key(str(book.transactions.id[row])))
    if column == "quantity":
        scale = book.scales.quantity_scale
        return _number(seen.list_quantities(), scale, kept, format_quantity)
    if column in AMOUNTS:
        prior = int(book.transactions.prior_adjustment[row]) * (1 if book.transactions.quantity[row] > 0 else -1)
        return _number(seen.list_amounts(column, prior), book.scales.currency_decimals, kept, format_amount)
    if column in ("physical_date", "financial_date"):
        days = (day for day in seen.list_dates() if fingerprint_number(to_day_number(day), 0) == kept)
        return str(next(days, ""))
    return next(
        (
            text
            for text in seen.list_texts(column)
            if kept in (fingerprint_text(text), fingerprint_text(make_id_key(text)))
        ),
        "",
    )


def _number(values: Iterator[int], decimals: int, kept: str, write) -> str:  # type: ignore[no-untyped-def]
    signed = (unit for value in values for unit in (value, -value))
    return next((write(unit, decimals) for unit in signed if fingerprint_number(unit, decimals) == kept), "")


class _Seen:
    """The rows of the result sheets that speak of one transaction."""

    def __init__(self, book: Book, key: str) -> None:
        def of(table: str, field: str) -> pl.DataFrame:
            frame = book.history[table]
            return frame.filter(make_key_column(field) == key)

        self.adjusted, self.estimated = of("adjustments", "transaction"), of("estimated_costs", "transaction")
        pairs = ("settlements", "value_links")
        self.as_issue = [of(table, "issue") for table in pairs]
        self.as_receipt = [of(table, "receipt") for table in pairs]

    def list_quantities(self) -> Iterator[int]:
        """Quantities of the transaction, as magnitudes."""
        for frame in (self.adjusted, self.estimated):
            yield from frame["quantity"].unique()
        for frame in (*self.as_issue, *self.as_receipt):
            yield int(frame["quantity"].sum())

    def list_amounts(self, column: str, prior: int) -> Iterator[int]:
        """Costs before an adjustment, with and without the prior adjustment; what a wholly settled issue took."""
        kind = Kind.PHYSICAL if column == "physical_amount" else Kind.FINANCIAL
        for cost in self.adjusted.filter(pl.col("kind") == kind)["old_cost"].unique():
            yield from (cost, cost - prior)
        for frame in (*self.as_issue, *self.as_receipt):
            yield int(frame["amount"].sum())

    def list_dates(self) -> Iterator[date]:
        """Dates of the transaction."""
        yield from self.adjusted["transaction_date"].drop_nulls().unique()
        yield from self.estimated["date"].drop_nulls().unique()
        for frames, field in ((self.as_issue, "issue_date"), (self.as_receipt, "receipt_date")):
            for frame in frames:
                yield from frame[field].drop_nulls().unique()

    def list_texts(self, column: str) -> Iterator[str]:
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
