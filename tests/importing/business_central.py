"""The made-up company as Business Central has it: item ledger entries, value entries, items.

In      nothing.
Out     the business with the ids that the entries give it, and the tables.
Source  EXPORTS §2.
"""

from datetime import timedelta
from decimal import Decimal

from tests.importing.business import Business, Company, Movement
from tests.importing.dynamics import Row, Tables

ITEMS = {"CHAIN": "FIFO", "SADDLE": "LIFO", "TUBE": "Weighted average date", "FRAME": "FIFO", "BIKE": "FIFO"}
METHODS = {"FIFO": "FIFO", "LIFO": "LIFO", "Weighted average date": "Average"}
TYPES = {"Purchase order": "Purchase", "Sales order": "Sale", "Transfer": "Transfer", "Production": "Output",
         "Production line": "Consumption", "Adjustment": "Positive Adjmt."}  # fmt: skip
ENTRIES, VALUES = "Item Ledger Entries", "Value Entries"


def company(seed: int = 11) -> tuple[Business, Tables]:
    """Return three months and their export."""
    c = Company(seed, ITEMS)
    trade = ["CHAIN", "SADDLE", "TUBE", "FRAME"]
    for item in trade:
        c.purchase(0, item, 1 + trade.index(item), site="", warehouse="EAST")
    for k, at in c.shares(45):
        item = c.choose(trade)
        here = {"site": "", "warehouse": "EAST"}
        bought = c.purchase(at, item, 100 + k, **here)
        c.sale(at + 0.01, item, 100 + k, **here)
        if k % 9 == 2:
            c.post(item, "Purchase order", bought.number, Decimal(12), bought.physical, lot=bought.lot, financial=None,
                   financial_amount=None, **here)  # fmt: skip
        if k % 9 == 4:
            _transfer(c, at, item, k)
        if k % 9 == 6:
            _production(c, at, k)
        if k % 9 == 8:
            sold = next(m for m in reversed(c.business.movements) if m.reference == "Sales order" and not m.return_lot)
            cost = ((sold.financial_amount or 0) / sold.quantity * 2).quantize(Decimal("0.01"))
            c.post(sold.item, "Sales order", f"CR-{k:03}", Decimal(2), c.day(at + 0.03), return_lot=sold.lot,
                   physical_amount=cost, financial_amount=cost, **here)  # fmt: skip
    c.sale(0.97, "BIKE", 900, site="", warehouse="EAST")
    business = c.business
    business.dimensions = {"Warehouse": "Yes", "Configuration": "Yes", "Serial number": "Yes"}
    return business, _tables(business)


def _transfer(c: Company, at: float, item: str, k: int) -> None:
    """Ship into transit, receive from it: two documents."""
    quantity, day = Decimal(9), c.day(at + 0.01)
    cost = c.amount(item, quantity)
    for number, way in ((f"TS-{k:03}", ("EAST", "OWN LOG.")), (f"TR-{k:03}", ("OWN LOG.", "WEST"))):
        for sign, warehouse in zip((-1, 1), way, strict=True):
            c.post(item, "Transfer", number, quantity * sign, day, transfer=number, site="", warehouse=warehouse,
                   physical_amount=cost * sign, financial_amount=cost * sign)  # fmt: skip


def _production(c: Company, at: float, k: int) -> None:
    number, day = f"PR-{k:03}", c.day(at + 0.02)
    here = {"production": number, "site": "", "warehouse": "EAST"}
    frame = c.post("FRAME", "Production line", number, Decimal(-3), day, **here)
    chain = c.post("CHAIN", "Production line", number, Decimal(-3), day, **here)
    cost = -(frame.financial_amount or Decimal(0)) - (chain.financial_amount or Decimal(0))
    c.post("BIKE", "Production", number, Decimal(3), day, physical_amount=cost, financial_amount=cost, **here)


