"""The vendor's worked examples, closed through the command line on real workbooks.

Source  tests/vectors/*.json: ``expected`` follows the rules, ``source_states`` the printed page.
"""

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.cli.main import main
from tests.books import Book, Cell, Item
from tests.results import Results, check_laws, number, open_parts, text

FOLDER = Path(__file__).parent / "vectors"
MODELS = {
    "FIFO": "FIFO",
    "LIFO": "LIFO",
    "LIFO_DATE": "LIFO date",
    "WEIGHTED_AVG": "Weighted average",
    "WEIGHTED_AVG_DATE": "Weighted average date",
}
Vector = dict[str, Any]


def load(kind: str) -> list[Vector]:
    vectors = [v for path in sorted(FOLDER.glob("*.json")) for v in json.loads(path.read_text("utf-8"))]
    return [v for v in vectors if v["kind"] == kind]


CLOSES = load("close")


def day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def amount(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def book_of(vector: Vector) -> Book:
    """Build the book: physical-only rows carry their cost as the physical amount, the others as the financial one."""
    settings = vector["settings"]
    flags = {"Include physical value": "Yes" if settings["include_physical_value"] else "No"}
    book = Book([Item("ITEM", MODELS[vector["model"]], flags=flags)])
    if "lifo_issue_order" in settings:
        book.parameters["LIFO issue order"] = {"last_first": "Newest first", "first_first": "Oldest first"}[
            settings["lifo_issue_order"]
        ]
    for row in sorted(vector["transactions"], key=lambda r: r["seq"]):
        quantity = Decimal(str(row["qty"]))
        sign = 1 if quantity > 0 else -1
        cost = amount(row.get("cost_amount", row.get("posted_cost")))
        slip = amount(row.get("physical_cost_amount"))
        financial = day(row["financial_date"])
        if not financial:
            slip, cost = slip if slip is not None else cost, None
        fields: dict[str, Cell] = {
            "physical_date": day(row["physical_date"]),
            "financial_date": financial,
            "physical_cost_amount": None if slip is None else slip * sign,
            "financial_cost_amount": None if cost is None else cost * sign,
            "marked_to": row.get("marked_to"),
            "return_lot_id": row.get("return_lot"),
            "reference": "Sales order" if sign < 0 else ("Return order" if row.get("return_lot") else "Purchase order"),
        }
        book.add("ITEM", row["id"], quantity, **fields)
    return book


def leg(identifier: str, side: str) -> str:
    """Name a closing transfer as the contract does: T1 of the examples is the first one of the closing."""
    return (
        f"IC-000001/W{identifier[1:]}/{side}" if identifier.startswith("T") and identifier[1:].isdigit() else identifier
    )


def principle(vector: Vector, name: str) -> str:
    return {
        "Direct": f"{MODELS[vector['model']]} (direct)",
        "WA closing": f"{MODELS[vector['model']]} (summarized)",
    }.get(name, name)


Pair = tuple[str, str, Decimal, Decimal, str]


def expected_pairs(vector: Vector, key: str) -> list[Pair]:
    pairs = []
    for row in vector["expected"][key]:
        name = principle(vector, row.get("principle", ""))
        quantity, value = Decimal(str(row["qty"])), Decimal(str(row["amount"]))
        pairs.append((leg(row["issue"], "I"), leg(row["receipt"], "R"), quantity, value, name))
    return sorted(pairs)


def written_pairs(results: Results, sheet: str) -> list[Pair]:
    return sorted(
        (text(r["Issue"]), text(r["Receipt"]), number(r["Quantity"]), number(r["Amount"]), text(r["Principle"]))
        for r in results.result(sheet)
    )


def nonzero(expected: dict[str, float]) -> dict[str, Decimal]:
    return {key: Decimal(str(value)) for key, value in expected.items() if value}


@pytest.mark.parametrize("vector", CLOSES, ids=lambda v: str(v["id"]))
@pytest.mark.sampled(4)
def test_close_as_published(vector: Vector, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    close_date = vector["settings"]["close_date"]
    path = book_of(vector).write(tmp_path / "book.xlsx")
    closed = tmp_path / "closed.xlsx"
    assert main([str(path), "--date", close_date, "--output", str(closed)]) == 0, capsys.readouterr().err
    results, expected = Results(closed), vector["expected"]

    assert written_pairs(results, "Settlements") == expected_pairs(vector, "settlements")
    links = [row[:4] for row in written_pairs(results, "Value links")]
    assert links == [row[:4] for row in expected_pairs(vector, "adjustment_only")]
    adjustments = {text(r["Transaction ID"]): number(r["Adjustment"]) for r in results.result("Adjustments")}
    wanted = nonzero(expected["adjustments"]) | nonzero(expected.get("receipt_adjustments", {}))
    assert adjustments == wanted
    check_transfers(results, expected["transfers"])
    check_what_is_left(results, vector, date.fromisoformat(close_date))
    assert check_laws(closed) == []


def check_transfers(results: Results, transfers: list[dict[str, Any]]) -> None:
    written = {
        text(r["Transaction ID"]): (str(r["Date"]), number(r["Quantity"]), number(r["Amount"]))
        for r in results.result("Closing transactions")
    }
    wanted = {}
    for row in transfers:
        for side, word in (("I", "issue"), ("R", "receipt")):
            quantity, value = Decimal(str(row[f"{word}_qty"])), Decimal(str(row[f"{word}_amount"]))
            wanted[leg(row["id"], side)] = (row["date"], quantity, value)
    assert written == wanted


def check_what_is_left(results: Results, vector: Vector, up_to: date) -> None:
    """Compare the financial stock: open receipts less what the open issues were posted at."""
    on_hand = vector["expected"].get("on_hand_after", {})
    if "financial_qty" not in on_hand:
        return
    issues = {text(r["Transaction ID"]) for r in results.transactions() if number(r["Quantity"]) < 0}
    parts = {key: part for key, part in open_parts(results, up_to).items() if not key.endswith("/I")}
    quantity = sum((-p.quantity if key in issues else p.quantity for key, p in parts.items()), Decimal(0))
    value = sum((-p.value if key in issues else p.value for key, p in parts.items()), Decimal(0))
    assert (quantity, value) == (Decimal(str(on_hand["financial_qty"])), Decimal(str(on_hand["financial_value"])))


@pytest.mark.parametrize("vector", [v for v in CLOSES if v["id"].endswith("no_ipv")], ids=lambda v: str(v["id"]))
@pytest.mark.sampled(4)
def test_the_same_from_a_shell(vector: Vector, tmp_path: Path) -> None:
    """A process of its own: what a user's shell sees, exit code and files."""
    path = book_of(vector).write(tmp_path / "book.xlsx")
    before = path.read_bytes()
    command = [
        sys.executable,
        "-m",
        "invclose_xl.cli.main",
        "close",
        str(path),
        "--date",
        vector["settings"]["close_date"],
    ]
    run = subprocess.run(
        [*command, "--output", str(tmp_path / "out.xlsx")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert path.read_bytes() == before
    written = written_pairs(Results(tmp_path / "out.xlsx"), "Settlements")
    assert written == expected_pairs(vector, "settlements")
