"""Whatever a user fills in is used, named or documented as information: every column of every input sheet, once.

The columns come from the code's own lists, so that a new one fails here until somebody says what filling it in does. Of
each case the book is read and closed with the column and without it; what comes out must differ (results or messages),
or, for a column of information, be the same and stand in the contract as such.
Source  RULES R11; WORKBOOK "Read".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.analysis.ledger.differences import find_differences
from invclose_xl.closing.close import execute_run
from invclose_xl.closing.stock.stock_ledger import value_entries
from invclose_xl.domain.problems.problem import InputFault, Refused
from invclose_xl.workbook.input.read import read_book
from invclose_xl.workbook.layout import INPUT_SHEETS
from tests.core import order_up_to
from tests.errors.raw_book import write_book

CLOSE = date(2026, 1, 31)
CONTRACT = Path(__file__).parents[2] / "docs" / "spec" / "workbook.md"
Row = dict[str, Any]
Sheets = dict[str, list[Row]]


def day(text: str) -> dict[str, str]:
    return {"date": f"2026-{text}"}


def row(name: str, item: str, when: str, quantity: int, amount: float | None, **more: Any) -> Row:
    further = {k.replace("_", " ").capitalize(): v for k, v in more.items()}
    return {"Transaction ID": name, "Item number": item, "Financial date": day(when), "Quantity": quantity,
            "Financial cost amount": amount, **further}  # fmt: skip


def book() -> Sheets:
    """P1 100.00, P2 140.00, ten of them sold for 90.00 on an account of another price."""
    return {
        "Items": [{"Item number": "CHAIN", "Item model group": "G"}, {"Item number": "FRAME", "Item model group": "G"}],
        "Item model groups": [{"Item model group": "G", "Inventory model": "FIFO"}],
        "Transactions": [
            row("P1", "CHAIN", "01-05", 10, 100), row("P2", "CHAIN", "01-06", 10, 140),
            row("S1", "CHAIN", "01-20", -10, -90),
        ],
    }  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What is filled in: cells of a column by row of its sheet; ``beside`` is there with the column and without it."""

    cells: Mapping[int, Any]
    beside: Mapping[str, Any] = field(default_factory=dict)
    """sheet -> rows added; sheet!row!heading -> value"""
    information: bool = False


def used(value: Any, at: int = 2, **beside: Any) -> Case:
    return Case({at: value}, beside)


def shown(value: Any, at: int = 2, **beside: Any) -> Case:
    return Case({at: value}, beside, information=True)


TRANSFER = [row("X", "CHAIN", "01-21", -5, -45, site="1"), row("X2", "CHAIN", "01-22", 5, 45, site="2")]
SITES = {"Transactions!0!Site": "1", "Transactions!1!Site": "1", "Transactions!2!Site": "1"}
PRODUCTS = [row("C", "CHAIN", "01-21", -5, -45, reference="Production line"),
            row("F", "FRAME", "01-22", 5, 45, reference="Production")]  # fmt: skip
SHARED = [{**PRODUCTS[0], "Production number": "W"}, {**PRODUCTS[1], "Production number": "W"},
          row("F2", "FRAME", "01-22", 5, 45, reference="Production", production_number="W")]  # fmt: skip
SLIP = {"Item model groups!0!Include physical value": "Yes", "Transactions!0!Financial date": None,
        "Transactions!0!Financial cost amount": None}  # fmt: skip
LEDGER = {"Ledger": [{"Account": "Inventory", "Date": day("01-05"), "Amount": 100},
                     {"Account": "Inventory", "Date": day("01-06"), "Amount": 140}]}  # fmt: skip
VOUCHERS = {"Ledger": [{"Account": "Inventory", "Date": day("01-05"), "Voucher": f"V{k}", "Amount": 10}
                       for k in range(9)]}  # fmt: skip
CHARGE = {"Cost adjustments": [{"Transaction ID": "P1", "Date": day("01-25"), "Amount": 5}]}
FREIGHT = {"Charges": [{"Date": day("01-25"), "Amount": 5, "Spread by": "Value"}],
           "Transactions!0!Number": "PO-1", "Transactions!0!Lot ID": "L1", "Transactions!0!Warehouse": "11",
           "Items!1!Item group": "PARTS"}  # fmt: skip
PROFILE = {"Posting": [{"Item group": None, "Reference": None, "Inventory account": "1400", "Offset account": "5000"}]}
WORD = {"References": [{"Reference": "Lieferung", "Means": "Sales order"}], "Transactions!2!Reference": "Lieferung"}
DIMENSION = {"Dimensions": [{"Dimension": "Site", "Financial inventory": "Yes"}], "Transactions!2!Site": "2"}
PARAMETER = {"Parameters": [{"Name": "Currency decimals", "Value": 0}]}


