"""The made-up company as Odoo has it: valuation layers, moves, products, categories; and as Odoo 19 has it, by moves.

In      nothing.
Out     the business with the ids that the layers give it, and the tables.
Source  EXPORTS §4.
"""

from datetime import timedelta
from decimal import Decimal

from tests.importing.business import Business, Company, Movement
from tests.importing.dynamics import Row, Tables

ITEMS = {"CHAIN": "FIFO", "SADDLE": "FIFO", "TUBE": "Moving average", "FRAME": "FIFO", "BIKE": "FIFO"}
WAYS = {
    "Purchase order": ("Partners/Vendors", "WH/Stock"), "Sales order": ("WH/Stock", "Partners/Customers"),
    "Production": ("Virtual Locations/Production", "WH/Stock"),
    "Production line": ("WH/Stock", "Virtual Locations/Production"),
    "Counting": ("Virtual Locations/Inventory adjustment", "WH/Stock"),
}  # fmt: skip


def company(seed: int = 17, *, moves_only: bool = False) -> tuple[Business, Tables]:
    """Return three months and their export; ``moves_only``: as Odoo 19 has it."""
    c = Company(seed, ITEMS)
    trade = ["CHAIN", "SADDLE", "TUBE", "FRAME"]
    here = {"site": "", "warehouse": "", "physical_amount": Decimal(0)}
    for item in trade:
        c.purchase(0, item, 1 + trade.index(item), **here)
    for k, at in c.shares(75):
        item = c.choose(trade)
        c.purchase(at, item, 100 + k, **here)
        c.sale(at + 0.01, item, 100 + k, **here)
        if k % 2:
            c.sale(at + 0.02, c.choose(trade), 300 + k, **here)
        if k % 9 == 6:
            _production(c, at, k)
        if k % 9 == 8:
            sold = next(m for m in reversed(c.business.movements) if m.reference == "Sales order" and not m.return_lot)
            cost = ((sold.financial_amount or 0) / sold.quantity * 2).quantize(Decimal("0.01"))
            c.post(sold.item, "Sales order", f"WH/IN/{k:05}", Decimal(2), c.day(at + 0.03), return_lot=sold.lot,
                   financial_amount=cost, **here)  # fmt: skip
        if k % 9 == 7:
            c.post(item, "Counting", "Product Quantity Updated", Decimal(3), c.day(at + 0.01), **here)
    c.sale(0.97, "BIKE", 900, **here)
    business = c.business
    for m in business.movements:
        m.financial = m.physical
    business.movements.sort(key=lambda m: m.physical)
    moves = {lot: str(5001 + k) for k, lot in enumerate(dict.fromkeys(m.lot for m in business.movements))}
    for number, m in enumerate(business.movements):
        m.lot, m.return_lot = moves[m.lot], moves.get(m.return_lot, "")
        m.id = m.lot if moves_only else str(101 + number)
    return business, _as_moves(business) if moves_only else _tables(business)


def _production(c: Company, at: float, k: int) -> None:
    number, day = f"WH/MO/{k:05}", c.day(at + 0.02)
    here = {"production": number, "site": "", "warehouse": "", "physical_amount": Decimal(0)}
    frame = c.post("FRAME", "Production line", number, Decimal(-3), day, **here)
    chain = c.post("CHAIN", "Production line", number, Decimal(-3), day, **here)
    cost = -(frame.financial_amount or Decimal(0)) - (chain.financial_amount or Decimal(0))
    c.post("BIKE", "Production", number, Decimal(3), day, financial_amount=cost, **here)


def _way(m: Movement) -> tuple[str, str]:
    there, back = WAYS[m.reference]
    return (back, there) if m.return_lot else (there, back)


def _product(item: str) -> str:
    return f"[{item}] {item.title()}"


def _tables(business: Business) -> Tables:
    layers: list[Row] = []
    for m in business.movements:
        layers.append(_layer(m.id, m, str(m.quantity), str(m.financial_amount)))
    bought = [m for m in business.movements if m.reference == "Purchase order" and m.item != "TUBE"]
    sold = [m for m in business.movements if m.reference == "Sales order" and m.quantity < 0 and m.item != "TUBE"]
    for k, m in enumerate(bought[::9]):
        amount = Decimal(4 + k)
        layers.append(_layer(str(9001 + k), m, "0", str(amount), m.id))
        business.charges.append((m.id, m.physical, amount))
    for k, m in enumerate(sold[::9]):
        layers.append(_layer(str(9101 + k), m, "0", str(-k - 1), m.id))
    layers.append({**layers[0], "id": "9900", "quantity": "0", "value": "7.5", "stock_move_id": "", "reference": ""})
    moves = [{
        "id": m.lot, "product_id": _product(m.item), "location_id": _way(m)[0], "location_dest_id": _way(m)[1],
        "reference": m.number, "origin_returned_move_id": m.return_lot, "state": "done",
    } for m in business.movements]  # fmt: skip
    return {"stock.valuation.layer": layers, "stock.move": moves, **_masters(business)}


def _layer(identifier: str, m: Movement, quantity: str, value: str, linked: str = "") -> Row:
    moment = m.physical + timedelta(0)
    return {
        "id": identifier, "create_date": f"{moment.isoformat()} 09:15:00", "product_id": _product(m.item),
        "quantity": quantity, "unit_cost": "0", "value": value, "remaining_qty": "0", "remaining_value": "0",
        "stock_move_id": m.lot, "reference": m.number, "description": "", "stock_valuation_layer_id": linked,
        "company_id": "Bikes",
    }  # fmt: skip


def _as_moves(business: Business) -> Tables:
    moves: list[Row] = []
    for m in business.movements:
        moves.append({
            "id": m.lot, "date": f"{m.physical.isoformat()} 09:15:00", "product_id": _product(m.item),
            "quantity": str(abs(m.quantity)), "value": str(abs(m.financial_amount or 0)), "location_id": _way(m)[0],
            "location_dest_id": _way(m)[1], "reference": m.number, "origin_returned_move_id": m.return_lot,
            "state": "done", "company_id": "Bikes",
        })  # fmt: skip
    moves.append({**moves[0], "id": "9900", "location_id": "WH/Stock", "location_dest_id": "WH/Shelf"})
    moves.append({**moves[0], "id": "9901", "state": "cancel"})
    return {"stock.move": moves, **_masters(business)}


def _masters(business: Business) -> Tables:
    products = [{"id": str(1 + k), "display_name": _product(item), "name": item.title(),
                 "categ_id": "Goods / AVCO" if model == "Moving average" else "Goods / FIFO", "standard_price": "1"}
                for k, (item, model) in enumerate(business.models.items())]  # fmt: skip
    categories = [
        {"id": "1", "complete_name": "Goods / FIFO", "property_cost_method": "First In First Out (FIFO)"},
        {"id": "2", "complete_name": "Goods / AVCO", "property_cost_method": "average"},
    ]
    return {"product.product": products, "product.category": categories}
