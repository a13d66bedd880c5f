"""The made-up company as Dynamics exports it: tables in lower case, enumerations as integers, and its awkward rows.

In      a Business; what to do with the tables (``Tables``).
Out     rows by table, and writers to CSV, Parquet and Delta.
Source  EXPORTS §1.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from tests.importing.business import Business, Company, Movement

Row = dict[str, str]
Tables = dict[str, list[Row]]
NEVER = "1900-01-01"
CATEGORIES = {
    "Sales order": 0, "Production": 2, "Purchase order": 3, "Movement": 4, "Transfer": 6, "Production line": 8,
    "Counting": 13, "Transfer order shipment": 21, "Transfer order receive": 22,
}  # fmt: skip
MODELS = {"FIFO": 0, "LIFO": 1, "LIFO date": 2, "Weighted average": 3, "Weighted average date": 4, "Standard cost": 5}
ITEMS = {
    "CHAIN": "FIFO", "SADDLE": "LIFO", "BELL": "LIFO date", "TUBE": "Weighted average", "PUMP": "Weighted average date",
    "FRAME": "FIFO", "BIKE": "FIFO",
}  # fmt: skip
FIRST_ID = 5637144576


def company(seed: int = 7) -> Business:
    """Return three months in which everything happens that Dynamics can tell."""
    c = Company(seed, ITEMS, FIRST_ID)
    trade = ["CHAIN", "SADDLE", "BELL", "TUBE", "PUMP", "FRAME"]
    for item in trade:
        c.purchase(0, item, 1 + trade.index(item))
    for k, at in c.shares(60):
        item = c.choose(trade)
        c.purchase(at, item, 100 + k)
        c.sale(at + 0.01, item, 100 + k)
        if k % 2:
            c.sale(at + 0.02, c.choose(trade), 300 + k)
        if k % 15 == 3:
            _partial_invoice(c, at, item, 500 + k)
        if k % 12 == 5:
            _transfer_order(c, at, item, k)
        if k % 10 == 7:
            _journal(c, at, item, k)
        if k % 12 == 9:
            _production(c, at, k)
        if k % 15 == 11:
            _return(c, at, k)
        if k % 20 == 13:
            _marked(c, at, item, 700 + k)
    c.sale(0.97, "BIKE", 900)
    business = c.business
    for m in business.movements:
        m.inventory, m.offset = f"140200-{m.site}", f"{500000 + CATEGORIES[m.reference]}-{m.site}"
        m.lot = m.lot.replace("LOT-", "LOT")
        m.return_lot, m.marked_to, m.transfer = (
            x.replace("LOT-", "LOT") for x in (m.return_lot, m.marked_to, m.transfer)
        )
    return business


def _partial_invoice(c: Company, at: float, item: str, number: int) -> None:
    first = c.purchase(at, item, number)
    c.post(item, "Purchase order", first.number, Decimal(12), first.physical, lot=first.lot, financial=None,
           financial_amount=None)  # fmt: skip


def _transfer_order(c: Company, at: float, item: str, k: int) -> None:
    """Ship from one site into transit, receive at another."""
    quantity, number, day = Decimal(9), f"TO-{k:03}", c.day(at + 0.01)
    cost = c.amount(item, quantity)
    same = {"physical_amount": -cost, "financial_amount": -cost}
    other = {"physical_amount": cost, "financial_amount": cost}
    ship = c.post(item, "Transfer order shipment", number, -quantity, day, **same)
    transit = c.post(item, "Transfer order shipment", number, quantity, day, warehouse="TRANSIT", **other)
    ship.transfer = transit.transfer = ship.lot
    leave = c.post(item, "Transfer order receive", number, -quantity, day, warehouse="TRANSIT", **same)
    arrive = c.post(item, "Transfer order receive", number, quantity, day, site="2", warehouse="21", **other)
    leave.transfer = arrive.transfer = leave.lot


def _journal(c: Company, at: float, item: str, k: int) -> None:
    quantity, day = Decimal(4), c.day(at + 0.02)
    cost = c.amount(item, quantity)
    out = c.post(item, "Transfer", f"TJ-{k:03}", -quantity, day, physical_amount=-cost, financial_amount=-cost)
    back = c.post(item, "Transfer", f"TJ-{k:03}", quantity, day, site="2", warehouse="21", physical_amount=cost,
                  financial_amount=cost)  # fmt: skip
    out.transfer = back.transfer = out.lot


def _production(c: Company, at: float, k: int) -> None:
    number, day = f"PR-{k:03}", c.day(at + 0.02)
    frame = c.post("FRAME", "Production line", number, Decimal(-3), day, production=number)
    chain = c.post("CHAIN", "Production line", number, Decimal(-3), day, production=number)
    cost = -(frame.financial_amount or 0) - (chain.financial_amount or 0)
    c.post("BIKE", "Production", number, Decimal(3), day, production=number, physical_amount=Decimal(cost),
           financial_amount=Decimal(cost))  # fmt: skip


def _return(c: Company, at: float, k: int) -> None:
    sold = next(m for m in reversed(c.business.movements) if m.reference == "Sales order" and not m.return_lot)
    cost = -(sold.financial_amount or Decimal(0)) / sold.quantity * -1
    amount = (cost * 2).quantize(Decimal("0.01"))
    c.post(sold.item, "Sales order", f"RMA-{k:03}", Decimal(2), c.day(at + 0.03), return_lot=sold.lot,
           physical_amount=amount, financial_amount=amount)  # fmt: skip


def _marked(c: Company, at: float, item: str, number: int) -> None:
    bought = c.purchase(at, item, number)
    sold = c.sale(at + 0.03, item, number)
    sold.quantity = -bought.quantity
    bought.marked_to, sold.marked_to = sold.lot, bought.lot
    sold.financial_amount = sold.physical_amount = -(bought.physical_amount)


# ---- as tables


@dataclass
class Settled:
    """What the system itself settled of one transaction."""

    quantity: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    adjustment: Decimal = Decimal(0)


def tables(business: Business, settled: Mapping[str, Settled] | None = None) -> Tables:
    """Return the export of a business."""
    made: Tables = {name: [] for name in (
        "InventTrans", "InventTransOrigin", "InventDim", "InventTransOriginTransfer", "InventTransPosting",
        "DimensionAttributeValueCombination", "InventTable", "InventModelGroupItem", "InventModelGroup",
        "InventItemGroupItem",
    )}  # fmt: skip
    origins: dict[str, str] = {}
    accounts: dict[str, str] = {}
    transfers: dict[str, dict[str, str]] = {}
    for m in business.movements:
        _transaction(made, m, origins, accounts, (settled or {}).get(m.id, Settled()))
        if m.transfer:
            transfers.setdefault(m.transfer, {})["receipt" if m.quantity > 0 else "issue"] = origins[m.lot]
    for pair in transfers.values():
        made["InventTransOriginTransfer"].append(
            {"receiptinventtransorigin": pair["receipt"], "issueinventtransorigin": pair["issue"], "dataareaid": "usmf"}
        )
    by_lot = {m.lot: origins[m.lot] for m in business.movements}
    for row, m in zip(made["InventTrans"], business.movements, strict=True):
        row["markingrefinventtransorigin"] = by_lot.get(m.marked_to, "0")
        row["returninventtransorigin"] = by_lot.get(m.return_lot, "0")
    _masters(made, business)
    _awkward(made)
    return made


def _transaction(made: Tables, m: Movement, origins: dict[str, str], accounts: dict[str, str], s: Settled) -> None:
    if m.lot not in origins:
        origins[m.lot] = str(22565420000 + len(origins))
        made["InventTransOrigin"].append({
            "recid": origins[m.lot], "dataareaid": "usmf", "inventtransid": m.lot,
            "referencecategory": str(CATEGORIES[m.reference]), "referenceid": m.number, "itemid": m.item,
        })  # fmt: skip
    dim = f"DIM-{m.site}-{m.warehouse}"
    if all(row["inventdimid"] != dim for row in made["InventDim"]):
        made["InventDim"].append({
            "inventdimid": dim, "inventsiteid": m.site, "inventlocationid": m.warehouse, "wmslocationid": "",
            "inventbatchid": "", "dataareaid": "usmf",
        })  # fmt: skip
    status = 1 if m.financial else 2
    made["InventTrans"].append({
        "recid": m.id, "dataareaid": "usmf", "itemid": m.item, "inventdimid": dim, "inventtransorigin": origins[m.lot],
        "statusissue": str(status if m.quantity < 0 else 0), "statusreceipt": str(status if m.quantity > 0 else 0),
        "qty": f"{m.quantity:.6f}", "qtysettled": f"{s.quantity:.6f}", "datephysical": m.physical.isoformat(),
        "datefinancial": m.financial.isoformat() if m.financial else NEVER, "dateclosed": NEVER, "valueopen": "1",
        "costamountphysical": f"{m.physical_amount:.2f}", "costamountposted": f"{m.financial_amount or 0:.2f}",
        "costamountadjustment": f"{s.adjustment:.2f}", "costamountsettled": f"{s.amount:.2f}",
        "voucher": f"V{m.id}" if m.financial else "", "voucherphysical": f"P{m.id}", "invoiceid": "",
        "transchildtype": "0", "nonfinancialtransferinventclosing": "0", "isdelete": "", "partition": "5637144576",
    })  # fmt: skip
    for account in (m.inventory, m.offset):
        if account not in accounts:
            accounts[account] = str(68719476700 + len(accounts))
            made["DimensionAttributeValueCombination"].append({"recid": accounts[account], "displayvalue": account})
    for kind, voucher, day in ((0, f"P{m.id}", m.physical), (1, f"V{m.id}", m.financial)):
        if day:
            made["InventTransPosting"].append({
                "inventtransorigin": origins[m.lot], "voucher": voucher, "transdate": day.isoformat(),
                "inventtranspostingtype": str(kind), "ledgerdimension": accounts[m.inventory],
                "offsetledgerdimension": accounts[m.offset], "dataareaid": "usmf", "isposted": "1",
            })  # fmt: skip


def _masters(made: Tables, business: Business) -> None:
    for item, model in business.models.items():
        made["InventTable"].append({"itemid": item, "dataareaid": "usmf", "product": "0", "itemtype": "0",
                                    "namealias": item.title()})  # fmt: skip
        made["InventModelGroupItem"].append({"itemid": item, "modelgroupid": f"G-{item}", "dataareaid": "usmf"})
        made["InventItemGroupItem"].append({"itemid": item, "itemgroupid": "PARTS", "dataareaid": "usmf"})
        made["InventModelGroup"].append({
            "modelgroupid": f"G-{item}", "dataareaid": "usmf", "name": model, "inventmodel": str(MODELS[model]),
            "negativephysical": "1", "negativefinancial": "1",
        })  # fmt: skip


def _awkward(made: Tables) -> None:
    """Add what only an export has: ordered, reserved, quoted, blocked and deleted rows, and another company's."""
    plain = made["InventTrans"][0]
    odd = {"qtysettled": "0.000000", "datephysical": NEVER, "datefinancial": NEVER, "costamountphysical": "0.00",
           "costamountposted": "0.00", "voucher": "", "voucherphysical": ""}  # fmt: skip
    for number, (issue, receipt) in enumerate([(0, 5), (0, 6), (0, 3), (6, 0), (4, 0), (5, 0), (7, 0), (3, 0)]):
        quantity = "7.000000" if receipt else "-7.000000"
        made["InventTrans"].append({**plain, **odd, "recid": str(9000 + number), "statusissue": str(issue),
                                    "statusreceipt": str(receipt), "qty": quantity})  # fmt: skip
    made["InventTrans"].append({**plain, **odd, "recid": "9100", "isdelete": "1"})