def financial(dimension: str) -> dict[str, Any]:
    return {"Dimensions": [{"Dimension": dimension, "Financial inventory": "Yes"}]}


CASES: dict[str, Mapping[str, Case]] = {
    "Items": {
        "number": used("OTHER", 0), "name": used("Chain, 8-speed", 0), "type": shown("Service", 0),
        "model_group": used("H", 0), "item_group": used("PARTS", 0),
        "cost_price": used(9, 0, **{"Transactions!2!Financial date": day("01-02"),
                                    "Transactions!2!Financial cost amount": None}),
        "unit": used("pcs", 0),
    },
    "Item model groups": {
        "name": used("H", 0), "description": shown("First in, first out", 0), "model": used("LIFO", 0),
        "include_physical_value": used(
            "Yes", 0, **{"Transactions!0!Financial date": None, "Transactions!0!Physical date": day("01-05"),
                         "Transactions!0!Physical cost amount": 100, "Transactions!0!Financial cost amount": None}),
        "fixed_receipt_price": used("Yes", 0, **{"Items!0!Cost price": 9}),
        "physical_negative_inventory": used("No", 0, **{"Transactions!2!Quantity": -25}),
        "financial_negative_inventory": used("No", 0, **{"Transactions!2!Quantity": -25}),
        "post_physical_inventory": used("No", 0, **{"Item model groups!0!Include physical value": "Yes",
                                                    "Transactions!2!Financial date": None,
                                                    "Transactions!2!Financial cost amount": None,
                                                    "Transactions!2!Physical date": day("01-20"),
                                                    "Transactions!2!Physical cost amount": -90}),
        "post_financial_inventory": used("No", 0),
    },
    "Transactions": {
        "id": used("P9", 0), "company": used("DE01"), "item": used("FRAME"), "reference": used("Counting"),
        "number": shown("SO-1"), "lot": used("L1", 1, **{"Transactions!2!Marked to": "L1"}),
        "physical_date": used(day("01-05"), 0, **SLIP, **{"Transactions!0!Physical cost amount": 100}),
        "financial_date": used(day("02-05"), 1), "quantity": used(-8), "financial_amount": used(120, 0),
        "physical_amount": used(100, 0, **SLIP, **{"Transactions!0!Physical date": day("01-05")}),
        "prior_adjustment": used(5, 0), "site": used("2"),
        "warehouse": used("11", **financial("Warehouse")), "location": shown("A-1-1"), "license_plate": shown("LP7"),
        "batch_number": used("B", **financial("Batch number")),
        "serial_number": used("N", **financial("Serial number")),
        "configuration": used("RED"), "size": used("L"), "color": used("red"), "style": used("city"),
        "owner": used("ME", **financial("Owner")),
        "marked_to": used("P2"), "marked_quantity": used(4, **{"Transactions!2!Marked to": "P2"}),
        "return_lot": used("S1", 3, Transactions=[row("R", "CHAIN", "01-25", 2, 18, reference="Return order")]),
        "transfer": Case({3: "T1", 4: "T1"}, {"Transactions": TRANSFER, **SITES}),
        "production": Case({3: "W", 4: "W"}, {"Transactions": PRODUCTS}),
        "cost_share": Case({4: 0.9, 5: 0.1}, {"Transactions": SHARED}),
        "prior_settled_quantity": used(4, 0, **{"Transactions!0!Prior settled amount": 40}),
        "prior_settled_amount": used(40, 0, **{"Transactions!0!Prior settled quantity": 4}),
        "unit": Case({0: "pcs", 1: "kg"}), "currency": used("USD", Parameters=[{"Name": "Currency", "Value": "EUR"}]),
        "status": used("Ordered"), "status_receipt": used("Ordered", 1), "status_issue": used("OnOrder"),
        "inventory_account": used("1410"), "offset_account": used("5010"), "ledger_dimension": used("D1"),
        "voucher": used("V1", 0, **VOUCHERS),
        "physical_voucher": used("V2", 0, **VOUCHERS, **SLIP, **{"Transactions!0!Physical date": day("01-05"),
                                                               "Transactions!0!Physical cost amount": 100}),
    },
    "Dimensions": {"dimension": used("Warehouse", 0, **DIMENSION), "financial_inventory": used("No", 0, **DIMENSION)},
    "Posting": {
        "item_group": used("PARTS", 0, **PROFILE), "reference": used("Counting", 0, **PROFILE),
        "inventory_account": used("1499", 0, **PROFILE), "offset_account": used("5999", 0, **PROFILE),
        "inventory_account_name": used("Goods", 0, **PROFILE),
        "offset_account_name": used("Cost of sales", 0, **PROFILE),
    },
    "References": {"reference": used("Anders", 0, **WORD), "means": used("Production line", 0, **WORD)},
    "Cost adjustments": {
        "transaction": used("P2", 0, **CHARGE), "date": used(day("02-25"), 0, **CHARGE), "amount": used(7, 0, **CHARGE),
        "applies_to": used("On hand", 0, **CHARGE, **{"Transactions!2!Quantity": -4, "Transactions!2!Lot ID": None,
                                                      "Transactions!0!Prior settled quantity": 5,
                                                      "Transactions!0!Prior settled amount": 50}),
        "offset_account": used("7000", 0, **CHARGE), "text": shown("Freight bill", 0, **CHARGE),
        "new_unit_cost": used(11, 0, **{"Cost adjustments": [{**CHARGE["Cost adjustments"][0], "Amount": None}]}),
    },
    "Ledger": {
        "account": used("1499", 0, **LEDGER), "date": used(day("02-05"), 0, **LEDGER),
        "voucher": used("V1", 0, **LEDGER, **{"Transactions!0!Voucher": "V2"}), "amount": used(99, 0, **LEDGER),
    },
    "Parameters": {"name": used("Minimum amount", 0, **PARAMETER), "value": used(2, 0, **PARAMETER)},
    "Charges": {
        "date": used(day("02-25"), 0, **FREIGHT), "amount": used(7, 0, **FREIGHT),
        "spread_by": used("Equally", 0, **FREIGHT), "number": used("PO-1", 0, **FREIGHT),
        "lot": used("L1", 0, **FREIGHT), "item": used("CHAIN", 0, **FREIGHT), "item_group": used("PARTS", 0, **FREIGHT),
        "site": used("1", 0, **FREIGHT), "warehouse": used("11", 0, **FREIGHT),
        "received_from": used(day("01-06"), 0, **FREIGHT), "received_to": used(day("01-05"), 0, **FREIGHT),
        "offset_account": used("7000", 0, **FREIGHT), "text": used("Freight", 0, **FREIGHT),
    },
    "Expected": {
        "transaction": used("S1", 0, Expected=[{"Adjustment": 10}]),
        "adjustment": used(10, 0, Expected=[{"Transaction ID": "S1"}]),
    },
}  # fmt: skip
COLUMNS = [
    (sheet.name, column.field, column.heading) for sheet in INPUT_SHEETS for column in (*sheet.columns, *sheet.exported)
]


