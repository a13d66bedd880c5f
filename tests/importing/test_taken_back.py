"""What the system took back, or has under other IDs, when an export is imported into a book that holds it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.importing import dynamics, erpnext, odoo
from tests.importing.closed import close, imported, run, settlements
from tests.importing.dynamics import NEVER, Row, as_csv, write_csv
from tests.results import Results, text


def _deleted(row: Row) -> None:
    row["isdelete"] = "1"


def _ordered(row: Row) -> None:
    receipt = row["statusreceipt"] != "0"
    row |= {"statusreceipt": "5" if receipt else "0", "statusissue": "0" if receipt else "4", "datephysical": NEVER,
            "datefinancial": NEVER, "costamountposted": "0.00", "costamountphysical": "0.00"}  # fmt: skip


def _cancelled(row: Row) -> None:
    row["is_cancelled"] = "1"


CASES: dict[str, tuple[str, str, str, Callable[[Row], None]]] = {
    "deleted": ("dynamics", "InventTrans", "recid", _deleted),
    "back to ordered": ("dynamics", "InventTrans", "recid", _ordered),
    "cancelled": ("erpnext", "Stock Ledger Entry", "name", _cancelled),
}


@pytest.mark.parametrize("is_closed", [False, True], ids=["open", "locked"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.sampled(11)
def test_what_was_taken_back(case: str, is_closed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    system, table, key, change = CASES[case]
    made = dynamics.tables(dynamics.company()) if system == "dynamics" else erpnext.company()[1]
    book = imported(write_csv(made, tmp_path / "first"), tmp_path / "book.xlsx", "--system", system)
    if is_closed:
        close(book, "2026-03-31")
    rows = Results(book).rows("Transactions", "Transaction ID")
    at = len(rows) // 2
    name = text(rows[at]["Transaction ID"])
    change(next(row for row in made[table] if row[key] == name))
    before = book.read_bytes()
    folder = write_csv(made, tmp_path / "then")
    capsys.readouterr()
    code = run("import", str(folder), "--into", str(book), "--system", system, "--strict")
    out, err = capsys.readouterr()
    said = [line for line in (out + err).splitlines() if "(IC440)" in line]
    assert code == (4 if is_closed else 6)
    assert len(said) == 1
    assert f"Transactions!A{at + 2}: " in said[0]
    assert name in said[0]
    assert ("reverse IC-000001 first, delete the row" if is_closed else "Delete the row from the sheet") in said[0]
    assert book.read_bytes() == before
    if is_closed:
        made[table] = [row for row in made[table] if row[key] != name]
        assert run("import", str(write_csv(made, tmp_path / "without")), "--into", str(book), "--system", system) == 0


def _grid(folder: Path, rows: list[Row], *without: str) -> Path:
    folder.mkdir()
    file = folder / "grid.csv"
    file.write_text(as_csv([{k: v for k, v in row.items() if k not in without} for row in rows]), "utf-8")
    return file


@pytest.mark.parametrize(("first", "then"), [((), ("RecId",)), (("RecId",), ())], ids=["dropped", "added"])
@pytest.mark.long
def test_ids_of_another_making_are_refused(
    first: tuple[str, ...], then: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = dynamics.flat(dynamics.company())
    how = ("--system", "dynamics", "--model", "FIFO", "--equal-rows", "keep")
    book = imported(_grid(tmp_path / "first", rows, *first), tmp_path / "book.xlsx", *how)
    before = book.read_bytes()
    capsys.readouterr()
    assert run("import", str(_grid(tmp_path / "then", rows, *then)), "--into", str(book), *how) == 3
    said = capsys.readouterr().err.splitlines()
    assert all("(IC441)" in line and "with the same IDs as before" in line for line in said[:-1])
    assert said[0].startswith("Transactions!A")
    assert said[-1] == "Nothing was written."
    assert book.read_bytes() == before
    more = {**rows[0], "DatePhysical": "2026-04-01", "DateFinancial": "2026-04-01", "RecId": "999999"}
    assert run("import", str(_grid(tmp_path / "same", [*rows, more], *first)), "--into", str(book), *how) == 0


def test_two_rows_with_ids_of_the_system_are_two(tmp_path: Path) -> None:
    """A part export of a second row that says what the first said: a partial delivery like the one before."""
    made = dynamics.tables(dynamics.company())
    row = made["InventTrans"][0]
    book = imported(write_csv(made, tmp_path / "first"), tmp_path / "book.xlsx")
    made["InventTrans"] = [{**row, "recid": "5637999999"}]
    assert run("import", str(write_csv(made, tmp_path / "then")), "--into", str(book)) == 0
    assert text(Results(book).rows("Transactions", "Transaction ID")[-1]["Transaction ID"]) == "5637999999"


# ---- Odoo, Business Central


def test_external_ids_in_place_of_numbers_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Odoo exports a layer by its number, or by its external ID: each would be added once more."""
    made = odoo.company()[1]
    book = imported(write_csv(made, tmp_path / "numbers"), tmp_path / "book.xlsx")
    before = book.read_bytes()
    for row in made["stock.valuation.layer"]:
        for column in ("id", "stock_valuation_layer_id"):
            row[column] = row.get(column, "") and f"__export__.svl_{row[column]}_a1"
    capsys.readouterr()
    assert run("import", str(write_csv(made, tmp_path / "names")), "--into", str(book)) == 3
    said = capsys.readouterr().err
    assert "__export__.svl_" in said
    assert "(IC441)" in said
    assert book.read_bytes() == before


