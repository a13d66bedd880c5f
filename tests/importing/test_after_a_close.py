"""An export of Dynamics after its own close goes on exactly: what it closed stands, the next month is right."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.importing import dynamics
from tests.importing.business import Business
from tests.importing.closed import adjustments, close, imported, refused, run, settlements, voucher
from tests.importing.dynamics import Settled, Tables
from tests.results import Results, number, text

JANUARY, FEBRUARY = "2026-01-31", "2026-02-28"
LEG = Decimal("5637999000")


def as_the_system_closed(book: Path, business: Business) -> Tables:
    """Return the export of the same business by a system that closed January as the book did."""
    results = Results(book)
    signs = {m.id: 1 if m.quantity > 0 else -1 for m in business.movements}
    settled: dict[str, Settled] = {}
    for row in results.result("Settlements", "IC-000001"):
        for side, sign in (("Issue", -1), ("Receipt", 1)):
            one = settled.setdefault(text(row[side]), Settled())
            one.quantity += sign * number(row["Quantity"])
            one.amount += sign * number(row["Amount"])
    for row in results.result("Adjustments", "IC-000001"):
        name = text(row["Transaction ID"])
        settled.setdefault(name, Settled()).adjustment += signs[name] * number(row["Adjustment"])
    made = dynamics.tables(business, settled)
    for k, row in enumerate(results.result("Closing transactions", "IC-000001")):
        leg = text(row["Transaction ID"])
        sign = -1 if leg.endswith("/I") else 1
        quantity, amount = sign * number(row["Quantity"]), sign * number(row["Amount"])
        done = settled.get(leg, Settled())
        _leg(made, str(LEG + k), leg, text(row["Item number"]), text(row["Costing group"]), quantity, amount, done)
    return made


def _leg(made: Tables, identifier: str, lot: str, item: str, group: str, quantity: Decimal, amount: Decimal,
         done: Settled) -> None:  # fmt: skip
    """Add a leg of the system's own average closing: reference category 7."""
    origin = f"99{identifier}"
    made["InventTransOrigin"].append({"recid": origin, "dataareaid": "usmf", "inventtransid": f"S{lot[-6:]}",
                                      "referencecategory": "7", "referenceid": "", "itemid": item})  # fmt: skip
    site = group.partition("site=")[2].split(" ")[0]
    dim = next(d["inventdimid"] for d in made["InventDim"] if d["inventsiteid"] == site)
    made["InventTrans"].append({
        **made["InventTrans"][0], "recid": identifier, "itemid": item, "inventdimid": dim, "inventtransorigin": origin,
        "statusissue": "1" if quantity < 0 else "0", "statusreceipt": "1" if quantity > 0 else "0",
        "qty": f"{quantity:.6f}", "qtysettled": f"{done.quantity:.6f}", "datephysical": JANUARY,
        "datefinancial": JANUARY, "costamountphysical": "0.00", "costamountposted": f"{amount:.2f}",
        "costamountadjustment": "0.00", "costamountsettled": f"{done.amount:.2f}", "voucher": "IC-1",
        "voucherphysical": "", "markingrefinventtransorigin": "0", "returninventtransorigin": "0", "isdelete": "",
    })  # fmt: skip


def test_an_export_after_its_own_close_goes_on_exactly(tmp_path: Path) -> None:
    business = dynamics.company()
    typed = business.typed().write(tmp_path / "typed.xlsx")
    close(typed, JANUARY)
    made = as_the_system_closed(typed, business)
    legs = [row for row in made["InventTrans"] if Decimal(row["recid"]) >= LEG]
    assert any(row["qty"] != row["qtysettled"] for row in legs), "no leg was left open, so nothing is shown"
    book = imported(dynamics.write_csv(made, tmp_path / "export"), tmp_path / "book.xlsx")

    again = book.with_name("again.xlsx")
    again.write_bytes(book.read_bytes())
    january = close(again, JANUARY)
    assert adjustments(january) == []
    assert [s for s in settlements(january) if s[4]] == []
    assert voucher(january) == []

    expected, found = close(typed, FEBRUARY), close(again, FEBRUARY)
    names = {f"S{leg[-6:]}": leg for leg in _legs(typed)}
    assert _named(settlements(found, "IC-000002"), again, names) == settlements(expected, "IC-000002")
    assert adjustments(found, "IC-000002") == adjustments(expected, "IC-000002")
    assert voucher(found, "IC-000002") == voucher(expected, "IC-000002")