@pytest.mark.parametrize(("sheet", "name", "heading"), COLUMNS, ids=[f"{s}, {h}" for s, _, h in COLUMNS])
@pytest.mark.sampled(7, long=2)
def test_a_column_that_is_filled_in(sheet: str, name: str, heading: str, tmp_path: Path) -> None:
    case = CASES.get(sheet, {}).get(name)
    assert case is not None, f"say here what filling in {heading} on {sheet} does"
    without, filled = (outcome(tmp_path, case, sheet, heading, fill) for fill in (False, True))
    if case.information:
        assert without == filled
        contract = CONTRACT.read_text("utf-8").split("### Columns of information", 1)[1].split("\n#", 1)[0]
        assert f"*{heading}*" in contract
    else:
        assert without != filled


def outcome(folder: Path, case: Case, sheet: str, heading: str, fill: bool) -> str:
    """Read the book and close it; return everything that a reader sees of it."""
    sheets = book()
    for place, value in case.beside.items():
        if "!" in place:
            name, number, other = place.split("!")
            sheets[name][int(number)][other] = value
        else:
            sheets[place] = [*sheets.get(place, []), *(dict(r) for r in value)]
    if fill:
        for number, value in case.cells.items():
            sheets[sheet][number][heading] = value
    path = write_book(folder / "book.xlsx", {name: _lines(rows) for name, rows in sheets.items()})
    reading = read_book(path)
    said = [problem.line() for problem in reading.problems]
    if reading.book is None:
        return json.dumps(said)
    try:
        found = execute_run(reading.book, order_up_to(CLOSE))
    except (InputFault, Refused) as fault:
        return json.dumps([*said, *(problem.line() for problem in fault.problems)])
    tables = {name: str(frame.rows()) for name, frame in found.tables.items() if name not in ("locked_rows", "lock")}
    said += [problem.line() for problem in found.problems]
    if reading.book.ledger is not None:
        differences = find_differences(
            reading.book, value_entries(reading.book), reading.book.ledger, (CLOSE - date(1970, 1, 1)).days
        )
        tables["differences"] = str(differences.rows.rows())
    return json.dumps([said, tables, reading.book.parameters.currency])


def _lines(rows: list[Row]) -> list[list[Any]]:
    headings = list(dict.fromkeys(heading for r in rows for heading in r))
    return [headings, *([r.get(heading) for heading in headings] for r in rows)]
