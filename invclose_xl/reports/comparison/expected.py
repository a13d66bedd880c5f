"""The comparison with the sheet *Expected*: as text, as plain data and as a workbook.

In      a Comparison, and the decimals of the book.
Out     a page of text; a dictionary with amounts as decimal text; an .xlsx file.
Source  WORKBOOK "Command line" (compare).
"""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from pydantic import Field, create_model

from invclose_xl.domain.money import format_amount
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.printable import escape_controls
from invclose_xl.domain.views.expected import Comparison, Unlike
from invclose_xl.reports.documents.document import Amount, Document, exact
from invclose_xl.reports.documents.problems import Problems
from invclose_xl.reports.section import ACCOUNT, Column, Decimals, Section, section_text
from invclose_xl.reports.section_rows import row_model, rows_of
from invclose_xl.reports.sheets import GREEN, GREY, RED, ReportBook, way_to

_CAUSE = Column("cause", "Likely cause", width=22)
_DIFFERENCE = Column("difference", "Difference", "amount", 14, total=True)
DIFFERENCES = (
    Column("transaction", "Transaction ID", width=16), Column("item", "Item number", width=14),
    Column("group", "Costing group", width=20), Column("date", "Date", "date", 12),
    Column("reference", "Reference", width=16), Column("quantity", "Quantity", "quantity", 12),
    Column("ours", "Adjustment here", "amount", 16), Column("theirs", "Expected", "amount"), _DIFFERENCE,
    Column("our_cost", "New cost here", "amount", 16), Column("their_cost", "New cost expected", "amount", 18),
    _CAUSE, Column("why", "Why", width=64), Column("cell", "Cell", "cell", 20),
)  # fmt: skip
SHORT = ("transaction", "item", "ours", "theirs", "difference", "cause")
"""what a line of the page has room for; the sentence is below it"""
BY_CAUSE = (
    _CAUSE, Column("count", "Transactions", "count", 14, True), Column("ours", "Adjustments here", "amount", 17, True),
    Column("theirs", "Expected", "amount", 14, True), _DIFFERENCE,
    Column("change", "Difference of inventory value", "amount", 29, True),
)  # fmt: skip
BY_ACCOUNT = (*ACCOUNT, _CAUSE, _DIFFERENCE)
SHOWN = 25


def sections_of(comparison: Comparison) -> tuple[Section, ...]:
    """Return the lists of the comparison."""
    same = "Both say the same."
    return (
        Section("By cause", "Differences by likely cause", "Expected less the adjustments here.", BY_CAUSE,
                comparison.by_cause, same),
        Section("By account", "Differences by account", "What the other system's voucher has more: debit +, credit -.",
                BY_ACCOUNT, comparison.by_account, same),
        Section("Differences", "Differences by transaction",
                "The cause is what gave exactly the other system's figure when the run was computed so.", DIFFERENCES,
                comparison.differences, same),
    )  # fmt: skip


def compared_run(comparison: Comparison) -> str:
    """Say which run was compared."""
    made = comparison.closing or "A close, computed for this comparison only,"
    return f"{made} up to {comparison.up_to} against the sheet Expected"


def facts_of(comparison: Comparison) -> list[str]:
    """Return the sentences at the top: what agrees, what does not, how thoroughly was searched."""
    different = len(comparison.differences)
    found = comparison.differences.filter(comparison.differences["cause"] != Unlike.NOT_FOUND)
    agree = f"{comparison.agreeing:,} of {format_count(comparison.listed, 'transaction')} on the sheet Expected agree"
    lines = [f"{agree}."]
    if comparison.charged:
        lines.append(
            f"The charges on {format_count(comparison.charged, 'transaction')} (sheets Cost adjustments and Charges)"
            " are known to both: Expected is without them, so they were added to it."
        )
    if different:
        lines.append(f"{format_count(different, 'transaction')} differ{'s' if different == 1 else ''}; "
                     f"a cause was found for {len(found):,}.")  # fmt: skip
    lines.append(
        f"{format_count(comparison.trials, 'run')} computed in memory to find out; nothing was written to the book."
    )
    if not comparison.everything_tried:
        lines.append("The book is large, so not every cause was tried: compare fewer items in a copy to see more.")
    return lines


