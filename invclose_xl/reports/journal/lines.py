"""The lines of one voucher, on their way to another system's journal.

In      the rows of the sheet *Vouchers* of one run.
Out     JournalLine in the order of the sheet; amounts as decimal text, exactly as the sheet has them.
Errors  WrongUsage: an account or a dimension that the other system has no place for.
Source  RULES R9.3; WORKBOOK "Written" (Vouchers), "Command line" (voucher).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from invclose_xl.domain.money import format_decimal
from invclose_xl.domain.problems.problem import InvariantBroken, WrongUsage


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of a voucher; one of debit and credit is 0."""

    number: int
    voucher: str
    date: date
    account: str
    ledger_dimension: str
    debit: Decimal
    credit: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class JournalOptions:
    """Wishes of a customer's system about the lines.

    ``account_format`` and ``separator`` join account and dimensions, ``dimensions`` are the columns they go to,
    ``date_format`` is as strftime takes it, ``currency`` is on each line.
    """

    account_format: str = ""
    """how account and dimension make one value: {account}, {dimension}, or its parts {1}, {2}, …"""
    separator: str = "-"
    """between the parts of a ledger dimension"""
    dimensions: tuple[str, ...] = ()
    """names of the columns that the parts go to"""
    date_format: str = "YYYY-MM-DD"
    journal_name: str = ""
    journal_batch: str = ""
    currency: str = ""

    def written_date(self, day: date) -> str:
        """Write a date in the format that was asked for."""
        text = self.date_format.replace("YYYY", f"{day.year:04d}")
        return text.replace("MM", f"{day.month:02d}").replace("DD", f"{day.day:02d}")

    def parts(self, line: JournalLine) -> list[str]:
        """Return the parts of a line's ledger dimension; none where it has none."""
        if not line.ledger_dimension:
            return []
        return line.ledger_dimension.split(self.separator) if self.separator else [line.ledger_dimension]

    def in_columns(self, line: JournalLine) -> list[str]:
        """Return the parts of a line's ledger dimension for the columns that were named, blank where it has fewer."""
        parts = self.parts(line)
        if len(parts) > len(self.dimensions):
            has = f"the ledger dimension {line.ledger_dimension} of line {line.number} has {len(parts)}"
            raise WrongUsage(
                f"--dimensions names {len(self.dimensions)} columns, but {has} parts: name one column for each, such as"
                " --dimensions DEPARTMENT,PROJECT (and --dimension-separator where they are not joined by -)."
            )
        return [*parts, *[""] * (len(self.dimensions) - len(parts))]


@dataclass(frozen=True, slots=True)
class Journal:
    """A table as it is loaded: headings, rows of text, decimals and dates, and which columns hold the amounts."""

    sheet: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str | int | Decimal | date, ...], ...]
    debit: str
    """heading of the column of debits, or of amounts that are positive where debit"""
    credit: str
    """heading of the column of credits; '' where one column holds both"""


def journal_lines(vouchers: pl.DataFrame, currency_decimals: int) -> list[JournalLine]:
    """Return the rows of one run."""
    rows = vouchers.sort("line").iter_rows(named=True)

    def amount(units: int | None) -> Decimal:
        return Decimal(format_decimal(units or 0, currency_decimals))

    return [
        JournalLine(
            row["line"], row["voucher"], row["date"], row["account"] or "", row["ledger_dimension"] or "",
            amount(row["debit"]), amount(row["credit"]), row["text"] or "",
        )
        for row in rows
    ]  # fmt: skip


def prove(journal: Journal, headings: Sequence[str], rows: Sequence[Sequence[str]], lines: list[JournalLine]) -> None:
    """Add up what was made, read back from its text, and compare with the sheet: nothing is written before it is equal.

    A difference would be a fault of this program.
    """
    at = {name: position for position, name in enumerate(headings)}
    first = [Decimal(row[at[journal.debit]] or 0) for row in rows]
    if journal.credit:
        debit, credit = sum(first), sum(Decimal(row[at[journal.credit]] or 0) for row in rows)
    else:
        debit, credit = sum(a for a in first if a > 0), -sum(a for a in first if a < 0)
    wanted = sum(line.debit for line in lines), sum(line.credit for line in lines)
    if (debit, credit) != wanted or debit != credit or len(rows) != len(lines):
        raise InvariantBroken(
            f"The voucher would be written with debit {debit} and credit {credit} in {len(rows)} lines; the sheet has"
            f" {wanted[0]} and {wanted[1]} in {len(lines)}. Nothing was written; please report this."
        )
