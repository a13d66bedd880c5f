"""Business Central, ERPNext, Odoo: imported and closed, they settle what the same business typed in settles."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from invclose_xl.importing.mapping.load import SYSTEMS, system_mapping
from invclose_xl.importing.transform.examples import hold_examples
from tests.importing import business_central, erpnext, odoo
from tests.importing.business import Business
from tests.importing.closed import close, equal, imported
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
@pytest.mark.sampled(2)
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


def test_what_the_system_adjusted_itself_is_expected_not_posted(tmp_path: Path) -> None:
    _, tables = business_central.company()
    book = imported(write_csv(tables, tmp_path / "export"), tmp_path / "book.xlsx")
    expected = {text(row["Transaction ID"]) for row in Results(book).rows("Expected", "Adjustment")}
    own = {v["Item Ledger Entry No."] for v in tables[business_central.VALUES] if v["Adjustment"] == "true"}
    assert expected
    assert expected <= own
