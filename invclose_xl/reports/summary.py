"""The closing summary: what a controller wants to read after a run, as a value, as text and as JSON.

In      the rows that a run added, its problems, and the decimals of the book.
Out     Summary; ``summary_text`` and ``summary_json`` write it.
Units   amounts in minor units inside Summary, decimal text in JSON.
Source  WORKBOOK "Command line"; RULES R10.2 (the Digest is printed).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from textwrap import wrap

import polars as pl

from invclose_xl.domain.money import amount_text, text_of
from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.views.changes import RunChanges
from invclose_xl.domain.views.part_changes import PartChanges, in_words
from invclose_xl.domain.words import EXPENSED, ClosingType
from invclose_xl.reports.compare import compare_json, compare_lines


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What a voucher does to one account."""

    account: str
    debit: int
    credit: int


@dataclass(frozen=True, slots=True)
class Summary:
    """One run in numbers."""

    closing: str
    type: str
    up_to: date
    items: int
    transactions: int
    settlements: int
    settled_amount: int
    value_links: int
    closing_transfers: int
    adjustments: int
    adjustment_amount: int
    """change of inventory value: receipts up +, issues up -"""
    estimates: int
    estimated_amount: int
    expensed: int
    """differences of moving average items"""
    expensed_amount: int
    """what inventory lost by them"""
    accounts: tuple[AccountChange, ...]
    problems: tuple[Problem, ...]
    digest: str
    currency: str
    currency_decimals: int
    written: Path | None
    """None on a dry run"""
    backup: Path | None
    changes: RunChanges | None = None
    """against the reversed run that closed the same period before"""
    unkept: tuple[str, ...] = ()
    """what the written file lacks of the old one: an owner that only an administrator may give"""
    parts: PartChanges | None = None
    """None on a dry run"""

    @property
    def warnings(self) -> dict[str, int]:
        """How often each warning occurred, by code."""
        return self._counts(Severity.WARNING)

    @property
    def informations(self) -> dict[str, int]:
        """How often each information was given, by code."""
        return self._counts(Severity.INFORMATION)

    def _counts(self, severity: Severity) -> dict[str, int]:
        return dict(Counter(p.code for p in self.problems if p.severity is severity))


def summarize(
    new: Tables, problems: tuple[Problem, ...], currency: str, decimals: int, written: Path | None, backup: Path | None
) -> Summary:
    """Count what a run added to the result tables."""
    lock = new["lock"].row(0, named=True)
    accounts = new["vouchers"].group_by("account").agg(pl.col("debit").sum(), pl.col("credit").sum()).sort("account")
    of_expensed = pl.col("basis").str.contains("^(" + "|".join(EXPENSED) + "):")
    estimates, expensed = (new["estimated_costs"].filter(rows) for rows in (~of_expensed, of_expensed))
    return Summary(
        closing=lock["closing"],
        type=lock["type"],
        up_to=lock["up_to"],
        items=lock["items"],
        transactions=lock["transactions"],
        settlements=lock["settlements"],
        settled_amount=lock["settled_amount"],
        value_links=len(new["value_links"]),
        closing_transfers=len(new["closing_transactions"]) // 2,
        adjustments=len(new["adjustments"]),
        adjustment_amount=lock["adjustment_amount"],
        estimates=len(estimates),
        estimated_amount=int(estimates["amount"].sum()),
        expensed=len(expensed),
        expensed_amount=-int(expensed["amount"].sum()),
        accounts=tuple(AccountChange(*row) for row in accounts.select("account", "debit", "credit").rows()),
        problems=problems,
        digest=lock["digest"],
        currency=currency,
        currency_decimals=decimals,
        written=written,
        backup=backup,
    )


def summary_text(summary: Summary) -> str:
    """Write the summary as a page of at most 80 columns."""
    money = f" {summary.currency}" if summary.currency else ""

    def amount(units: int) -> str:
        return amount_text(units, summary.currency_decimals)

    lines = [
        f"{summary.type} {summary.closing} up to {summary.up_to}",
        "",
        f"  Items in scope         {summary.items:>16,}",
        f"  Transactions in scope  {summary.transactions:>16,}",
        f"  Settlements            {summary.settlements:>16,}",
        f"  Settled amount         {amount(summary.settled_amount):>16}{money}",
    ]
    if summary.closing_transfers:
        lines.append(f"  Closing transfers      {summary.closing_transfers:>16,}")
    if summary.value_links:
        lines.append(f"  Value links            {summary.value_links:>16,}")
    if summary.estimates:
        lines.append(f"  Estimated costs        {amount(summary.estimated_amount):>16}{money} ({summary.estimates:,})")
    if summary.expensed:
        lines.append(f"  Expensed differences   {amount(summary.expensed_amount):>16}{money} ({summary.expensed:,})")
    if summary.type != ClosingType.REVERSAL:  # which adds none: it takes the other run's back as a whole
        lines.append(f"  Adjustments            {summary.adjustments:>16,}")
    lines.append(f"  Change of inventory value {amount(summary.adjustment_amount):>13}{money}")
    lines += ["", *_voucher_lines(summary, amount), *_warning_lines(summary)]
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
        if summary.unkept:
            lines.append(f"Not kept, because you may not set it here: {', '.join(summary.unkept)}")
    lines.append(f"Digest {summary.digest}")
    return "\n".join(lines)


