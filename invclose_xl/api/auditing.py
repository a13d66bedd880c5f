"""The audit: a closed book checked by the independent reader, and the package to hand over.

In      the path of a closed workbook.
Out     Verification, AuditPackage; the folder.
Errors  Refused (4): the book was never closed. InputFault (3), BookUnusable (5).
Source  WORKBOOK "Command line" (verify, reconcile --package).
"""

import re
import shutil
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib import resources
from pathlib import Path

import polars as pl

from invclose_xl import __version__, audit
from invclose_xl.analysis.trace.trace import trace_costs
from invclose_xl.api.context.arguments import date_of, path_of, refuse_other_than_flags
from invclose_xl.api.context.places import refuse_tables
from invclose_xl.api.context.run_context import book_or_raise
from invclose_xl.api.explaining import explain_traced
from invclose_xl.api.reconciling import reconcile
from invclose_xl.audit.copies import csv_text, safe, table_csv
from invclose_xl.audit.document import PackageDocument, Verification, verification
from invclose_xl.audit.folder import refuse_folder, write_folder
from invclose_xl.audit.readme import CloseFacts, readme
from invclose_xl.audit.verify_close import EXPLAINED, LARGEST, RECONCILIATION, CannotVerify, NeverClosed, key
from invclose_xl.audit.verify_close import verify as checks_of
from invclose_xl.closing.lock.sealing import read_closed_date
from invclose_xl.closing.state.currency import name_recorded_currency
from invclose_xl.closing.state.inventory_change import read_inventory_changes
from invclose_xl.closing.state.ledger_state import list_active_closings
from invclose_xl.domain.book import Book
from invclose_xl.domain.money import format_amount, format_decimal
from invclose_xl.domain.problems.problem import BookUnusable, CellRef, Problem, Refused, Severity
from invclose_xl.domain.views.old_book import find_rolled_forward
from invclose_xl.reports.reconciliation.result import Reconciliation
from invclose_xl.reports.section import Decimals
from invclose_xl.workbook.input.read import read_book
from invclose_xl.workbook.package.package import Package

SCRIPT = "verify_close.py"
EXPLANATIONS = "explanations"
NOT_STATED = "not stated"
"""by the version that closed the book"""


def verify(book: str | Path) -> Verification:
    """Check a closed book from its sheets alone, with nothing of the engine; return every check with its figures.

    book    a closed workbook

    returns  Verification: every check; amounts in its sentences are in the currency of the book
    errors   WrongUsage, Refused (a book that was never closed), BookUnusable; a check that fails is returned
    """
    path = path_of(book)
    refuse_tables(path, "verify")
    with Package.open(path) as package:  # says what is wrong with a file that is no workbook
        package.sheets()
    try:
        return verification(path, checks_of(path))
    except NeverClosed:
        pass
    except CannotVerify as fault:
        raise BookUnusable(str(fault)) from fault
    raise Refused([never_closed()])


def never_closed() -> Problem:
    """Say that there is nothing to check."""
    return Problem(
        "IC231", Severity.REFUSED, CellRef("Lock"), "", "The book was never closed, so there is nothing to check.",
        "Close it first, or name the workbook that was closed.", "R10.2",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditPackage:
    """The package as it was written.

    ``files`` are named from ``folder``; ``verification`` is the check that lies in it.
    """

    folder: Path
    files: tuple[str, ...]
    verification: Verification
    reconciliation: Reconciliation

    def document(self) -> PackageDocument:
        """Return what ``reconcile --package --json`` prints."""
        reconciled = replace(self.reconciliation, written=self.folder).document()
        return PackageDocument(
            **{name: getattr(reconciled, name) for name in reconciled.model_fields_set},
            files=self.files,
            holds=self.verification.holds,
            checks=self.verification.checks,
        )


def audit_package(
    book: str | Path,
    folder: str | Path,
    up_to: date | None = None,
    *,
    now: datetime | None = None,
    force: bool = False,
) -> AuditPackage:
    """Write the auditor's package: the book, its reconciliation, CSV tables, explanations, and the check.

    book    a closed workbook
    folder  the folder that is to be made
    up_to   the date of the reconciliation; default: the closed date
    now     clock, UTC where it has no zone
    force   let the package take the place of an earlier one

    returns  AuditPackage: the folder, and what is in it
    errors   WrongUsage, InputFault, Refused (a book that was never closed), BookUnusable; nothing is written then
    """
    refuse_other_than_flags(force=force)
    path, target, day = path_of(book), path_of(folder, "folder"), date_of(up_to, "up_to")
    refuse_folder(target, force=force)
    drawn: list[Reconciliation] = []
    verified: list[Verification] = []

    def fill(made: Path) -> None:
        copy = made / (path.name if path.name.lower() != RECONCILIATION else f"book{path.suffix}")
        with Package.open(path):
            shutil.copyfile(path, copy)
        verified.append(verify(copy))
        drawn.append(reconcile(copy, day, output=made / RECONCILIATION, now=now))
        _fill(made, copy, name_recorded_currency(book_or_raise(read_book(copy))))

    write_folder(target, fill, force=force)
    files = tuple(sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()))
    return AuditPackage(target, files, verified[0], drawn[0])


