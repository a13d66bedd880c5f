"""The same closes under another inventory model: as text, as plain data and as a workbook.

In      WhatIf, and the decimals of the book.
Out     a page of text; a dictionary with amounts as decimal text; an .xlsx file.
Source  WORKBOOK "Command line" (compare --model).
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from pydantic import Field, create_model

from invclose_xl.domain.money import format_amount
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.printable import escape_controls
from invclose_xl.domain.views.what_if import WhatIf
from invclose_xl.reports.documents.document import Amount, Document, exact
from invclose_xl.reports.section import ACCOUNT, Column, Decimals, Section, section_text
from invclose_xl.reports.section_rows import row_model, rows_of
from invclose_xl.reports.sheets import GREY, ReportBook, way_to

BY_ITEM = (
    Column("item", "Item number", width=14), Column("name", "Product name", width=22),
    Column("item_group", "Item group", width=12), Column("model_here", "Model here", width=20),
    Column("model_then", "Model then", width=20), Column("quantity", "Quantity", "quantity", 12),
    Column("value_here", "Stock value here", "amount", 17, True),
    Column("value_then", "Stock value then", "amount", 17, True),
    Column("value_difference", "Difference", "amount", 14, True),
    Column("sales_here", "Cost of sales here", "amount", 18, True),
    Column("sales_then", "Cost of sales then", "amount", 18, True),
    Column("sales_difference", "Difference of cost of sales", "amount", 25, True),
)  # fmt: skip
SHORT = ("item", "value_here", "value_then", "value_difference", "sales_here", "sales_then", "sales_difference")
"""what a line of the page has room for"""
BY_ACCOUNT = (
    *ACCOUNT, Column("here", "Here", "amount", 16, True),
    Column("then", "Then", "amount", 16, True), Column("difference", "Difference", "amount", 16, True),
)  # fmt: skip


def what_if_sections(found: WhatIf) -> tuple[Section, Section]:
    """Return the lists of the comparison."""
    return (
        Section("By item", "Stock value and cost of sales by item",
                "Then: what the same closes would have left under the other model.", BY_ITEM, found.by_item,
                "The book holds no item with stock or sales."),
        Section("By account", "Vouchers of the closes by account", "Debit +, credit -, all closes added up.",
                BY_ACCOUNT, found.by_account, "No close posts anything."),
    )  # fmt: skip


def describe_question(found: WhatIf) -> str:
    """Say in one sentence what is compared."""
    some = (
        "all items" if found.items == found.of_items else f"{found.items:,} of {format_count(found.of_items, 'item')}"
    )
    return f"{format_count(found.closes, 'close')} up to {found.up_to}, with {found.model} for {some}"


def remarks_of(found: WhatIf) -> list[str]:
    """Return what is to be known about the figures."""
    lines = ["Computed in memory from the first close on; nothing was written to the book."]
    if found.begins_with_opening:
        lines.append("The book was rolled forward: it begins with its openings, under both models.")
    return lines


def what_if_text(found: WhatIf, decimals: Decimals) -> str:
    """Write the page that the command prints."""
    by_item, by_account = what_if_sections(found)
    short = Section(by_item.name, by_item.title, by_item.explains, tuple(c for c in BY_ITEM if c.field in SHORT),
                    found.by_item, by_item.nothing)  # fmt: skip
    currency = f", in {found.currency}" if found.currency else ""
    lines = [describe_question(found) + currency, "", *(f"  {line}" for line in remarks_of(found)), ""]
    for name, field in (("Stock value", "value"), ("Cost of sales", "sales")):
        here, then = (int(found.by_item[f"{field}_{side}"].sum()) for side in ("here", "then"))
        shown = [format_amount(units, decimals.currency) for units in (here, then, then - here)]
        lines.append(f"  {name:<16} {shown[0]:>18} here {shown[1]:>18} then {shown[2]:>18} difference")
    lines.append("")
    return "\n".join([*lines, *section_text(short, decimals), *section_text(by_account, decimals)]).rstrip()


class _WhatIfHead(Document):
    schema_name: ClassVar[str] = "what_if"
    model: str = Field(description="the other inventory model")
    items: int = Field(description="items that have it")
    up_to: date
    closes: int = Field(description="closes that were replayed")
    currency: str
    stock_value_here: Amount
    stock_value_then: Amount
    cost_of_sales_here: Amount
    cost_of_sales_then: Amount


ROWS = {"by_item": row_model("What if by item", BY_ITEM), "by_account": row_model("What if by account", BY_ACCOUNT)}
_LISTS: dict[str, Any] = {name: (tuple.__class_getitem__((row, ...)), ...) for name, row in ROWS.items()}
WhatIfDocument: type[_WhatIfHead] = create_model(
    "WhatIfDocument", __base__=_WhatIfHead, __doc__="What another inventory model would give.", **_LISTS
)


def what_if_document(found: WhatIf, decimals: Decimals) -> Document:
    """Return the same as a document."""
    totals = {
        f"{name}_{side}": exact(int(found.by_item[f"{field}_{side}"].sum()), decimals.currency)
        for name, field in (("stock_value", "value"), ("cost_of_sales", "sales"))
        for side in ("here", "then")
    }
    lists: dict[str, Any] = {
        name: rows_of(row, section, decimals)
        for (name, row), section in zip(ROWS.items(), what_if_sections(found), strict=True)
    }
    return WhatIfDocument(
        model=found.model,
        items=found.items,
        up_to=found.up_to,
        closes=found.closes,
        currency=found.currency,
        **totals,
        **lists,
    )


def write_what_if(
    found: WhatIf, decimals: Decimals, book: Path, path: Path, file: BinaryIO, created: datetime | None, mark: str
) -> None:
    """Write the workbook that will lie at ``path``."""
    title = f"What if, for {escape_controls(book.name)}"
    made = ReportBook(file, title, decimals, created, mark)
    sheet = made.workbook.add_worksheet("What if")
    made.head(sheet, title, describe_question(found))
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 3, 18)
    money, bold = Column("amount", "", "amount"), made.style(bold=True)
    for column, heading in enumerate(("Here", "Then", "Difference"), start=1):
        sheet.write_string(3, column, heading, made.style(bold=True, align="right"))
    for at, (name, field) in enumerate((("Stock value", "value"), ("Cost of sales", "sales")), start=4):
        sheet.write_string(at, 0, name, bold)
        here, then = (int(found.by_item[f"{field}_{side}"].sum()) for side in ("here", "then"))
        for column, units in enumerate((here, then, then - here), start=1):
            sheet.write_number(at, column, made.decimal(units, money), made.style(num_format=made.number_format(money)))
    for at, line in enumerate(remarks_of(found), start=7):
        sheet.write_string(at, 0, line, made.style(font_color=GREY))
    made.print_setup(sheet, title)
    for section in what_if_sections(found):
        made.section(section, way_to(book, path))
    made.close()
