"""References of an export that find nothing: named with examples, or refused; for every system, none silent."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from invclose_xl.importing.mapping.load import SYSTEMS, system_mapping
from tests.importing import business_central, dynamics, erpnext, odoo
from tests.importing.closed import close, refused, run
from tests.importing.dynamics import Row, Tables, write_csv
from tests.results import Results, text

MAKE: dict[str, Callable[[], Tables]] = {
    "dynamics": lambda: dynamics.tables(dynamics.company()),
    "business-central": lambda: business_central.company()[1],
    "erpnext": lambda: erpnext.company()[1],
    "odoo": lambda: odoo.company()[1],
}


def _first(rows: list[Row], column: str, old: str = "") -> Row:
    """Return the first row that refers to anything."""
    return next(row for row in rows if row[column] not in ("", "0", old))


NAMED = {
    "dynamics a mark to an origin": ("InventTrans", "markingrefinventtransorigin", "The mark is left out"),
    "dynamics a return of an origin": ("InventTrans", "returninventtransorigin", "The return keeps the cost"),
    "dynamics an account": ("InventTransPosting", "ledgerdimension", "The account is the record ID"),
    "dynamics an offset account": ("InventTransPosting", "offsetledgerdimension", "The account is the record ID"),
    "dynamics the pair of a transfer": ("InventTransOriginTransfer", "issueinventtransorigin", "by document number"),
    "business-central a return": (business_central.ENTRIES, "Applies-from Entry", "The return keeps the cost"),
    "business-central an item": (business_central.ENTRIES, "Item No.", "costing method of these items"),
    "erpnext a stock entry": ("Stock Ledger Entry", "voucher_no", "told by their legs"),
    "erpnext an item": ("Stock Ledger Entry", "item_code", "valuation method of these items"),
    "odoo a move": ("stock.valuation.layer", "stock_move_id", "told by their reference"),
    "odoo a returned move": ("stock.move", "origin_returned_move_id", "The return keeps the cost"),
}
"""system and case -> table, column that is spoilt, what is said of it"""


@pytest.mark.parametrize("case", NAMED)
@pytest.mark.sampled(4)
def test_what_finds_nothing_is_named(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, column, said = NAMED[case]
    made = MAKE[case.split()[0]]()
    row = _first(made[table], column)
    if case == "erpnext a stock entry":
        row = next(r for r in made[table] if r["voucher_type"] == "Stock Entry")
        made.setdefault("Stock Entry", []).append({"name": "SE-other", "purpose": "Material Issue"})
    row[column] = "987654"
    folder, book = write_csv(made, tmp_path / "export"), tmp_path / "book.xlsx"
    how = ("--system", case.split()[0], "--output", str(book), "--model", "FIFO")
    capsys.readouterr()
    assert run("import", str(folder), *how, "--strict", "--json") == 6
    found = json.loads(capsys.readouterr().out)
    assert found["exit_code"] == 6
    problems = [p for p in found["problems"] if p["code"] == "IC430" and "987654" in p["problem"]]
    assert problems, found["problems"]
    assert said in problems[0]["problem"]
    assert [r for r in found["tables"] if r["what"] == "Not found" and "987654" in r["text"]]
    lines = [text(r["Text"]) for r in Results(book).rows("Import", "What") if text(r["What"]) == "Not found"]
    assert any("987654" in line and "row" in line for line in lines)
    close(book, "2026-02-28")


REFUSED = {
    "dynamics an origin": ("InventTrans", "inventtransorigin", "InventTransOrigin"),
    "dynamics dimensions": ("InventTrans", "inventdimid", "InventDim"),
    "business-central an entry": (business_central.VALUES, "Item Ledger Entry No.", "Item Ledger Entry"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_must_be_found_is_refused(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, column, target = REFUSED[case]
    made = MAKE[case.split()[0]]()
    made[table][0][column] = "987654"
    lines = refused(capsys, write_csv(made, tmp_path / "e"), tmp_path / "book.xlsx", "--system", case.split()[0])
    assert "IC410" in lines[0]
    assert "987654" in lines[0]
    assert f"Export {target} whole" in lines[0]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_join_says_what_happens_to_what_finds_nothing(system: str) -> None:
    mapping = system_mapping(system)
    joins = [j for view in (*mapping.views, *mapping.rows) for j in view.joins]
    assert joins
    assert all(j.then for j in joins if j.if_missing == "name"), "a name without what becomes of the row"
    told = {(r.sheet, r.column) for r in mapping.references}
    filled = {(rows.sheet, column) for rows in mapping.rows for column in rows.columns}
    names = {("Transactions", c) for c in ("Marked to", "Return lot ID", "Transfer ID")}
    assert (names | {("Cost adjustments", "Transaction ID"), ("Expected", "Transaction ID")}) & filled == told


def test_a_mark_to_what_is_only_ordered_comes_with_a_later_import(tmp_path: Path) -> None:
    """First the mark is left out; when the receipt is there it is on both."""
    made = MAKE["dynamics"]()
    trans = made["InventTrans"]
    marked = _first(trans, "markingrefinventtransorigin")
    partner = next(r for r in trans if r["inventtransorigin"] == marked["markingrefinventtransorigin"])
    if partner["qty"].startswith("-"):
        marked, partner = partner, marked
    before = dict(partner)
    partner |= {"statusreceipt": "5", "datephysical": dynamics.NEVER, "datefinancial": dynamics.NEVER,
                "costamountposted": "0.00", "costamountphysical": "0.00"}  # fmt: skip
    book = tmp_path / "book.xlsx"
    assert run("import", str(write_csv(made, tmp_path / "before")), "--output", str(book)) == 0

    def mark() -> str:
        rows = Results(book).rows("Transactions", "Transaction ID")
        return text(next(r for r in rows if text(r["Transaction ID"]) == marked["recid"]).get("Marked to") or "")

    assert mark() == ""
    partner |= before
    assert run("import", str(write_csv(made, tmp_path / "after")), "--into", str(book)) == 0
    assert mark() != ""


def test_references_to_rows_of_the_book_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A later export of new rows alone may name rows that the book has from an earlier one."""
    made = MAKE["business-central"]()
    entries = made[business_central.ENTRIES]
    at = next(k for k, row in enumerate(entries) if row["Applies-from Entry"] != "0")
    book = tmp_path / "book.xlsx"
    new = {entries[at]["Entry No."]}
    first = {**made, business_central.ENTRIES: entries[:at] + entries[at + 1 :], business_central.VALUES: [
        v for v in made[business_central.VALUES] if v["Item Ledger Entry No."] not in new]}  # fmt: skip
    then = {**made, business_central.ENTRIES: [entries[at]], business_central.VALUES: [
        v for v in made[business_central.VALUES] if v["Item Ledger Entry No."] in new]}  # fmt: skip
    assert run("import", str(write_csv(first, tmp_path / "first")), "--output", str(book)) == 0
    capsys.readouterr()
    assert run("import", str(write_csv(then, tmp_path / "then")), "--into", str(book), "--strict") == 0
    rows = Results(book).rows("Transactions", "Transaction ID")
    assert text(rows[-1]["Return lot ID"]) == entries[at]["Applies-from Entry"]
