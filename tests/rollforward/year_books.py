"""Random books that live through a year's end, and what is entered in them afterwards.

In      a number.
Out     YearBook, a small book of all eight models; LateRows, what somebody enters in it after it was rolled forward.
Source  RULES R2-R8; WORKBOOK "Command line" (rollforward).
"""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl

from invclose_xl.domain.models import InventoryModel
from tests.books import Book, Cell, Item, append_rows
from tests.by_the_rules.small_books import ITEMS, SmallBook

CLOSED = date(2026, 3, 8)
NEVER_SETTLED = ("Standard cost", "Moving average")


class YearBook(SmallBook):
    """A small book whose items have any model; what is never settled is not charged."""

    def _item(self, name: str) -> Item:
        item = super()._item(name)
        item.model = self.dice.choice([model.label for model in InventoryModel])
        if item.model == "Standard cost" and item.cost_price is None:
            item.cost_price = Decimal(self.dice.randint(1, 900)) / 100
        return item

    def _order_through_transit(self, name: str) -> None:
        """One that leaves its site says which step is which; without that it is refused."""
        super()._order_through_transit(name)
        legs = [row for row in self.book.rows if row.get("Transfer ID") == name]
        if len({row["Site"] for row in legs}) > 1:
            first = min(str(row["Physical date"]) for row in legs)
            for row in legs:
                is_sent = str(row["Physical date"]) == first
                row["Reference"] = "Transfer order shipment" if is_sent else "Transfer order receive"

    def _charges(self) -> None:
        super()._charges()
        self._keep_what_can_be_charged()

    def _further_charges(self, dice: random.Random) -> None:
        super()._further_charges(dice)
        self._keep_what_can_be_charged()

    def _keep_what_can_be_charged(self) -> None:
        settled = {item.number for item in self.book.items if item.model not in NEVER_SETTLED}
        items = {row["Transaction ID"]: row["Item number"] for row in self.book.rows}
        charges, spread = self.book.cost_adjustments, self.book.charges
        self.book.cost_adjustments = [charge for charge in charges if items[charge["Transaction ID"]] in settled]
        self.book.charges = [c for c in spread if len(settled) == len(ITEMS) or c.get("Item number") in settled]


class LateRows(YearBook):
    """What is entered after the roll-forward: of everything something, with ties to rows that went along."""

    def __init__(self, number: int, old: Book, along: Iterable[str]) -> None:
        self.dice = random.Random(f"late {number}")
        self.book = Book(old.items)
        self._purchases()
        self._sales()
        self._transfer("T100")
        self._order_through_transit("O100")
        self._production("W101")
        self._production("W102")
        self._return("R100")
        self._marks()
        self._charges()
        self._old = [row for row in old.rows if row["Transaction ID"] in set(along)]
        self._tie_to_old_rows()
        self.invoices = self._invoices()

    def _day(self) -> date:
        return CLOSED + timedelta(days=self.dice.randint(1, 45))

    def _add(self, item: str, key: str, quantity: Decimal | int, day: date, **fields: Cell) -> None:
        fields = {name: value for name, value in fields.items() if not name.startswith("prior")}
        if key[0] in "PS":
            key += "-late"
        if "lot_id" in fields:
            fields["lot_id"] = f"{fields['lot_id']}-late"
        super()._add(item, key, quantity, day, **fields)

    def _tie_to_old_rows(self) -> None:
        """Returns of sales that went along, and marks to what is there."""
        sales = [row for row in self._old if str(row["Transaction ID"])[0] == "S"]
        for k, sale in enumerate(self.dice.sample(sales, min(2, len(sales)))):
            quantity = -Decimal(str(sale["Quantity"])) / 8
            self._add(str(sale["Item number"]), f"R20{k}", quantity, self._day(), site=sale["Site"],
                      return_lot_id=sale["Transaction ID"], reference="Return order")  # fmt: skip
        for row in self.book.rows:
            partners = [
                old for old in self._old
                if (old["Item number"], old["Site"]) == (row["Item number"], row["Site"])
                and Decimal(str(old["Quantity"])) * Decimal(str(row["Quantity"])) < 0
                and not row.get("Transfer ID") and not old.get("Transfer ID")
            ]  # fmt: skip
            if partners and "Marked to" not in row and self._chance(0.15):
                row["Marked to"] = self.dice.choice(partners)["Transaction ID"]

    def _invoices(self) -> dict[str, dict[str, Cell]]:
        """Invoices of rows that stood there without one."""
        found: dict[str, dict[str, Cell]] = {}
        for row in self._old:
            if row.get("Financial date") is None and self._chance(0.7):
                slip = Decimal(str(row["Physical cost amount"] or row["Quantity"]))
                amount = (slip * self.dice.randint(80, 120) / 100).quantize(Decimal("0.01"))
                physical = row["Physical date"]
                assert isinstance(physical, date)
                day = max(physical, CLOSED + timedelta(days=1)) + timedelta(days=self.dice.randint(0, 20))
                found[str(row["Transaction ID"])] = {"Financial date": day, "Financial cost amount": amount}
        return found

    def enter(self, path: Path) -> None:
        """Type it into a book, as a user would."""
        workbook = openpyxl.load_workbook(path, keep_vba=path.suffix == ".xlsm")
        sheet = workbook["Transactions"]
        heads = {str(cell.value): cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            for heading, value in self.invoices.get(str(sheet.cell(row, 1).value), {}).items():
                cell = sheet.cell(row, heads[heading], value)
                cell.number_format = "yyyy-mm-dd" if isinstance(value, date) else "0.00"
        workbook.save(path)
        append_rows(path, self.book.rows)
        if self.book.cost_adjustments:
            workbook = openpyxl.load_workbook(path, keep_vba=path.suffix == ".xlsm")
            if "Cost adjustments" not in workbook.sheetnames:
                workbook.create_sheet("Cost adjustments").append(["Transaction ID", "Date", "Amount"])
                workbook.save(path)
            append_rows(path, self.book.cost_adjustments, "Cost adjustments")
