"""Forty mistakes in one workbook: forty lines, each with the right cell, and the file as it was."""

from pathlib import Path
from typing import Any

from invclose_xl.domain.problems.problem import Severity
from invclose_xl.workbook.input.read import read_book
from tests.errors.raw_book import Sheets, write_book


def day(text: str) -> dict[str, str]:
    return {"date": text}


ITEMS = ["Item number", "Item model group", "Item group", "Cost price", "Item type"]
GROUPS = ["Item model group", "Inventory model", "Include physical value"]
TRANSACTIONS = [
    "Transaction ID", "Company", "Item number", "Physical date", "Financial date", "Quantity", "Physical cost amount",
    "Financial cost amount", "Site", "Marked to", "Marked quantity", "Prior settled quantity", "Cost share",
]  # fmt: skip
JANUARY = day("2026-01-05")


def row(identifier: Any, item: Any = "CHAIN", financial: Any = JANUARY, quantity: Any = 1, amount: Any = 10,
        company: Any = "USMF", physical: Any = None, physical_amount: Any = None, site: Any = "1", marked: Any = None,
        marked_quantity: Any = None, settled: Any = None, share: Any = None) -> list[Any]:  # fmt: skip
    return [identifier, company, item, physical, financial, quantity, physical_amount, amount, site, marked,
            marked_quantity, settled, share]  # fmt: skip


FAULTY: dict[str, tuple[str, list[Any]]] = {
    "A2": ("IC118", row(None)),
    "A4": ("IC121", row("p1")),
    "A5": ("IC114", row(1234567890123456)),
    "A6": ("IC115", row(17.5)),
    "A7": ("IC106", row({"error": "#N/A"})),
    "B8": ("IC135", row("P8", company="DEMF")),
    "C9": ("IC124", row("P9", item="CHAINS")),
    "C10": ("IC118", row("P10", item=None)),
    "C11": ("IC113", row("P11", item=day("2026-02-01"))),
    "D12": ("IC104", row("P12", physical="31.01.2026")),
    "E13": ("IC108", row("P13", financial=day("2026-01-05 13:45"))),
    "E14": ("IC109", row("P14", financial={"number": 60, "format": "yyyy-mm-dd"})),
    "E15": ("IC110", row("P15", financial=20260105)),
    "E16": ("IC111", row("P16", financial={"number": 30.5, "format": "[h]:mm"})),
    "E17": ("IC129", row("P17", financial=None, amount=None)),
    "E18": ("IC107", row("P18", financial={"formula": "TODAY()"})),
    "F19": ("IC105", row("P19", quantity="1,5")),
    "F20": ("IC128", row("P20", quantity=0)),
    "F21": ("IC118", row("P21", quantity=None)),
    "F22": ("IC112", row("P22", quantity=True)),
    "G23": ("IC134", row("P23", financial=None, amount=None, physical=JANUARY)),
    "G24": ("IC130", row("P24", physical=JANUARY, physical_amount=-10)),
    "H25": ("IC130", row("P25", quantity=-1, amount=10)),
    "H26": ("IC133", row("P26", amount=None)),
    "H27": ("IC105", row("P27", amount="ten")),
    "I28": ("IC106", row("P28", site={"error": "#SPILL!"})),
    "K29": ("IC131", row("P29", quantity=-1, amount=-10, marked="P1", marked_quantity=0)),
    "L30": ("IC132", row("P30", settled=2)),
    "M31": ("IC136", row("P31", share=1.01)),
}


