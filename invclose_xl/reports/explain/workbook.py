"""An explanation as a workbook: the way of the cost as rows with links to the cells of the book, and its picture.

In      an Explanation and its Trace; where the book lies.
Out     an .xlsx file with the sheet *Explanation* and, where it can be drawn here, *Picture*.
Errors  BookUnusable where the file cannot be written.
Source  WORKBOOK "Command line" (explain).
"""

import io
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from xlsxwriter.worksheet import Worksheet

from invclose_xl.domain.money import format_decimal
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.ends import End
from invclose_xl.reports.costs.explanation_parts import Explanation, Node, day
from invclose_xl.reports.costs.parts import NOWHERE
from invclose_xl.reports.pictures.picture import draw
from invclose_xl.reports.section import Column, Decimals
from invclose_xl.reports.sheets import GREY, INK, PALE, ReportBook, way_to

WHAT, AMOUNT, QUANTITY, TRANSACTION, DATE, ITEM, DOCUMENT, RULE, CLOSING, CELL = range(10)
COLUMNS = (("", 54), ("Amount", 15), ("Quantity", 11), ("Transaction", 24), ("Date", 12), ("Item", 18),
           ("Document", 26), ("Rule", 8), ("Closing", 13), ("Cell", 22))  # fmt: skip
MONEY, PIECES = Column("amount", "Amount", "amount"), Column("quantity", "Quantity", "quantity")
DEEPEST = 12
NUMBER = re.compile(r"-?[\d,]+(\.\d+)?")
PICTURE_SCALE = 0.5
"""Pictures are drawn twice as sharp as they are shown."""


def write_explanation(
    trace: Trace, explained: Explanation, book: Path, path: Path, file: BinaryIO, created: datetime | None, mark: str
) -> None:
    """Write the workbook that will lie at ``path``; links lead to the book by its place relative to it."""
    made = ReportBook(file, explained.title, Decimals(trace.currency_decimals, trace.quantity_scale), created, mark)
    page = _Page(made, trace, way_to(book, path), explained.title)
    page.facts(explained)
    if explained.movement != NOWHERE:
        page.steps(explained)
        page.tree("It comes from", explained.sources)
        page.ends("In the end, it comes from", explained.origins)
        page.tree("It went to", explained.uses)
        page.ends("In the end, it is in", explained.destinations)
    for table in explained.tables:
        page.table(table.caption, table.headings, table.rows)
    page.rules(explained.rules)
    made.print_setup(page.sheet, explained.title)
    _picture(made, trace, explained)
    made.close()