def as_csv(rows: Iterable[Row], separator: str = ",", decimal: str = ".") -> str:
    """Return rows as text; with a decimal comma where that is wanted."""
    listed = list(rows)
    out = io.StringIO()
    headings = list(dict.fromkeys(h for row in listed for h in row))
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerow(headings)
    for row in listed:
        writer.writerow([_local(row.get(h, ""), decimal) for h in headings])
    return out.getvalue()


def _local(text: str, decimal: str) -> str:
    is_number = "." in text and text.replace(".", "", 1).lstrip("-").isdigit()
    return text.replace(".", decimal) if is_number else text


def write_csv(made: Tables, folder: Path, separator: str = ",", decimal: str = ".", encoding: str = "utf-8") -> Path:
    """Write a file per table."""
    folder.mkdir(exist_ok=True)
    for name, rows in made.items():
        (folder / f"{name}.csv").write_text(as_csv(rows, separator, decimal), encoding)
    return folder


FLOATS = ("qty", "qtysettled", "costamountphysical", "costamountposted", "costamountadjustment", "costamountsettled")
DATES = ("datephysical", "datefinancial", "dateclosed", "transdate")


def frame_of(rows: list[Row]) -> pl.DataFrame:
    """Return a table with the types that a lake has: integers, floats, moments."""
    frame = pl.DataFrame({h: [row.get(h) or None for row in rows] for h in rows[0]}, schema_overrides={})
    for name in frame.columns:
        if name in FLOATS:
            frame = frame.with_columns(pl.col(name).cast(pl.Float64))
        elif name in DATES:
            frame = frame.with_columns(pl.col(name).str.to_datetime("%Y-%m-%d", time_unit="us"))
        elif name.endswith(("recid", "origin", "dimension")) or name.startswith(("status", "isdelete", "isposted")):
            frame = frame.with_columns(pl.col(name).cast(pl.Int64))
    return frame


