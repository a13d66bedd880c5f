"""How three kinds of systems want to have a voucher: one function per format, and the dict that names them.

In      the lines of one voucher, and what the customer's system wants otherwise.
Out     Journal.
Errors  WrongUsage: what the other system has no place for, with the line.
Source  Dynamics 365 Finance, data entity General journal (LedgerJournalEntity); Business Central, General Journal
        (configuration package of table 81); WORKBOOK "Command line" (voucher).
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from invclose_xl.domain.problems.problem import WrongUsage
from invclose_xl.reports.journal.lines import Journal, JournalLine, JournalOptions

Lines = list[JournalLine]
Row = tuple[str | int | Decimal | date, ...]
LONGEST = {"Account No.": 20, "Document No.": 20, "Description": 100}
"""of Business Central"""
PLACEHOLDER = re.compile(r"\{([a-z]+|[1-9]\d?)\}")


def d365(lines: Lines, options: JournalOptions) -> Journal:
    """Dynamics 365: account and dimensions are one value, joined as the customer's dimension format says."""
    headings = (
        "JournalBatchNumber", "LineNumber", "JournalName", "Description", "TransDate", "AccountType",
        "AccountDisplayValue", "DebitAmount", "CreditAmount", "CurrencyCode", "Voucher", "Text",
    )  # fmt: skip
    rows: list[Row] = [
        (
            options.journal_batch or line.voucher, number, options.journal_name or "GenJrn", line.text, line.date,
            "Ledger", display_value(line, options), line.debit, line.credit, options.currency, line.voucher, line.text,
        )
        for number, line in enumerate(lines, 1)
    ]  # fmt: skip
    return Journal("General_Journal", headings, tuple(rows), "DebitAmount", "CreditAmount")


def business_central(lines: Lines, options: JournalOptions) -> Journal:
    """Business Central: one signed amount, a column per dimension."""
    headings = (
        "Journal Template Name", "Journal Batch Name", "Line No.", "Posting Date", "Document No.", "Account Type",
        "Account No.", "Description", "Amount", *options.dimensions,
    )  # fmt: skip
    rows: list[Row] = []
    for number, line in enumerate(lines, 1):
        named = {"Account No.": line.account, "Document No.": line.voucher, "Description": line.text}
        for heading, value in named.items():
            if len(value) > LONGEST[heading]:
                raise WrongUsage(
                    f"{heading} {value!r} of line {line.number} is longer than Business Central takes"
                    f" ({LONGEST[heading]} characters): correct it where the account comes from."
                )
        rows.append((
            options.journal_name or "GENERAL", options.journal_batch or "DEFAULT", 10_000 * number, line.date,
            line.voucher, "G/L Account", line.account, line.text, line.debit - line.credit, *options.in_columns(line),
        ))  # fmt: skip
    return Journal("General Journal", headings, tuple(rows), "Amount", "")


def plain(lines: Lines, options: JournalOptions) -> Journal:
    """Everything else: a table with one row per line."""
    names = options.dimensions or ("Dimension",)
    headings = ("Voucher", "Date", "Account", *names, "Debit", "Credit", "Text")
    rows: list[Row] = []
    for line in lines:
        parts = options.in_columns(line) if options.dimensions else [line.ledger_dimension]
        account = display_value(line, options) if options.account_format else line.account
        rows.append((line.voucher, line.date, account, *parts, line.debit, line.credit, line.text))
    return Journal("Voucher", headings, tuple(rows), "Debit", "Credit")


FORMATS: Mapping[str, Callable[[Lines, JournalOptions], Journal]] = {
    "d365": d365,
    "business-central": business_central,
    "csv": plain,
}


def display_value(line: JournalLine, options: JournalOptions) -> str:
    """Join account and dimension; without a format the account alone where the line has no dimension.

    A blank dimension in the middle keeps its place, for the place tells which it is; blank ones at the end are left out
    with what is before them.
    """
    if not options.account_format:
        return options.separator.join([line.account, *([line.ledger_dimension] if line.ledger_dimension else [])])
    values = {"account": line.account, "dimension": line.ledger_dimension}
    parts = options.parts(line)

    def filled(match: re.Match[str]) -> str:
        name = match[1]
        if name.isdigit():
            return parts[int(name) - 1] if int(name) <= len(parts) else ""
        if name not in values:
            raise WrongUsage(f"--account-format knows {{account}}, {{dimension}} and {{1}}, {{2}}, …, not {{{name}}}.")
        return values[name]

    values_in_order = [filled(match) for match in PLACEHOLDER.finditer(options.account_format)]
    made = PLACEHOLDER.sub(filled, options.account_format)
    if values_in_order and not values_in_order[-1]:
        last = max((k for k, value in enumerate(values_in_order) if value), default=-1)
        ends = [match.end() for match in PLACEHOLDER.finditer(options.account_format)]
        made = PLACEHOLDER.sub(filled, options.account_format[: ends[last]]) if last >= 0 else ""
    used = {int(m) for m in PLACEHOLDER.findall(options.account_format) if m.isdigit()}
    lost = [] if "{dimension}" in options.account_format else [p for k, p in enumerate(parts, 1) if p and k not in used]
    if "{account}" not in options.account_format or lost:
        what = f"the part {lost[0]} of the ledger dimension {line.ledger_dimension}" if lost else "the account"
        raise WrongUsage(f"--account-format {options.account_format!r} has no place for {what} of line {line.number}.")
    return made
