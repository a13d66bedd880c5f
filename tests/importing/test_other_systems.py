"""Business Central, ERPNext, Odoo: imported and closed, they settle what the same business typed in settles."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.importing.mapping.load import SYSTEMS, system_mapping
from invclose_xl.importing.transform.examples import hold_examples
from tests.importing import business_central, erpnext, odoo, own_system
from tests.importing.business import Business
from tests.importing.closed import close, equal, imported, run
from tests.importing.dynamics import Tables, write_csv
from tests.results import Results, text

DAYS = ("2026-02-28", "2026-03-31")
COMPANIES: dict[str, Callable[[], tuple[Business, Tables]]] = {
    "business-central": business_central.company,
    "erpnext": erpnext.company,
    "odoo": odoo.company,
    "odoo by moves": partial(odoo.company, moves_only=True),
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_examples_of_a_mapping_hold(system: str) -> None:
    mapping = system_mapping(system)
    assert mapping.tests
    hold_examples(mapping, f"{system}.toml")


@pytest.mark.parametrize("name", COMPANIES)
@pytest.mark.sampled(5)
def test_a_company_closes_like_the_template(name: str, tmp_path: Path) -> None:
    business, tables = COMPANIES[name]()
    assert sum(map(len, tables.values())) > 200
    typed = business.typed()
    if name.startswith("odoo"):  # it names products as it shows them
        for item in typed.items:
            item.number = odoo._product(item.number)
        for row in typed.rows:
            row["Item number"] = odoo._product(str(row["Item number"]))
    expected = close(typed.write(tmp_path / "typed.xlsx"), *DAYS)
    book = imported(write_csv(tables, tmp_path / "export"), tmp_path / "book.xlsx")
    equal(close(book, *DAYS), expected)


@pytest.mark.long
def test_a_company_with_a_mapping_of_its_own_closes_like_the_template(tmp_path: Path) -> None:
    business, export = own_system.company(tmp_path / "export")
    assert len(business.movements) > 220
    expected = close(business.typed().write(tmp_path / "typed.xlsx"), *DAYS)
    book = imported(export, tmp_path / "book.xlsx", "--map", str(own_system.MAPPING))
    equal(close(book, *DAYS), expected)


def test_what_the_system_adjusted_itself_is_expected_not_posted(tmp_path: Path) -> None:
    _, tables = business_central.company()
    book = imported(write_csv(tables, tmp_path / "export"), tmp_path / "book.xlsx")
    expected = {text(row["Transaction ID"]) for row in Results(book).rows("Expected", "Adjustment")}
    own = {v["Item Ledger Entry No."] for v in tables[business_central.VALUES] if v["Adjustment"] == "true"}
    assert expected
    assert expected <= own


def _business_central() -> Tables:
    """A receipt of 10, a charge of 5.00 on it, 4 of it sold; and a receipt with a charge that nothing was sold of."""
    entry = {"Posting Date": "2026-01-05", "Document No.": "D", "Location Code": ""}
    entries = [
        {"Entry No.": number, "Item No.": item, "Entry Type": kind, "Quantity": q, "Invoiced Quantity": q, **entry}
        for number, item, kind, q in (
            ("1", "A", "Purchase", "10"),
            ("2", "A", "Sale", "-4"),
            ("3", "B", "Purchase", "5"),
        )
    ]
    values = [
        {"Entry No.": str(90 + k), "Item Ledger Entry No.": of, "Posting Date": "2026-01-09",
         "Entry Type": "Direct Cost",
         "Item Charge No.": charge, "Cost Amount (Actual)": amount, "Adjustment": own, "Document No.": "D",
         "Invoiced Quantity": q, "Expected Cost": "false"}
        for k, (of, amount, charge, own, q) in enumerate((
            ("1", "100", "", "false", "10"), ("1", "5", "FREIGHT", "false", "0"), ("2", "-40", "", "false", "-4"),
            ("2", "-2", "", "true", "0"), ("3", "50", "", "false", "5"), ("3", "1", "FREIGHT", "false", "0"),
        ))
    ]  # fmt: skip
    return {business_central.ENTRIES: entries, business_central.VALUES: values}


def _odoo() -> Tables:
    rows = [("1", "A", "10", "100", "", "51"), ("2", "A", "-4", "-40", "", "52"), ("3", "A", "0", "5", "1", "51"),
            ("4", "A", "0", "-2", "2", "52"), ("5", "B", "5", "50", "", "53"),
            ("6", "B", "0", "1", "5", "53")]  # fmt: skip
    return {"stock.valuation.layer": [
        {"id": i, "create_date": "2026-01-05 10:00:00", "product_id": item, "quantity": q, "value": v,
         "stock_valuation_layer_id": layer, "stock_move_id": move, "reference": f"WH/{'OUT' if q < '0' else 'IN'}/1"}
        for i, item, q, v, layer, move in rows
    ]}  # fmt: skip


@pytest.mark.parametrize("make", [_business_central, _odoo])
def test_what_is_charged_is_known_to_both(
    make: Callable[[], Tables], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The import puts charges to Cost adjustments, and what they did to other rows to Expected: nothing differs."""
    name = "business-central" if make is _business_central else "odoo"

    folder = write_csv(make(), tmp_path / "export")
    book = imported(folder, tmp_path / "book.xlsx", "--system", name, "--model", "FIFO")
    capsys.readouterr()
    assert run("compare", str(book), "--date", "2026-01-31", "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert run("compare", str(book), "--date", "2026-01-31") == 0
    assert "known to both: Expected is without them" in capsys.readouterr().out
    assert (found["charged"], found["charged_amount"], found["differences"]) == (2, "6.00", [])
    assert found["inventory_change_here"] == found["inventory_change_expected"] == "4.00"
