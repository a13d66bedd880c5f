"""What the words of Reference mean, through the command line: every word of the contract, every column on every row.

Source  WORKBOOK "Words of Reference", "Columns on other rows"; RULES R6.2, R9.1, R11.
"""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.cli.main import main
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.references import NUMBERS, WORDS, Meaning
from tests.books import Book, Cell, Item
from tests.results import Results

CONTRACT = Path(__file__).parent.parent / "docs" / "spec" / "workbook.md"
JANUARY = date(2026, 1, 31)


def _close(path: Path, capsys: pytest.CaptureFixture[str], day: date = JANUARY) -> tuple[int, list[dict[str, str]]]:
    """Close a book; return the exit code and every problem that was named."""
    capsys.readouterr()
    code = main([str(path), "--date", str(day), "--no-backup", "--json"])
    out = capsys.readouterr().out
    return code, json.loads(out)["problems"] if out.strip() else []


def _words_of_the_contract() -> list[tuple[str, str]]:
    """Return word and label of every row of the table in docs/spec/workbook.md."""
    text = CONTRACT.read_text("utf-8")
    table = text.split("### Words of Reference")[1].split("### ")[0]
    found = []
    for line in re.findall(r"^\| (.+) \|$", table, re.MULTILINE)[1:]:
        labels, also = line.split(" | ") if " | " in line else (line.removesuffix(" |"), "")
        firsts = [label.strip(" |") for label in labels.split(", ")]
        also = re.sub(r":.*", "", also.replace("Kanban and its numbers 27 to 32 by sign", "Kanban, 27, 32"))
        words = [w.strip(" |") for w in re.split(r"[;,]", also) if w.strip(" |")]
        found += [(first, first) for first in firsts]
        for word in words:
            near = [f for f in firsts if f.replace(" ", "").casefold() == word.replace(" ", "").casefold()]
            found.append((word, near[0] if near else firsts[-1] if word == "25" else firsts[0]))
    return [pair for pair in found if not set(pair[0]) <= set("-")]


def _meaning(label: str) -> Meaning:
    return WORDS[label.casefold()]


@pytest.mark.parametrize(("word", "label"), _words_of_the_contract())
def test_every_word_of_the_contract_is_known(word: str, label: str) -> None:
    meaning = NUMBERS[word] if word.isdigit() else WORDS[word.casefold()]
    family = {Meaning.TRANSFER_SHIPMENT: Meaning.TRANSFER, Meaning.TRANSFER_RECEIPT: Meaning.TRANSFER,
              Meaning.TRANSFER_SCRAP: Meaning.TRANSFER, Meaning.KANBAN: Meaning.PRODUCTION_LINE}  # fmt: skip
    assert family.get(meaning, meaning) is family.get(_meaning(label), _meaning(label))


ROLES = {
    "Sales order": "Cost of goods sold", "Return order": "Cost of goods sold", "Production": "Work in process",
    "Production line": "Work in process", "Kanban": "Work in process", "Transfer": "Inventory in transit",
}  # fmt: skip
PASSED_OVER = ("Inventory blocking", "Weighted average inventory closing")


def _one_sale(word: str, heading: str, path: Path, references: dict[str, str], posting: str = "") -> None:
    """A receipt of 12.00 each, and an issue of another Reference that was posted at 10.00 each."""
    book = Book([Item("A", "FIFO")], references=references)
    book.receive("P", date(2026, 1, 5), 10, "120.00", reference="Purchase order")
    book.issue("S", date(2026, 1, 10), 10, "100.00", reference=word)
    if posting:
        book.posting = [("", posting, "1400", "5100"), ("", "", "1400", "6999")]
    book.write(path)
    if heading != "Reference":
        workbook = openpyxl.load_workbook(path)
        sheet = workbook["Transactions"]
        cell = next(c for c in sheet[1] if c.value == "Reference")
        cell.value = heading
        if word.isdigit():
            sheet.cell(3, cell.column).value = int(word)
        workbook.save(path)