def expected_text(comparison: Comparison, decimals: Decimals) -> str:
    """Write the page that ``invclose-xl compare`` prints."""

    def amount(units: int) -> str:
        return format_amount(units, decimals.currency)

    currency = f", in {comparison.currency}" if comparison.currency else ""
    lines = [compared_run(comparison) + currency, "", *(f"  {line}" for line in facts_of(comparison)), ""]
    lines += [f"  {'Change of inventory value':<28} {'here':>14} {'expected':>14} {'difference':>14}",
              f"  {'by adjustments':<28} {amount(comparison.ours):>14} {amount(comparison.theirs):>14} "
              f"{amount(comparison.theirs - comparison.ours):>14}", ""]  # fmt: skip
    by_cause, by_account, differences = sections_of(comparison)
    if not len(differences):
        return "\n".join([*lines, "  No difference."])
    lines += [*section_text(by_cause, decimals), *section_text(by_account, decimals), differences.title]
    for row in comparison.differences.head(SHOWN).iter_rows(named=True):
        name = f"{row['transaction']} of {row['item']}" + (f", {row['date']}" if row["date"] else "")
        lines.append(f"  {name}: {amount(row['ours'])} here, {amount(row['theirs'])} expected. {row['cause']}.")
        lines.append(f"      {row['why']}")
    if len(differences) > SHOWN:
        lines.append(f"  … and {len(differences) - SHOWN:,} more; --json and --output list all of them")
    return "\n".join(lines).rstrip()


class _ComparisonHead(Document):
    schema_name: ClassVar[str] = "comparison"
    closing: str | None = Field(description="the run that was compared; null: computed for the comparison only")
    up_to: date
    currency: str
    listed: int = Field(description="transactions of the sheet Expected that were compared")
    agreeing: int
    agreeing_amount: Amount = Field(description="sum of the adjustments that both make")
    charged: int = Field(
        description="transactions whose charge was added to the other system's figure, because both know it"
    )
    charged_amount: Amount
    inventory_change_here: Amount
    inventory_change_expected: Amount
    runs_computed: int
    everything_tried: bool = Field(description="false where the book was too large to try every cause")
    problems: Problems


ROWS = {
    "by_cause": row_model("Differences by cause", BY_CAUSE),
    "by_account": row_model("Differences by account", BY_ACCOUNT),
    "differences": row_model("Differences", DIFFERENCES),
}
_LISTS: dict[str, Any] = {name: (tuple[row, ...], ...) for name, row in ROWS.items()}  # type: ignore[valid-type]
ComparisonDocument: type[_ComparisonHead] = create_model(
    "ComparisonDocument", __base__=_ComparisonHead, __doc__="Another system's result beside a close.", **_LISTS
)


def expected_document(comparison: Comparison, decimals: Decimals) -> Document:
    """Return the comparison as a document."""
    lists: dict[str, Any] = {
        name: rows_of(row, section, decimals)
        for (name, row), section in zip(ROWS.items(), sections_of(comparison), strict=True)
    }

    def amount(units: int) -> Decimal:
        return exact(units, decimals.currency)

    return ComparisonDocument(
        closing=comparison.closing or None,
        up_to=comparison.up_to,
        currency=comparison.currency,
        listed=comparison.listed,
        agreeing=comparison.agreeing,
        agreeing_amount=amount(comparison.agreeing_amount),
        charged=comparison.charged,
        charged_amount=amount(comparison.charged_amount),
        inventory_change_here=amount(comparison.ours),
        inventory_change_expected=amount(comparison.theirs),
        runs_computed=comparison.trials,
        everything_tried=comparison.everything_tried,
        problems=tuple(comparison.problems),
        **lists,
    )


def write_comparison(
    comparison: Comparison, decimals: Decimals, book: Path, path: Path, file: BinaryIO, created: datetime | None,
    mark: str,
) -> None:  # fmt: skip
    """Write the workbook that will lie at ``path``; its links lead to the book."""
    title = f"Comparison of {escape_controls(book.name)}"
    made = ReportBook(file, title, decimals, created, mark)
    sheet = made.workbook.add_worksheet("Comparison")
    made.head(sheet, title, compared_run(comparison))
    sheet.set_column(0, 0, 60)
    sheet.set_column(1, 3, 18)
    same = not len(comparison.differences)
    sign = made.style(bold=True, font_size=14, font_color="white", bg_color=GREEN if same else RED, align="center")
    sheet.write_string(3, 0, "Both say the same" if same else "There are differences", sign)
    for at, line in enumerate([*facts_of(comparison), *(str(p.problem) for p in comparison.problems)], start=5):
        sheet.write_string(at, 0, line, made.style(font_color=GREY))
    at = 7 + len(facts_of(comparison)) + len(comparison.problems)
    money = Column("amount", "", "amount")
    for name, units in (
        ("Change of inventory value here", comparison.ours), ("Expected", comparison.theirs),
        ("Difference", comparison.theirs - comparison.ours), ("Adjustments that agree", comparison.agreeing_amount),
    ):  # fmt: skip
        sheet.write_string(at, 0, name, made.style(bold=True))
        sheet.write_number(at, 1, made.decimal(units, money), made.style(num_format=made.number_format(money)))
        at += 1
    made.print_setup(sheet, title)
    for section in sections_of(comparison):
        made.section(section, way_to(book, path))
    made.close()