def _tables(business: Business) -> Tables:
    """Make the entries, and give the movements the ids of their entries."""
    entries: list[Row] = []
    values: list[Row] = []
    by_lot: dict[str, list[Movement]] = {}
    for m in business.movements:
        by_lot.setdefault(m.lot, []).append(m)
    numbers = {lot: str(1001 + k) for k, lot in enumerate(by_lot)}
    for lot, parts in by_lot.items():
        _entry(entries, values, numbers, lot, parts)
    for m in business.movements:
        m.return_lot = numbers.get(m.return_lot, "")
        m.lot = numbers[m.lot]
    _own_work(business, entries, values)
    items = [{"No.": item, "Description": item.title(), "Costing Method": METHODS[model], "Unit Cost": "0.00",
              "Inventory Posting Group": "RESALE"} for item, model in business.models.items()]  # fmt: skip
    return {ENTRIES: entries, VALUES: values, "Items": items}


def _entry(entries: list[Row], values: list[Row], numbers: dict[str, str], lot: str, parts: list[Movement]) -> None:
    """One item ledger entry of the parts of a line, with its value entries."""
    number, first = numbers[lot], parts[0]
    invoiced = sum((m.quantity for m in parts if m.financial), Decimal(0))
    entries.append({
        "Entry No.": number, "Item No.": first.item, "Posting Date": first.physical.isoformat(),
        "Entry Type": TYPES[first.reference], "Document No.": first.number,
        "Order No.": first.production or "", "Location Code": first.warehouse, "Variant Code": "", "Lot No.": "",
        "Serial No.": "", "Quantity": str(sum(m.quantity for m in parts)), "Invoiced Quantity": str(invoiced),
        "Remaining Quantity": "0", "Applies-to Entry": "0", "Applies-from Entry": numbers.get(first.return_lot, "0"),
    })  # fmt: skip
    expected = sum(m.physical_amount for m in parts)
    _value(values, number, first, "Direct Cost", expected=expected, is_expected=True)
    for m in parts:
        if m.financial:
            m.id = number if invoiced == sum(p.quantity for p in parts) else f"{number}/{len(values) + 1}"
            _value(values, number, m, "Direct Cost", actual=m.financial_amount or Decimal(0),
                   expected=-m.physical_amount, quantity=m.quantity)  # fmt: skip
        else:
            m.id = number


def _value(
    values: list[Row],
    entry: str,
    m: Movement,
    kind: str,
    *,
    actual: Decimal = Decimal(0),
    expected: Decimal = Decimal(0),
    quantity: Decimal = Decimal(0),
    is_expected: bool = False,
    charge: str = "",
    adjustment: bool = False,
    days: int = 0,
) -> None:
    day = (m.physical if is_expected else m.financial or m.physical) + timedelta(days=days)
    values.append({
        "Entry No.": str(len(values) + 1), "Item Ledger Entry No.": entry, "Posting Date": day.isoformat(),
        "Entry Type": kind, "Item Charge No.": charge, "Cost Amount (Actual)": f"{actual:.2f}",
        "Cost Amount (Expected)": f"{expected:.2f}", "Expected Cost": str(is_expected).lower(),
        "Adjustment": str(adjustment).lower(), "Document No.": m.number, "Invoiced Quantity": str(quantity),
    })  # fmt: skip


def _own_work(business: Business, entries: list[Row], values: list[Row]) -> None:
    """Add freight on some receipts, charges on some shipments, and what the system's own adjustment did."""
    bought = [m for m in business.movements if m.reference == "Purchase order" and m.financial and "/" not in m.id]
    for k, m in enumerate(bought[::7]):
        amount = Decimal(5 + k)
        _value(values, m.id, m, "Direct Cost", actual=amount, charge="FREIGHT", days=2)
        assert m.financial is not None
        business.charges.append((m.id, m.financial + timedelta(days=2), amount))
    sold = [m for m in business.movements if m.reference == "Sales order" and m.quantity < 0]
    for k, m in enumerate(sold[::5]):
        _value(values, m.id, m, "Direct Cost", actual=Decimal(-k) / 4, adjustment=True, days=9)
    _value(values, sold[3].id, sold[3], "Direct Cost", actual=Decimal("3.50"), charge="PARCEL")
    _value(values, bought[2].id, bought[2], "Rounding", actual=Decimal("0.01"), adjustment=True)
    assert entries
