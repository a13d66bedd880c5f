"""The closing summary: what a controller wants to read after a run, as a value, as text and as JSON.

In      the rows that a run added, its problems, and the decimals of the book.
Out     Summary; ``summary_text`` writes it as a page, ``Summary.plain`` as plain data.
Units   amounts are Decimal, in the currency of the book.
Source  WORKBOOK "Command line"; RULES R10.2 (the Digest is printed).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import wrap
from typing import Annotated, ClassVar

import polars as pl
from pydantic import Field, InstanceOf, PlainSerializer, PrivateAttr

from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.views.part_changes import PartChanges, list_in_words
from invclose_xl.domain.words import ClosingType, EstimateType
from invclose_xl.reports.compare import RunComparison, compare_lines
from invclose_xl.reports.documents.document import Amount, Document, exact, grouped
from invclose_xl.reports.documents.problems import Problems


class AccountChange(Document):
    """Debit and credit of a voucher on one account."""

    account: str
    account_name: str = Field("", description="as the sheet Posting gives it; empty where it gives none")
    debit: Amount
    credit: Amount


class PartsDocument(Document):
    """Changes of a write to the parts of the file that a workbook is."""

    kept: int = Field(description="parts whose bytes stay as they are")
    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


def parts_document(parts: PartChanges) -> PartsDocument:
    """Return what became of the parts of the file as a document."""
    return PartsDocument(kept=parts.kept, changed=parts.changed, added=parts.added, removed=parts.removed)


Parts = Annotated[InstanceOf[PartChanges], PlainSerializer(parts_document, PartsDocument, "json")]


class Summary(Document):
    """One run in numbers; ``frame`` has its rows.

    Amounts are Decimal in the currency of the book, quantities in the unit of the item; ``problems`` are its warnings
    and remarks, ``written`` and ``backup`` paths.
    """

    schema_name: ClassVar[str] = "summary"
    closing: str = Field(description="the number of the run, such as IC-000001")
    type: str = Field(description="Closing, Recalculation or Reversal")
    up_to: date
    items: int = Field(description="items in scope")
    transactions: int = Field(description="transactions in scope")
    settlements: int
    settled_amount: Amount
    value_links: int
    closing_transfers: int
    adjustments: int
    adjustment_amount: Amount = Field(description="the same as change_of_inventory_value")
    change_of_inventory_value: Amount = Field(description="by adjustments: receipts up +, issues up -")
    estimated_costs: int
    estimated_amount: Amount
    expensed_differences: int = Field(description="of moving average items")
    expensed_amount: Amount = Field(description="what inventory lost by them")
    accounts: tuple[AccountChange, ...] = Field(description="the voucher by account")
    warnings: dict[str, int] = Field(description="how often each warning occurred, by code")
    informations: dict[str, int] = Field(description="how often each information was given, by code")
    changes: RunComparison | None = Field(
        description="against the reversed run that closed the same period before; null where there is none"
    )
    problems: Problems = Field(
        description="each warning and remark; of a run in parts the first 100,000 of a code, Log has the others"
    )
    currency: str = Field(description="empty where the book names none")
    digest: str
    written: Path | None = Field(description="null on a dry run")
    backup: Path | None = Field(description="the book as it was")
    not_kept: tuple[str, ...] = Field(
        description="what the written file lacks of the old one: an owner that only an administrator may give"
    )
    parts: Parts | None = Field(description="what was done to the parts of the file; null where none was written")
    _table: Callable[[str], pl.DataFrame] | None = PrivateAttr(None)

    def text(self) -> str:
        """Return the page that the command prints."""
        return summary_text(self)

    def frame(self, name: str) -> pl.DataFrame:
        """Return rows of this run, by the name of their sheet, as a DataFrame of exact decimals.

        ``Settlements``, ``Value links``, ``Adjustments``, ``Vouchers`` (the voucher lines), ``Closing transactions``,
        ``Estimated costs``, ``Lock``, ``Log``. Amounts are in the currency of the book, quantities in the item's unit.
        """
        assert self._table is not None
        return self._table(name)

    def with_rows(self, table: Callable[[str], pl.DataFrame]) -> "Summary":
        """Let ``frame`` return what ``table`` finds; return the summary itself."""
        self._table = table
        return self


@dataclass(frozen=True, slots=True)
class WrittenBook:
    """The files of a run: written, kept, changed."""

    target: Path | None = None
    """None on a dry run"""
    backup: Path | None = None
    unkept: tuple[str, ...] = ()
    parts: PartChanges | None = None


def summarize(
    new: Tables, rows: Mapping[str, int], problems: tuple[Problem, ...], said: Mapping[tuple[Severity, str], int],
    currency: str, decimals: int, written: WrittenBook, changes: RunComparison | None, issues: pl.Series,
    estimated: Iterable[pl.DataFrame],
) -> Summary:  # fmt: skip
    """Count what a run added to the result tables; integers of minor units become amounts here.

    ``rows``: how many rows each table got; ``said``: how many problems there are, those too that are not among
    ``problems``; ``issues``: the IDs of all issues; a difference that makes one of them dearer is what inventory lost;
    ``estimated``: the rows of *Estimated costs*, piece by piece.
    """
    lock = new["lock"].row(0, named=True)
    accounts = new["vouchers"].group_by("account", "account_name").agg(pl.col("debit", "credit").sum()).sort("account")
    estimates = _sum_estimates(estimated, issues)

    def amount(units: int) -> Decimal:
        return exact(units, decimals)

    def counts(severity: Severity) -> dict[str, int]:
        return {code: count for (of, code), count in said.items() if of is severity}

    return Summary(
        closing=lock["closing"],
        type=lock["type"],
        up_to=lock["up_to"],
        items=lock["items"],
        transactions=lock["transactions"],
        settlements=lock["settlements"],
        settled_amount=amount(lock["settled_amount"]),
        value_links=rows["value_links"],
        closing_transfers=rows["closing_transactions"] // 2,
        adjustments=rows["adjustments"],
        adjustment_amount=amount(lock["adjustment_amount"]),
        change_of_inventory_value=amount(lock["adjustment_amount"]),
        estimated_costs=estimates["count"],
        estimated_amount=amount(estimates["amount"]),
        expensed_differences=estimates["expensed"],
        expensed_amount=amount(-estimates["gained"]),
        accounts=tuple(
            AccountChange(account=account, account_name=name, debit=amount(debit), credit=amount(credit))
            for account, name, debit, credit in accounts.rows()
        ),
        warnings=counts(Severity.WARNING),
        informations=counts(Severity.INFORMATION),
        changes=changes,
        problems=problems,
        currency=currency,
        digest=lock["digest"],
        written=written.target,
        backup=written.backup,
        not_kept=written.unkept,
        parts=written.parts,
    )


def _sum_estimates(pieces: Iterable[pl.DataFrame], issues: pl.Series) -> Counter[str]:
    """Return how many estimates and expensed differences there are, and what they come to in minor units."""
    is_estimate, amount = pl.col("type") == EstimateType.ESTIMATE, pl.col("amount")
    gained = pl.when(pl.col("transaction").is_in(issues.implode())).then(-amount).otherwise(amount)
    sums = Counter[str]()
    for rows in pieces:
        found = rows.select(
            count=is_estimate.sum(), amount=amount.filter(is_estimate).sum(), expensed=(~is_estimate).sum(),
            gained=gained.filter(~is_estimate).sum(),
        )  # fmt: skip
        sums.update(found.row(0, named=True))
    return sums


def summary_text(summary: Summary) -> str:
    """Write the summary as a page of at most 80 columns."""
    money = f" {summary.currency}" if summary.currency else ""

    lines = [
        f"{summary.type} {summary.closing} up to {summary.up_to}",
        "",
        f"  Items in scope         {summary.items:>16,}",
        f"  Transactions in scope  {summary.transactions:>16,}",
        f"  Settlements            {summary.settlements:>16,}",
        f"  Settled amount         {grouped(summary.settled_amount):>16}{money}",
    ]
    if summary.closing_transfers:
        lines.append(f"  Closing transfers      {summary.closing_transfers:>16,}")
    if summary.value_links:
        lines.append(f"  Value links            {summary.value_links:>16,}")
    if estimates := summary.estimated_costs:
        lines.append(f"  Estimated costs        {grouped(summary.estimated_amount):>16}{money} ({estimates:,})")
    if expensed := summary.expensed_differences:
        lines.append(f"  Expensed differences   {grouped(summary.expensed_amount):>16}{money} ({expensed:,})")
    if summary.type != ClosingType.REVERSAL:  # which adds none: it takes the other run's back as a whole
        lines.append(f"  Adjustments            {summary.adjustments:>16,}")
    by = " by adjustments; estimated issues come on top" if estimates and summary.type != ClosingType.REVERSAL else ""
    lines.append(f"  Change of inventory value {grouped(summary.adjustment_amount):>13}{money}{by}")
    lines += ["", *_voucher_lines(summary), *_warning_lines(summary)]
    if summary.changes is not None:
        lines += [f"  Against {summary.changes.one.closing}, which closed this period before and was reversed", ""]
        lines += compare_lines(summary.changes)
    if summary.written is None:
        lines.append("Dry run: nothing was written.")
    else:
        lines.append(f"Written to {summary.written}")
        if summary.backup is not None:
            lines.append(f"The book as it was: {summary.backup}")
        if summary.parts is not None:
            lines += part_lines(summary.parts)
        if summary.not_kept:
            lines.append(f"Not kept, because you may not set it here: {', '.join(summary.not_kept)}")
    lines.append(f"Digest {summary.digest}")
    return "\n".join(lines)


def part_lines(parts: PartChanges) -> list[str]:
    """Say which parts of the package stayed and which did not."""
    lines = [f"Parts of the file: {parts.kept:,} kept byte for byte"]
    for word, names in parts.list_changes():
        text = f"{word} {len(names)}: {list_in_words(names)}"
        lines += wrap(text, 78, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
    return lines


def _voucher_lines(summary: Summary) -> list[str]:
    if not summary.accounts:
        changed = summary.adjustments or summary.estimated_costs or summary.expensed_differences
        why = "the changes offset each other or are not posted" if changed else "no cost changed"
        return [f"  Voucher                            none: {why}", ""]
    lines = [f"  {'Voucher ' + summary.closing:<32} {'Debit':>16} {'Credit':>16}"]
    for change in summary.accounts:
        debit = grouped(change.debit) if change.debit else ""
        credit = grouped(change.credit) if change.credit else ""
        lines.append(f"  {f'{change.account} {change.account_name}'[:32]:<32} {debit:>16} {credit:>16}")
    total = grouped(sum((a.debit for a in summary.accounts), Decimal()))
    return [*lines, f"  {'Total':<32} {total:>16} {total:>16}", ""]


def _warning_lines(summary: Summary) -> list[str]:
    lines: list[str] = []
    for word, counts in (("Warnings", summary.warnings), ("For information", summary.informations)):
        if counts:
            lines.append(f"  {word} {sum(counts.values()):,} (each with its cell on the sheet Log)")
            lines += [f"  {count:>8,}  {code}  {CODES[code].title}" for code, count in sorted(counts.items())]
    return [*([] if summary.warnings else ["  No warnings"]), *lines, ""]