class _Page:
    """The sheet *Explanation*, written from top to bottom."""

    def __init__(self, made: ReportBook, trace: Trace, away: str, title: str) -> None:
        self.made, self.trace, self.away = made, trace, away
        self.sheet: Worksheet = made.workbook.add_worksheet("Explanation")
        made.head(self.sheet, title, "Where every cent of the cost comes from, and where it went.")
        for column, (_, width) in enumerate(COLUMNS):
            self.sheet.set_column(column, column, width)
        self.row = 3

    def facts(self, explained: Explanation) -> None:
        """Write what is known about the subject."""
        for name, value in explained.facts:
            if name == "Cell":
                self.made.link(self.sheet, self.row, WHAT, value, self.away)
            else:
                self._text(WHAT, f"{name}: {value}", indent=1)
            self.row += 1

    def steps(self, explained: Explanation) -> None:
        """Write the way from the posted cost to the cost."""
        self._headings("From the posted cost to the cost")
        for step in explained.steps:
            self._text(WHAT, step.what)
            self._amount(step.amount)
            self._text(RULE, step.rule, indent=1)
            self._text(CLOSING, step.closing, indent=1)
            self.row += 1
        self._total(len(explained.steps), explained.cost, "Cost")

    def tree(self, caption: str, nodes: tuple[Node, ...]) -> None:
        """Write the parts, each below the part that it belongs to and further in."""
        if not nodes:
            return
        self._headings(caption)
        waiting = [(node, 0) for node in reversed(nodes)]
        while waiting:
            node, depth = waiting.pop()
            part = node.part
            self._text(WHAT, _sentence(part.what) + (" (see above)" if node.seen else ""), indent=min(depth, DEEPEST))
            self._amount(part.amount, grey=depth > 0)
            if part.quantity:
                self._number(QUANTITY, part.quantity, PIECES)
            self._text(RULE, part.rule, indent=1)
            self._text(CLOSING, part.closing, indent=1)
            self._show_movement(part.movement)
            self.row += 1
            waiting += [(child, depth + 1) for child in reversed(node.children)]

    def ends(self, caption: str, ends: tuple[End, ...]) -> None:
        """Write where the way ends; the amounts add up to the cost."""
        if not ends:
            return
        self._headings(caption)
        for end in ends:
            self._text(WHAT, _sentence(end.what))
            self._amount(end.amount)
            self._text(RULE, end.rule, indent=1)
            self._show_movement(end.movement)
            self.row += 1
        self._total(len(ends), sum(end.amount for end in ends), "Total")

    def table(self, caption: str, headings: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
        """Write rows of an item or a voucher."""
        self.row += 1
        self._text(WHAT, caption, bold=True, font_size=12, font_color=INK)
        self.row += 1
        numbers = [bool(rows) and all(NUMBER.fullmatch(row[column]) for row in rows) for column in range(len(headings))]
        for column, heading in enumerate(headings):
            self._text(
                column, heading, bold=True, bg_color=PALE, bottom=1, align="right" if numbers[column] else "left"
            )
        self.row += 1
        for row in rows or (("nothing",),):
            for column, text in enumerate(row):
                if rows and numbers[column]:
                    movements = len(text.partition(".")[2])
                    form = self.made.style(num_format="#,##0" + ("." + "0" * movements if movements else ""))
                    self.sheet.write_number(self.row, column, Decimal(text.replace(",", "")), form)
                else:
                    self._text(column, text)
            self.row += 1

    def rules(self, rules: dict[str, str]) -> None:
        """Write every rule that is cited, in words."""
        told = {rule: words for rule, words in rules.items() if words}
        if not told:
            return
        self.row += 1
        self._text(WHAT, "The rules", bold=True, font_size=12, font_color=INK)
        for rule, words in told.items():
            self.row += 1
            self._text(WHAT, f"{rule}: {words}", font_color=GREY)

    def _headings(self, caption: str) -> None:
        self.row += 1
        for column, (name, _) in enumerate(COLUMNS):
            look = (
                {"align": "right"} if column in (AMOUNT, QUANTITY) else {"align": "left", "indent": int(column != WHAT)}
            )
            self._text(column, caption if column == WHAT else name, bold=True, font_color="white", bg_color=INK, **look)
        self.row += 1

    def _total(self, rows: int, units: int, name: str) -> None:
        self._text(WHAT, name, bold=True, top=1)
        first, last = self.row - rows + 1, self.row
        form = self.made.style(num_format=self.made.number_format(MONEY), bold=True, top=1)
        self.made.formula(
            self.sheet, self.row, AMOUNT, f"=SUM(B{first}:B{last})", form, self.made.decimal(units, MONEY)
        )
        self.row += 1

    def _show_movement(self, movement: int) -> None:
        if movement == NOWHERE:
            return
        movements = self.trace.movements
        self._text(TRANSACTION, movements.id[movement], indent=1)
        self._text(DATE, day(self.trace, movement), indent=1)
        self._text(ITEM, movements.item[movement], indent=1)
        self._text(
            DOCUMENT, " ".join(t for t in (movements.reference[movement], movements.number[movement]) if t), indent=1
        )
        if movements.cell[movement]:
            self.made.link(self.sheet, self.row, CELL, movements.cell[movement], self.away)

    def _amount(self, units: int, grey: bool = False) -> None:
        self._number(AMOUNT, units, MONEY, **({"font_color": GREY} if grey else {}))

    def _number(self, at: int, units: int, column: Column, **look: Any) -> None:
        form = self.made.style(num_format=self.made.number_format(column), **look)
        decimals = self.made.decimals.of(column.kind)
        self.sheet.write_number(self.row, at, Decimal(format_decimal(units, decimals)), form)

    def _text(self, at: int, text: str, **look: Any) -> None:
        if text:
            self.sheet.write_string(self.row, at, text, self.made.style(**look))


def _sentence(what: str) -> str:
    return what[:1].upper() + what[1:]


def _picture(made: ReportBook, trace: Trace, explained: Explanation) -> None:
    """Show the picture, where there is one of the subject and it can be drawn here."""
    try:
        content = draw(trace, explained).png()
    except BookUnusable:
        return
    sheet = made.workbook.add_worksheet("Picture")
    sheet.hide_gridlines(2)
    options = {"image_data": io.BytesIO(content), "x_scale": PICTURE_SCALE, "y_scale": PICTURE_SCALE,
               "description": explained.title}  # fmt: skip
    sheet.insert_image(0, 0, "explanation.png", options)
    made.print_setup(sheet, explained.title, one_page=True)
