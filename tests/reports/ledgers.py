"""A book with vouchers, its true general ledger, and ledgers with planted mistakes.

In      nothing.
Out     ``trading_book``: item groups with accounts, packing slips and invoices; ``true_ledger``: the lines of a ledger
        that agrees with it.
"""

from datetime import date
from decimal import Decimal

from tests.books import Book, Cell, Item

D = Decimal
INVENTORY, OTHER, COGS = "1300", "1310", "5000"
Line = dict[str, Cell]


def line(account: str, day: date, voucher: str, amount: Decimal | str) -> Line:
    return {"Account": account, "Date": day, "Voucher": voucher, "Amount": D(str(amount))}


def trading_book() -> Book:
    """Purchases V1.. and sales of A on account 1300, of B on 1310, January and February 2026."""
    book = Book([Item("A", "FIFO", "GA"), Item("B", "FIFO", "GB"), Item("C", "FIFO", "GC")])
    for k in range(1, 13):
        day = date(2026, 1, 2 * k)
        book.receive(f"P{k}", day, 10, f"{100 + k}.50", voucher=f"V{k}", inventory_account=INVENTORY,
                     offset_account="2000", reference="Purchase order")  # fmt: skip
    book.issue("S1", date(2026, 1, 25), 30, "310.00", voucher="V20", inventory_account=INVENTORY,
               offset_account=COGS, reference="Sales order")  # fmt: skip
    book.receive("Q1", date(2026, 1, 9), 5, "57.31", item="B", voucher="V30", inventory_account=OTHER,
                 offset_account="2000", reference="Purchase order")  # fmt: skip
    book.add("A", "U1", 4, physical_date=date(2026, 1, 20), physical_cost_amount=D("41.00"), physical_voucher="PV1",
             inventory_account=INVENTORY, offset_account="2000", reference="Purchase order")  # fmt: skip
    return book


def true_ledger() -> list[Line]:
    """The lines of inventory accounts and of what stands against them."""
    lines = []
    for k in range(1, 13):
        lines.append(line(INVENTORY, date(2026, 1, 2 * k), f"V{k}", f"{100 + k}.50"))
        lines.append(line("2000", date(2026, 1, 2 * k), f"V{k}", f"-{100 + k}.50"))
    lines += [
        line(INVENTORY, date(2026, 1, 25), "V20", "-310.00"), line(COGS, date(2026, 1, 25), "V20", "310.00"),
        line(OTHER, date(2026, 1, 9), "V30", "57.31"), line("2000", date(2026, 1, 9), "V30", "-57.31"),
        line(INVENTORY, date(2026, 1, 20), "PV1", "41.00"), line("2000", date(2026, 1, 20), "PV1", "-41.00"),
    ]  # fmt: skip
    return lines
