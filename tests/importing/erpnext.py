"""The made-up company as ERPNext has it: the stock ledger, items, stock entries.

In      nothing.
Out     the business with the names that the ledger gives it, and the tables.
Source  EXPORTS §3.
"""

from decimal import Decimal

from tests.importing.business import Business, Company
from tests.importing.dynamics import Row, Tables

ITEMS = {"CHAIN": "FIFO", "SADDLE": "LIFO", "TUBE": "Moving average", "FRAME": "FIFO", "BIKE": "FIFO"}
METHODS = {"FIFO": "FIFO", "LIFO": "LIFO", "Moving average": "Moving Average"}
VOUCHERS = {"Purchase order": "Purchase Receipt", "Sales order": "Delivery Note", "Counting": "Stock Reconciliation"}


def company(seed: int = 13) -> tuple[Business, Tables]:
    """Return three months and their export."""
    c = Company(seed, ITEMS)
    trade = ["CHAIN", "SADDLE", "TUBE", "FRAME"]
    here = {"site": "", "warehouse": "Stores - E", "physical_amount": Decimal(0)}
    for item in trade:
        c.purchase(0, item, 1 + trade.index(item), **here)
    for k, at in c.shares(75):
        item = c.choose(trade)
        c.purchase(at, item, 100 + k, **here)
        c.sale(at + 0.01, item, 100 + k, **here)
        if k % 2:
            c.sale(at + 0.02, c.choose(trade), 300 + k, **here)
        if k % 9 == 4:
            _transfer(c, at, item, k)
        if k % 9 == 6:
            _production(c, at, k)
        if k % 9 == 8:
            sold = next(m for m in reversed(c.business.movements) if m.reference == "Sales order" and not m.return_lot)
            cost = ((sold.financial_amount or 0) / sold.quantity * 2).quantize(Decimal("0.01"))
            c.post(sold.item, "Sales order", f"RET-{k:03}", Decimal(2), c.day(at + 0.03), return_lot=sold.lot,
                   financial_amount=cost, **here)  # fmt: skip
        if k % 9 == 7:
            c.post(item, "Counting", f"REC-{k:03}", Decimal(3), c.day(at + 0.01), **here)
    c.sale(0.97, "BIKE", 900, **here)
    business = c.business
    business.dimensions = {"Warehouse": "Yes"}
    for m in business.movements:
        m.financial = m.physical
    business.movements.sort(key=lambda m: m.physical)
    for number, m in enumerate(business.movements):
        m.id = f"MAT-SLE-{number:05}"
    return business, _tables(business)


def _transfer(c: Company, at: float, item: str, k: int) -> None:
    quantity, day, line = Decimal(9), c.day(at + 0.01), f"line-{k}"
    cost = c.amount(item, quantity)
    for sign, warehouse in ((-1, "Stores - E"), (1, "Shop - E")):
        c.post(item, "Transfer", f"STE-{k:03}", quantity * sign, day, lot=line, transfer=line, site="",
               warehouse=warehouse, physical_amount=Decimal(0), financial_amount=cost * sign)  # fmt: skip


def _production(c: Company, at: float, k: int) -> None:
    number, day = f"MFG-{k:03}", c.day(at + 0.02)
    here = {"production": number, "site": "", "warehouse": "Stores - E", "physical_amount": Decimal(0)}
    frame = c.post("FRAME", "Production line", number, Decimal(-3), day, **here)
    chain = c.post("CHAIN", "Production line", number, Decimal(-3), day, **here)
    cost = -(frame.financial_amount or Decimal(0)) - (chain.financial_amount or Decimal(0))
    c.post("BIKE", "Production", number, Decimal(3), day, financial_amount=cost, **here)


def _tables(business: Business) -> Tables:
    ledger: list[Row] = []
    for number, m in enumerate(business.movements):
        time = f"{number // 60:02}:{number % 60:02}:00.1"
        ledger.append({
            "name": m.id, "item_code": m.item, "warehouse": m.warehouse, "posting_date": m.physical.isoformat(),
            "posting_time": time.removeprefix("0"), "voucher_type": VOUCHERS.get(m.reference, "Stock Entry"),
            "voucher_no": m.number, "voucher_detail_no": m.lot,
            "actual_qty": str(m.quantity), "incoming_rate": "0", "valuation_rate": "0",
            "stock_value_difference": str(m.financial_amount), "batch_no": "", "serial_no": "", "is_cancelled": "0",
            "company": "Bikes",
        })  # fmt: skip
    odd = {"name": "MAT-SLE-X1", "is_cancelled": "1"}
    ledger.append({**ledger[0], **odd})
    ledger.append({**ledger[0], "name": "MAT-SLE-X2", "actual_qty": "0", "stock_value_difference": "12.5"})
    items = [{"item_code": item, "item_name": item.title(), "item_group": "Parts", "valuation_method": METHODS[model],
              "stock_uom": "Nos"} for item, model in business.models.items()]  # fmt: skip
    delivered = [{"name": m.lot, "dn_detail": m.return_lot} for m in business.movements if m.reference == "Sales order"]
    return {"Stock Ledger Entry": ledger, "Item": items, "Delivery Note Item": delivered}