def book_of_mistakes() -> Sheets:
    return {
        "Items": [
            ITEMS,
            ["CHAIN", "FIFO", "PARTS", 3.5, "Item"],
            ["chain", "FIFO", None, None, None],
            ["SADDLE", "FIFOO", None, None, None],
            ["BELL", "FIFO", None, "3,50", None],
            ["LAMP", "FIFO", None, None, "BOM"],
        ],
        "Item model groups": [GROUPS, ["FIFO", "FIFO", "Yes"], ["X", "FEFO", None], ["Y", "LIFO", "perhaps"]],
        "Transactions": [TRANSACTIONS, FAULTY["A2"][1], row("P1"), *(fault[1] for fault in list(FAULTY.values())[1:])],
        "Dimensions": [["Dimension", "Financial inventory"], ["Shelf", "Yes"], ["Location", "Yes"]],
        "Parameters": [["Name", "Value"], ["Currency decimals", 2.5], ["Specification", "Everything"]],
        "Cost adjustments": [["Transaction ID", "Date", "Amount"], ["P9999", JANUARY, 5]],
    }


EXPECTED = [
    *(("Items", cell, code) for cell, code in (("A3", "IC122"), ("B4", "IC125"), ("D5", "IC105"), ("E6", "IC127"))),
    ("Item model groups", "B3", "IC126"),
    ("Item model groups", "C4", "IC120"),
    *(("Transactions", cell, code) for cell, (code, _) in FAULTY.items()),
    ("Dimensions", "A2", "IC137"),
    ("Dimensions", "B3", "IC138"),
    ("Parameters", "B2", "IC144"),
    ("Parameters", "B3", "IC144"),
    ("Cost adjustments", "A2", "IC141"),
]


def test_forty_mistakes_are_forty_lines(tmp_path: Path) -> None:
    assert len(EXPECTED) == 40
    path = write_book(tmp_path / "mistakes.xlsx", book_of_mistakes())
    before = path.read_bytes()
    reading = read_book(path)
    found = [(p.where.sheet, f"{p.where.column}{p.where.row}", p.code) for p in reading.problems]
    assert found == EXPECTED
    assert reading.book is None
    assert {p.severity for p in reading.problems} == {Severity.ERROR}
    assert path.read_bytes() == before


def test_every_line_says_what_and_what_to_do(tmp_path: Path) -> None:
    for problem in read_book(write_book(tmp_path / "mistakes.xlsx", book_of_mistakes())).problems:
        assert problem.problem.endswith((".", "?", ")")), problem
        assert problem.fix.endswith((".", ")")), problem
        assert problem.where.heading
        assert "\n" not in problem.line()


def test_many_equal_roundings_are_summarized(tmp_path: Path) -> None:
    rows = [row(f"P{n}", quantity=1.00000049) for n in range(30)]
    sheets = {**book_of_mistakes(), "Transactions": [TRANSACTIONS, *rows]}
    problems = [p for p in read_book(write_book(tmp_path / "b.xlsx", sheets)).problems if p.code == "IC150"]
    assert len(problems) == 21
    assert problems[-1].problem.startswith("10 more cells of this column, down to F31")
    assert {p.severity for p in problems} == {Severity.WARNING}


def test_a_missing_column_is_said_to_be_missing(tmp_path: Path) -> None:
    """Nobody can fill in a date or an amount where the sheet has no column for it."""
    physical = [row("P1", financial=None, amount=None, physical=JANUARY), row("P2", financial=None, physical=JANUARY)]
    for gone, rows, code in (
        ("Financial date", physical[1:], "IC346"),
        ("Financial cost amount", [row("P1")], "IC133"),
        ("Physical cost amount", physical[:1], "IC134"),
    ):
        sheets: Sheets = {
            "Items": [ITEMS, ["CHAIN", "FIFO", None, None, None]],
            "Item model groups": [GROUPS, ["FIFO", "FIFO", "Yes"]],
            "Transactions": [TRANSACTIONS, *rows],
        }
        at = TRANSACTIONS.index(gone)
        sheets["Transactions"] = [[*line[:at], *line[at + 1 :]] for line in sheets["Transactions"] or ()]
        (problem,) = (p for p in read_book(write_book(tmp_path / "book.xlsx", sheets)).problems if p.code == code)
        assert problem.fix.startswith(f"Add a column headed {gone}")