def _fill(made: Path, copy: Path, content: Book) -> None:
    """Write everything that is made of the result tables."""
    history, decimals = content.history, Decimals(content.scales.currency_decimals, content.scales.quantity_scale)
    tables = {
        "vouchers": ("vouchers", history["vouchers"]),
        "stock_value": ("stock_value", history["stock_value"]),
        "lock": ("lock", history["lock"]),
        "warnings": ("log", history["log"].filter(pl.col("severity") == Severity.WARNING.value)),
    }
    for name, (table, frame) in tables.items():
        (made / f"{name}.csv").write_text(table_csv(table, frame, decimals), "utf-8", newline="")
    _explain_largest(made, copy, content, decimals)
    (made / SCRIPT).write_bytes(resources.files(audit).joinpath(SCRIPT).read_bytes())
    facts = _facts(copy, content, decimals)
    (made / "README.md").write_text(readme(facts), "utf-8", newline="\n")


def _explain_largest(made: Path, copy: Path, content: Book, decimals: Decimals) -> None:
    """Write text and picture of the largest adjustments of the latest active close, and their list."""
    rows = largest_adjustments(content)
    listed = []
    if len(rows):
        (made / EXPLANATIONS).mkdir()
        trace = trace_costs(content)
    for rank, row in enumerate(rows.iter_rows(named=True), 1):
        name = f"{EXPLANATIONS}/{rank:02d}-{re.sub(r'[^A-Za-z0-9_-]+', '-', row['transaction'])[:40]}"
        explained = explain_traced(trace, row["transaction"], copy)
        (made / f"{name}.txt").write_text(explained.text() + "\n", "utf-8", newline="\n")
        explained.picture(made / f"{name}.svg")
        texts = (safe(row[field]) for field in ("transaction", "item", "group", "kind"))
        adjustment = format_decimal(row["adjustment"], decimals.currency)
        listed.append([str(rank), *texts, adjustment, f"{name}.txt", f"{name}.svg"])
    text = csv_text(EXPLAINED.split(","), listed)
    (made / "largest_adjustments.csv").write_text(text, "utf-8", newline="")


def largest_adjustments(content: Book) -> pl.DataFrame:
    """Return the largest adjustments of the latest active close to transactions that are still in the book."""
    rows = content.history["adjustments"].filter(pl.col("closing") == _run_to_hand_over(content))
    keys = pl.Series([key(name) for name in rows["transaction"].to_list()], dtype=pl.String)
    known = {key(name) for name in content.transactions.id.to_list()}
    rows = rows.with_columns(key=keys, size=-pl.col("adjustment").abs()).filter(pl.col("key").is_in(list(known)))
    return rows.sort("size", "key", "kind", "cause").head(LARGEST)


def _run_to_hand_over(content: Book) -> str:
    """Return the latest active close; the roll-forward where none was made since: what runs up to it wrote is gone."""
    lock = content.history["lock"]
    closes = list_active_closings(lock).sort()
    return max(str(closes[-1]), find_rolled_forward(lock)) if len(closes) else ""


def _facts(copy: Path, content: Book, decimals: Decimals) -> CloseFacts:
    lock, history = content.history["lock"].sort("closing"), content.history
    closing = _run_to_hand_over(content)
    if not closing:
        raise Refused([never_closed()])
    row = lock.filter(pl.col("closing") == closing).row(0, named=True)
    last = read_closed_date(history)
    assert last is not None
    change, stock = read_inventory_changes(content, history).get(closing), history["stock_value"]
    value = sum(stock["closing_value"].to_list()) if len(stock) else None

    def money(units: int | None) -> str:
        return NOT_STATED if units is None else format_amount(units, decimals.currency)

    return CloseFacts(
        copy.name, closing, last, str(lock["digest"][-1]), content.parameters.currency,
        money(value), money(change), money(row["settled_amount"]),
        int(row["warnings"]), __version__,
    )  # fmt: skip
