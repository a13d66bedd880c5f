"""The check before a close: what would stay open, which prices look wrong, and what the close would post.

In      the frames of R12 (analysis.check_tables hands them in), problems, and the decimals of the book.
Out     CheckData, and the CheckReport that shows it; as text and as plain data. The workbook is made in ``workbook``.
Source  RULES R12; WORKBOOK "Command line" (exit 3 only for input errors).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

import polars as pl
from pydantic import Field, create_model

from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.reports.documents.document import Document
from invclose_xl.reports.documents.problems import Problems
from invclose_xl.reports.section import (
    ACCOUNT,
    Column,
    Decimals,
    Section,
    section_frame,
    section_named,
    section_text,
)
from invclose_xl.reports.section_rows import row_model, rows_of

_ID = Column("transaction", "Transaction ID", width=16)
_ITEM = Column("item", "Item number", width=16)
_GROUP = Column("group", "Costing group", width=24)
_REFERENCE = Column("reference", "Reference", width=16)
_DATE = Column("date", "Date", "date", 12)
_CELL = Column("cell", "Cell", "cell", 20)

TABLES: dict[str, tuple[str, str, str, tuple[Column, ...]]] = {
    "Open quantities": (
        "Issues that would stay open",
        "They keep their posted cost until a receipt covers them (R5.10).",
        "Every issue is covered.",
        (_ID, _ITEM, _GROUP, _REFERENCE, _DATE, Column("quantity", "Quantity", "quantity", 12),
         Column("open", "Open", "quantity", 12, total=True),
         Column("posted_cost", "Posted cost of it", "amount", 17, total=True),
         Column("reason", "Why", width=36), _CELL),
    ),
    "Covering receipts": (
        "Receipts that could cover them",
        "Invoice them, or close to a later date, and the issues above are settled.",
        "No receipt of these costing groups is left to be invoiced, or dated later.",
        (_ID, _ITEM, _GROUP, _REFERENCE, _DATE, Column("quantity", "Open quantity", "quantity", 14, total=True),
         Column("needed", "Needed in the group", "quantity", 19), Column("state", "State", width=28), _CELL),
    ),
    "Cost prices": (
        "Receipts whose unit cost deviates",
        "Look at the amount and the quantity of each: a misplaced decimal point shows here.",
        "No receipt deviates from its base by more than the allowed percentage.",
        (_ID, _ITEM, _GROUP, _REFERENCE, _DATE, Column("quantity", "Quantity", "quantity", 12),
         Column("cost", "Cost", "amount"), Column("unit_cost", "Unit cost", "unit_cost"),
         Column("base", "Base", "unit_cost"), Column("based_on", "Based on", width=16),
         Column("deviation", "Deviation %", "percent", 13),
         Column("amount", "Too much (+) or little", "amount", 21, True), _CELL),
    ),
    "Negative stock": (
        "Stock below zero",
        "More was issued than was in stock, from the first to the last of these days; check dates and receipts.",
        "No costing group was below zero at the end of any day.",
        (_ITEM, _GROUP, Column("kind", "Stock", width=10), Column("began", "Below zero from", "date", 16),
         Column("ended", "until", "date", 12), Column("lowest", "Lowest", "quantity", 12),
         Column("movements", "Transactions", "count", 13), Column("transaction", "Began with", width=16), _CELL),
    ),
    "Transfers": (
        "Transfers without partner",
        "Goods were sent and not received, or received without having been sent; their cost stays in transit (R6.2).",
        "Every transfer has arrived in the quantity that left.",
        (_ID, _ITEM, _REFERENCE, _DATE, Column("transfer_issued", "Issued", "quantity", 12),
         Column("received", "Received", "quantity", 12), Column("difference", "Difference", "quantity", 12),
         Column("what", "What", width=26), _CELL),
    ),
    "By cause": (
        "What the close would adjust",
        "Change of inventory value: receipts with their sign, issues with the opposite sign.",
        "No cost would change.",
        (Column("model", "Inventory model", width=24), Column("cause", "Cause", width=24),
         Column("count", "Adjustments", "count", 13, True), Column("adjustment", "Change of cost", "amount", 16, True),
         Column("change", "Change of inventory value", "amount", 25, True)),
    ),
    "By account": (
        "What the close would post",
        "The voucher by account, before it is split by specification.",
        "Nothing would be posted.",
        (*ACCOUNT, Column("debit", "Debit", "amount", 16, True),
         Column("credit", "Credit", "amount", 16, True), Column("net", "Net", "amount", 16, True)),
    ),
}  # fmt: skip
"""name -> title, explanation, what is said of an empty list, columns"""


@dataclass(frozen=True, slots=True)
class CheckData:
    """Everything that text, document and workbook of a check show; amounts in minor units, see ``Decimals``."""

    up_to: date | None
    problems: tuple[Problem, ...]
    sections: tuple[Section, ...]
    decimals: Decimals
    currency: str

    def of(self, severity: Severity) -> list[Problem]:
        """Return the problems of one weight."""
        return [p for p in self.problems if p.severity is severity]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything that is worth knowing before a close.

    ``problems`` are all errors, warnings and remarks; ``tables`` are the names that ``frame`` takes; ``frame`` and
    ``document`` give amounts as Decimal in the currency of the book, quantities as Decimal in the unit of the item.
    """

    up_to: date | None
    """None where the book has errors: then only problems are there"""
    problems: tuple[Problem, ...]
    currency: str
    _data: CheckData = field(repr=False)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the lists."""
        return tuple(section.name for section in self._data.sections)

    def of(self, severity: Severity) -> list[Problem]:
        """Return the problems of one weight."""
        return self._data.of(severity)

    def frame(self, name: str) -> pl.DataFrame:
        """Return the list of one name (``Open quantities``, ``Cost prices``, …) as a DataFrame of exact decimals."""
        return section_frame(section_named(self._data.sections, name), self._data.decimals)

    def text(self) -> str:
        """Return the page that the command prints."""
        return check_text(self._data)

    def document(self) -> Document:
        """Return the report as ``--json`` prints it; its ``plain`` gives dictionaries and lists."""
        return check_document(self._data)


def show_check(data: CheckData) -> CheckReport:
    """Return the result for what a check found."""
    return CheckReport(data.up_to, data.problems, data.currency, data)


def collect_check(
    up_to: date | None,
    problems: tuple[Problem, ...],
    frames: Mapping[str, pl.DataFrame],
    decimals: Decimals,
    currency: str,
) -> CheckData:
    """Put the frames into the sections of the report."""
    sections = tuple(
        Section(name, title, explains, columns, frames[name], nothing)
        for name, (title, explains, nothing, columns) in TABLES.items()
        if name in frames
    )
    return CheckData(up_to, problems, sections, decimals, currency)


def check_text(report: CheckData) -> str:
    """Write the page that ``invclose-xl check`` prints; the problems themselves go to stderr, one line each."""
    errors, refused = report.of(Severity.ERROR), report.of(Severity.REFUSED)
    warnings, informations = report.of(Severity.WARNING), report.of(Severity.INFORMATION)
    remarks = [format_count(len(warnings), "warning") if warnings else "no warnings"]
    remarks += [f"{len(informations):,} for information"] if informations else []
    if errors or refused or report.up_to is None:
        stops = [format_count(len(p), word) for p, word in ((errors, "input error"), (refused, "refusal")) if p]
        return f"A close would stop: {' and '.join(stops)}; {', '.join(remarks)}."
    lines = [f"No input errors; {', '.join(remarks)}."]
    lines += [f"Checked as a close up to {report.up_to} would run; nothing was written.", ""]
    counts = Counter(p.code for p in report.problems)
    lines += [f"  {count:>8,}  {code}  {CODES[code].title}" for code, count in sorted(counts.items())]
    lines += [""] if counts else []
    for section in report.sections:
        if section.name != "Covering receipts" or len(section_named(report.sections, "Open quantities")):
            lines += section_text(section, report.decimals)
    return "\n".join(lines).rstrip()


class _CheckHead(Document):
    schema_name: ClassVar[str] = "check"
    up_to: date | None = Field(description="the date of the close that was tried; null where input errors stop it")
    problems: Problems
    currency: str


def _list_name(section: str) -> str:
    """Return the name of a section in plain data: *Open quantities* in lower case, joined by an underscore."""
    return section.lower().replace(" ", "_")


ROWS = {name: row_model(name, columns) for name, (_, _, _, columns) in TABLES.items()}
_LISTS: dict[str, Any] = {
    _list_name(name): (tuple.__class_getitem__((ROWS[name], ...)), Field(default=(), description=title))
    for name, (title, *_) in TABLES.items()
}
CheckDocument: type[_CheckHead] = create_model(
    "CheckDocument", __base__=_CheckHead, __doc__="What a close would do, and every problem of the input.", **_LISTS
)


def check_document(report: CheckData) -> Document:
    """Return the report as a document; lists that could not be made, because errors stopped it, are left out."""
    lists: dict[str, Any] = {_list_name(s.name): rows_of(ROWS[s.name], s, report.decimals) for s in report.sections}
    return CheckDocument(up_to=report.up_to, problems=report.problems, currency=report.currency, **lists)