def write_parquet(made: Tables, folder: Path) -> Path:
    """Write a Parquet file per table."""
    folder.mkdir(exist_ok=True)
    for name, rows in made.items():
        frame_of(rows).write_parquet(folder / f"{name.lower()}.parquet")
    return folder


def write_delta(made: Tables, folder: Path) -> Path:
    """Write a Delta table per table: two commits, an old file that the second removes."""
    folder.mkdir(exist_ok=True)
    for name, rows in made.items():
        table = folder / name.lower()
        (table / "_delta_log").mkdir(parents=True)
        frame = frame_of(rows)
        half = frame.height // 2
        pl.concat([frame.head(half), frame.head(1)]).write_parquet(table / "part-0.parquet")
        frame.head(half).write_parquet(table / "part-1.parquet")
        frame.slice(half).write_parquet(table / "part-2.parquet")
        schema = {"type": "struct", "fields": [{"name": c, "type": "string", "metadata": {}} for c in frame.columns]}
        first = [
            {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
            {"metaData": {"id": name, "schemaString": json.dumps(schema), "partitionColumns": []}},
            {"add": {"path": "part-0.parquet", "partitionValues": {}, "dataChange": True}},
        ]
        second = [
            {"remove": {"path": "part-0.parquet", "dataChange": True}},
            {"add": {"path": "part-1.parquet", "partitionValues": {}, "dataChange": True}},
            {"add": {"path": "part-2.parquet", "partitionValues": {}, "dataChange": True}},
        ]
        for version, actions in enumerate((first, second)):
            text = "\n".join(map(json.dumps, actions))
            (table / "_delta_log" / f"{version:020}.json").write_text(text, "utf-8")
    return folder


def last_day(month: int) -> date:
    """Return the end of a month of 2026."""
    return date(2026, month, {1: 31, 2: 28, 3: 31}[month])


# ---- as one flat grid

NAMES = {
    "Sales order": "Sales", "Production": "Prod", "Purchase order": "Purch", "Transfer": "InventTransfer",
    "Production line": "ProdLine", "Transfer order shipment": "TransferOrderShip",
    "Transfer order receive": "TransferOrderReceive",
}  # fmt: skip


def flat(business: Business, *, labels: bool = False) -> list[Row]:
    """Return the grid Inventory transactions: names of enumerations, dimensions and lots in the same row."""
    rows = [_flat_row(m) for m in business.movements]
    odd = {"StatusReceipt": "Ordered", "StatusIssue": "None", "DatePhysical": NEVER, "DateFinancial": NEVER,
           "CostAmountPhysical": "0.00", "CostAmountPosted": "0.00", "Qty": "8.00"}  # fmt: skip
    rows += [
        {**rows[0], **odd, "RecId": "9001"},
        {**rows[0], **odd, "RecId": "9002", "StatusReceipt": "QuotationReceipt"},
    ]
    return [{LABELS.get(k, k): v for k, v in row.items()} for row in rows] if labels else rows


LABELS = {
    "RecId": "Record-ID", "ItemId": "Item number", "ReferenceCategory": "Reference", "ReferenceId": "Number",
    "InventTransId": "Lot ID", "StatusReceipt": "Receipt", "StatusIssue": "Issue", "DatePhysical": "Physical date",
    "DateFinancial": "Financial date", "Qty": "Quantity", "CostAmountPosted": "Cost amount",
    "CostAmountPhysical": "Physical cost amount", "InventSiteId": "Site", "InventLocationId": "Warehouse",
    "InventTransIdReturn": "Return lot ID", "InventRefTransId": "Reference lot",
}  # fmt: skip


def _flat_row(m: Movement) -> Row:
    word = (
        ("Received" if m.quantity > 0 else "Deducted") if not m.financial else "Purchased" if m.quantity > 0 else "Sold"
    )
    return {
        "RecId": m.id, "DataAreaId": "usmf", "ItemId": m.item, "ReferenceCategory": NAMES[m.reference],
        "ReferenceId": m.number, "InventTransId": m.lot, "StatusReceipt": word if m.quantity > 0 else "None",
        "StatusIssue": word if m.quantity < 0 else "None", "DatePhysical": m.physical.isoformat(),
        "DateFinancial": m.financial.isoformat() if m.financial else NEVER, "Qty": f"{m.quantity:.2f}",
        "CostAmountPosted": f"{m.financial_amount or 0:.2f}", "CostAmountPhysical": f"{m.physical_amount:.2f}",
        "InventSiteId": m.site, "InventLocationId": m.warehouse, "InventTransIdReturn": m.return_lot,
        "InventRefTransId": m.marked_to,
    }  # fmt: skip