def test_a_move_that_was_cancelled_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = odoo.company(moves_only=True)[1]
    book = imported(write_csv(made, tmp_path / "export"), tmp_path / "book.xlsx")
    move = next(row for row in made["stock.move"] if row["value"])
    move["state"] = "cancel"
    capsys.readouterr()
    assert run("import", str(write_csv(made, tmp_path / "later")), "--into", str(book)) == 0
    assert f"found '{move['id']}'. The book has this transaction" in capsys.readouterr().err


def test_what_was_undone_settles_what_undid_it(tmp_path: Path) -> None:
    """Of two equal receipts the later one is undone: FIFO alone would settle the earlier one."""
    entry = {"Item No.": "A", "Location Code": "", "Variant Code": "", "Serial No.": "", "Applies-from Entry": "0"}
    entries, values = [], []
    for number, day, kind, quantity, cost, applies in (
        ("1", "05", "Purchase", "10", "100", "0"), ("2", "06", "Purchase", "10", "110", "0"),
        ("3", "07", "Purchase", "-10", "-110", "2"), ("4", "08", "Sale", "-4", "-40", "0"),
        ("5", "09", "Sale", "4", "40", "4"),
    ):  # fmt: skip
        date = {"Posting Date": f"2026-01-{day}", "Document No.": f"D{number}"}
        undoes = {"Applies-to Entry": applies, "Correction": str(applies != "0").lower()}
        size = {"Quantity": quantity, "Invoiced Quantity": quantity}
        entries.append({"Entry No.": number, "Entry Type": kind, **size, **undoes, **date, **entry})
        values.append({"Entry No.": f"9{number}", "Item Ledger Entry No.": number, "Entry Type": "Direct Cost",
                       "Cost Amount (Actual)": cost, "Adjustment": "false", "Expected Cost": "false",
                       "Invoiced Quantity": quantity, **date})  # fmt: skip
    folder = write_csv({"Item Ledger Entries": entries, "Value Entries": values}, tmp_path / "export")
    found = close(imported(folder, tmp_path / "book.xlsx", "--model", "FIFO"), "2026-01-31")
    assert {(issue, receipt) for _, _, issue, receipt, _, _ in settlements(found)} >= {("3", "2")}
    rows = {text(r["Transaction ID"]): r for r in found.rows("Transactions", "Transaction ID")}
    assert text(rows["5"]["Return lot ID"]) == "4"