@pytest.mark.parametrize(("word", "label"), [p for p in _words_of_the_contract() if p[1] not in PASSED_OVER])
@pytest.mark.parametrize("case", [str, str.swapcase])
@pytest.mark.sampled(17)
def test_every_word_posts_like_its_label(
    word: str, label: str, case: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heading = "ReferenceCategory" if word.isdigit() else "Reference"
    _one_sale(case(word), heading, tmp_path / "book.xlsx", {})  # type: ignore[operator]
    code, problems = _close(tmp_path / "book.xlsx", capsys)
    assert code == 0, problems
    accounts = {r["Account"] for r in Results(tmp_path / "book.xlsx").result("Vouchers", "IC-000001", active=False)}
    assert accounts == {"Inventory", ROLES.get(label, "Inventory adjustment")}
    assert "IC534" not in {p["code"] for p in problems}


@pytest.mark.parametrize(
    ("word", "heading", "rule"),
    [
        ("Sales", "Reference", "Sales order"),
        ("Sales order", "Reference", "SALES"),
        ("0", "ReferenceCategory", "Sales order"),
        ("0", "ReferenceCategory", "0"),
        ("Sales order", "ReferenceCategory", "0"),
        ("Auftrag", "Reference", "Sales order"),
        ("Sales order", "Reference", "auftrag"),
        ("Auftrag", "Reference", "Sales"),
        ("Rent", "Reference", "rent"),
    ],
)
def test_a_posting_profile_matches_by_meaning(
    word: str, heading: str, rule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "book.xlsx"
    _one_sale(word, heading, path, {"Auftrag": "Sales order"}, posting=rule)
    code, problems = _close(path, capsys)
    assert code == 0, problems
    accounts = {r["Account"] for r in Results(path).result("Vouchers", "IC-000001", active=False)}
    assert accounts == {"1400", "5100"}
    assert "IC534" not in {p["code"] for p in problems}


def test_a_number_is_no_word_under_another_heading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "book.xlsx"
    _one_sale("0", "Reference", path, {}, posting="Sales order")
    _, problems = _close(path, capsys)
    said = [p for p in problems if p["code"] == "IC534"]
    assert len(said) == 1
    assert "1 row; its adjustment is posted to 6999" in said[0]["problem"]


def test_the_very_word_goes_before_its_meaning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = Book([Item("A", "FIFO")])
    book.receive("P", date(2026, 1, 5), 10, "120.00", reference="Purchase order")
    book.issue("S", date(2026, 1, 10), 10, "100.00", reference="BOM line")
    book.posting = [("", "Production line", "1400", "5100"), ("", "BOMLine", "1400", "5200"),
                    ("", "BOM line", "1400", "5300")]  # fmt: skip
    path = book.write(tmp_path / "book.xlsx")
    assert _close(path, capsys)[0] == 0
    assert {r["Account"] for r in Results(path).result("Vouchers", "IC-000001", active=False)} == {"1400", "5300"}


REFERENCES = (
    "", "Purchase order", "Sales order", "Return order", "Transfer", "Production", "Production line", "Counting",
    "Movement", "Adjustment", "Opening", "Project", "Quarantine order", "Quality order", "Fixed assets", "Rent",
)  # fmt: skip
ANY = set(REFERENCES)
COLUMNS: dict[str, tuple[Cell, set[str], set[str]]] = {
    # column: what is filled in, References of receipts and of issues on which it has an effect
    "transfer_id": ("T9", {"", "Transfer"}, {"", "Transfer"}),
    "production_number": ("W9", {"", "Production", "Production line"}, {"", "Production", "Production line"}),
    "cost_share": (Decimal("0.5"), set(), set()),
    "return_lot_id": (
        "L0", ANY - {"Purchase order", "Transfer", "Production", "Counting", "Opening", "Quarantine order",
                     "Quality order"},
        {"", "Purchase order", "Return order", "Production", "Movement", "Adjustment", "Rent"},
    ),
    "marked_quantity": (Decimal(1), set(), set()),
}  # fmt: skip


def _book(model: str, quantity: int, filled: dict[str, Cell]) -> Book:
    """For each Reference an item of its own: two receipts, a sale, and a row of it that fills the columns."""
    book = Book([Item(f"I{k}", model, cost_price=Decimal(10)) for k in range(len(REFERENCES))])
    for k, reference in enumerate(REFERENCES):
        # A text that stands on one row only, so that rows of other items have nothing to do with it.
        own = {name: f"{value}-{k}" if isinstance(value, str) else value for name, value in filled.items()}
        lot, item = f"L0-{k}", f"I{k}"
        book.receive(f"P1-{k}", date(2026, 1, 5), 10, "120.00", item, reference="Purchase order",
                     lot_id=lot if quantity < 0 else "")  # fmt: skip
        book.receive(f"P2-{k}", date(2026, 1, 6), 10, "150.00", item, reference="Purchase order")
        book.issue(f"S1-{k}", date(2026, 1, 8), 4, "40.00", item, reference="Sales order",
                   lot_id=lot if quantity > 0 else "")  # fmt: skip
        add = book.receive if quantity > 0 else book.issue
        add(f"X-{k}", date(2026, 1, 10), abs(quantity), "30.00", item, reference=reference, **own)
    return book


def _costs(path: Path) -> dict[str, dict[tuple[object, ...], object]]:
    """Return what a close wrote for each item; legs of closing transfers are told apart by their side."""
    results = Results(path)
    found: dict[str, dict[tuple[object, ...], object]] = {}
    for row in results.result("Adjustments", "IC-000001", active=False):
        found.setdefault(str(row["Item number"]), {})[row["Transaction ID"], row["Cause"]] = row["Adjustment"]
    for row in results.result("Settlements", "IC-000001", active=False):
        sides = tuple(re.sub("IC-.*/", "", str(row[side])) for side in ("Issue", "Receipt"))
        found.setdefault(str(row["Item number"]), {})[sides] = row["Amount"]
    return found


@pytest.mark.parametrize("model", [m.label for m in InventoryModel])
@pytest.mark.parametrize("quantity", [3, -3])
@pytest.mark.sampled(11)
def test_a_column_has_its_effect_or_is_named(
    model: str, quantity: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every column on every Reference: where it has no effect, one warning says so and no cost moves."""
    plain = _book(model, quantity, {}).write(tmp_path / "plain.xlsx")
    assert _close(plain, capsys)[0] == 0
    before = _costs(plain)
    for column, (value, receipts, issues) in COLUMNS.items():
        path = _book(model, quantity, {column: value}).write(tmp_path / "filled.xlsx")
        code, problems = _close(path, capsys)
        assert code == 0, (column, problems)
        named = {p["transaction"]: p["problem"] for p in problems if p["code"] == "IC533"}
        after = _costs(path)
        heading = column.replace("_", " ").capitalize().replace(" id", " ID")
        for k, reference in enumerate(REFERENCES):
            if reference in (receipts if quantity > 0 else issues):
                assert f"X-{k}" not in named, (column, reference, named)
                continue
            where = f"of Reference {reference}" if reference else "without a Reference"
            said = named.get(f"X-{k}", "")
            assert said.startswith(f"{heading} has no effect on 1 row {where}"), (column, reference, named)
            assert after.get(f"I{k}") == before.get(f"I{k}"), (column, reference)


@pytest.mark.parametrize("model", ["Standard cost", "Moving average"])
def test_marks_on_items_that_are_never_settled_are_named(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = Book([Item("A", model, cost_price=Decimal(10))])
    book.receive("P1", date(2026, 1, 5), 10, "100.00")
    book.issue("S1", date(2026, 1, 8), 4, "40.00", marked_to="P1")
    book.issue("S2", date(2026, 1, 9), 1, "10.00", marked_to="P1", marked_quantity=Decimal(1))
    code, problems = _close(book.write(tmp_path / "book.xlsx"), capsys)
    said = [p["problem"] for p in problems if p["code"] == "IC504"]
    assert code == 0
    assert said == [f"The marks on 2 rows have no effect: items of the model {model} are never settled."]


def test_an_issue_without_receipt_names_the_group_that_has_stock(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = Book([Item("A", "FIFO"), Item("B", "Weighted average")])
    for item in "AB":
        book.receive(f"P1{item}", date(2026, 1, 5), 10, "100.00", item=item, site="1")
        book.receive(f"P2{item}", date(2026, 1, 5), 10, "110.00", item=item, site="1")
        book.issue(f"S1{item}", date(2026, 1, 6), 4, "40.00", item=item, site="1")
        book.issue(f"S2{item}", date(2026, 1, 8), 5, "40.00", item=item)
    _, problems = _close(book.write(tmp_path / "book.xlsx"), capsys)
    said = {p["transaction"]: p["problem"] for p in problems if p["code"] == "IC501"}
    assert set(said) == {"S2A", "S2B"}
    assert all("Other costing groups of the item have stock: 16 in site=1;" in text for text in said.values()), said


def test_an_issue_whose_receipts_elsewhere_are_not_invoiced_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = Book([Item("A", "FIFO")])
    book.add("A", "P1", 7, physical_date=date(2026, 1, 5), physical_cost_amount=Decimal(70), site="1")
    book.issue("S1", date(2026, 1, 8), 5, "40.00", site="2")
    _, problems = _close(book.write(tmp_path / "book.xlsx"), capsys)
    (said,) = (p["problem"] for p in problems if p["code"] == "IC501")
    assert "Other costing groups of the item have receipts that are not invoiced yet: 7 in site=1;" in said