def _legs(book: Path) -> list[str]:
    return [text(r["Transaction ID"]) for r in Results(book).result("Closing transactions", "IC-000001")]


def _named(rows: list[tuple[str, str, str, str, Decimal, Decimal]], book: Path, names: dict[str, str]) -> object:
    """Call the legs that were imported as the template's own close calls them."""
    lots = {
        text(r["Transaction ID"]): names[text(r["Lot ID"])]
        for r in Results(book).rows("Transactions", "Transaction ID")
        if text(r["Lot ID"]) in names
    }
    return sorted((i, p, lots.get(a, a), lots.get(b, b), q, m) for i, p, a, b, q, m in rows)


SUMS = ("qtysettled", "costamountsettled", "costamountadjustment")


def settlements_of(made: Tables) -> list[dict[str, str]]:
    """Return InventSettlement of an export: each sum in two closes, and one that was cancelled."""
    rows = []
    for row in made["InventTrans"]:
        sums = [Decimal(row.get(name) or 0) for name in SUMS]
        if not any(sums):
            continue
        cent = Decimal("0.01")
        for part, cancelled in (([s - cent for s in sums], "0"), ([cent] * 3, "0"), ([Decimal(5)] * 3, "1")):
            rows.append({
                "recid": str(len(rows) + 1), "dataareaid": "usmf", "transrecid": row["recid"], "itemid": row["itemid"],
                "cancelled": cancelled, "voucher": "IC-1", "transdate": JANUARY,
                **dict(zip(("qtysettled", "costamountsettled", "costamountadjustment"), map(str, part), strict=True)),
            })  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def closed_export(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """An export of a system that closed January itself, with what it settled in a table of its own."""
    business = dynamics.company()
    book = business.typed().write(tmp_path_factory.mktemp("typed") / "typed.xlsx")
    close(book, JANUARY)
    made = as_the_system_closed(book, business)
    return {**made, "InventSettlement": settlements_of(made)}


@pytest.mark.long
def test_what_the_system_settled_may_stand_in_its_own_table(closed_export: Tables, tmp_path: Path) -> None:
    """The columns of InventTrans, the table, or both: one book."""
    columns = {k: v for k, v in closed_export.items() if k != "InventSettlement"}
    bare = [{k: v for k, v in row.items() if k not in SUMS} for row in closed_export["InventTrans"]]
    books = [
        imported(dynamics.write_csv(made, tmp_path / name), tmp_path / f"{name}.xlsx")
        for name, made in (("both", closed_export), ("columns", columns),
                           ("table", {**closed_export, "InventTrans": bare}))
    ]  # fmt: skip
    both, other, table = (Results(book).rows("Transactions", "Transaction ID") for book in books)
    assert both == other == table
    assert any(row["Prior settled quantity"] for row in table)


def test_a_settlement_table_of_another_moment_is_refused(
    closed_export: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [dict(row) for row in closed_export["InventSettlement"]]
    rows[0]["costamountsettled"] = "0.02"
    lines = refused(
        capsys, dynamics.write_csv({**closed_export, "InventSettlement": rows}, tmp_path / "e"), tmp_path / "b.xlsx"
    )
    assert len(lines) == 1
    assert "CostAmountSettled adds up to" in lines[0]
    assert "Export InventSettlement and InventTrans at the same time" in lines[0]


def test_a_settlement_of_what_is_not_exported_is_named(
    closed_export: Tables, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        *closed_export["InventSettlement"],
        {**closed_export["InventSettlement"][0], "recid": "9", "transrecid": "4711"},
    ]
    rows[-1]["recid"] = "99999"
    made = {**closed_export, "InventSettlement": rows}
    assert run("import", str(dynamics.write_csv(made, tmp_path / "e")), "--output", str(tmp_path / "b.xlsx")) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "(IC430)" in line]
    assert any("1 row of InventSettlement refers by TransRecId to InventTrans" in line and "4711" in line
               for line in said)  # fmt: skip