def part_lines(parts: PartChanges) -> list[str]:
    """Say which parts of the package stayed and which did not."""
    lines = [f"Parts of the file: {parts.kept:,} kept byte for byte"]
    for word, names in parts.lists():
        text = f"{word} {len(names)}: {in_words(names)}"
        lines += wrap(text, 78, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
    return lines


def _voucher_lines(summary: Summary, amount: Callable[[int], str]) -> list[str]:
    if not summary.accounts:
        changed = summary.adjustments or summary.estimates or summary.expensed
        why = "the changes offset each other or are not posted" if changed else "no cost changed"
        return [f"  Voucher                            none: {why}", ""]
    lines = [f"  {'Voucher ' + summary.closing:<32} {'Debit':>16} {'Credit':>16}"]
    for change in summary.accounts:
        debit = amount(change.debit) if change.debit else ""
        credit = amount(change.credit) if change.credit else ""
        lines.append(f"  {change.account[:32]:<32} {debit:>16} {credit:>16}")
    total = amount(sum(a.debit for a in summary.accounts))
    return [*lines, f"  {'Total':<32} {total:>16} {total:>16}", ""]


def _warning_lines(summary: Summary) -> list[str]:
    lines: list[str] = []
    for word, counts in (("Warnings", summary.warnings), ("For information", summary.informations)):
        if counts:
            lines.append(f"  {word} {sum(counts.values()):,} (each with its cell on the sheet Log)")
            lines += [f"  {count:>8,}  {code}  {CODES[code].title}" for code, count in sorted(counts.items())]
    return [*([] if summary.warnings else ["  No warnings"]), *lines, ""]


def summary_json(summary: Summary) -> dict[str, object]:
    """Return the summary as plain data; amounts are decimal text, so that no reader rounds them."""

    def amount(units: int) -> str:
        return text_of(units, summary.currency_decimals)

    return {
        "closing": summary.closing,
        "type": summary.type,
        "up_to": summary.up_to.isoformat(),
        "items": summary.items,
        "transactions": summary.transactions,
        "settlements": summary.settlements,
        "settled_amount": amount(summary.settled_amount),
        "value_links": summary.value_links,
        "closing_transfers": summary.closing_transfers,
        "adjustments": summary.adjustments,
        "adjustment_amount": amount(summary.adjustment_amount),
        "change_of_inventory_value": amount(summary.adjustment_amount),
        "estimated_costs": summary.estimates,
        "estimated_amount": amount(summary.estimated_amount),
        "expensed_differences": summary.expensed,
        "expensed_amount": amount(summary.expensed_amount),
        "accounts": [
            {"account": a.account, "debit": amount(a.debit), "credit": amount(a.credit)} for a in summary.accounts
        ],
        "warnings": summary.warnings,
        "informations": summary.informations,
        "changes": compare_json(summary.changes) if summary.changes else None,
        "problems": [problem_json(p) for p in summary.problems],
        "currency": summary.currency,
        "digest": summary.digest,
        "written": str(summary.written) if summary.written else None,
        "backup": str(summary.backup) if summary.backup else None,
        "not_kept": list(summary.unkept),
        "parts": parts_json(summary.parts) if summary.parts else None,
    }


def parts_json(parts: PartChanges) -> dict[str, object]:
    """Return what became of the parts of the file as plain data."""
    names = {"changed": parts.changed, "added": parts.added, "removed": parts.removed}
    return {"kept": parts.kept, **{word: list(listed) for word, listed in names.items()}}


def problem_json(problem: Problem) -> dict[str, object]:
    """Return a problem in its parts."""
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "rule": problem.rule,
        "cell": str(problem.where),
        "sheet": problem.where.sheet,
        "row": problem.where.row,
        "column": problem.where.column,
        "heading": problem.where.heading,
        "found": problem.found,
        "problem": problem.problem,
        "fix": problem.fix,
        "item": problem.item,
        "transaction": problem.transaction,
    }
