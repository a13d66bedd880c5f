"""What tools write around the rows, and how they write values: read right and said, or refused by name."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.importing import dynamics
from tests.importing.closed import close, equal, imported, refused, run
from tests.importing.dynamics import write_csv
from tests.results import Results, number, text

HEADINGS = (
    "RecId", "ItemId", "ReferenceCategory", "StatusReceipt", "StatusIssue", "Qty", "QtySettled", "DatePhysical",
    "DateFinancial", "CostAmountPosted", "CostAmountAdjustment", "CostAmountSettled", "InventTransId",
)  # fmt: skip
ROWS = (
    ("1001", "CHAIN", "3", "1", "0", "1010.5", "0", "2026-01-05", "2026-01-05", "1100.25", "0", "0", "L1"),
    ("1002", "CHAIN", "0", "0", "1", "-4", "0", "2026-01-08", "2026-01-08", "-40.00", "0", "", "L2"),
)
DASHES = tuple("-" * len(name) for name in HEADINGS)
HOW = ("--system", "dynamics", "--model", "FIFO")


def line(cells: tuple[str, ...], separator: str = ",", blank: str = "") -> str:
    return separator.join(cell or blank for cell in cells)


def file_of(folder: Path, lines: list[str], encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "InventTrans.csv").write_text("\n".join(lines) + "\n", encoding)
    return folder


def boxed(cells: tuple[str, ...]) -> str:
    return f"| {line(cells, ' | ')} |"


PLAIN = [line(HEADINGS), *map(line, ROWS)]
LAYOUTS: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "sqlcmd": (["Changed database context to 'AX'.", line(HEADINGS), line(DASHES),
                *(line(r, blank="NULL") for r in ROWS), "", "(2 rows affected)"],
               ("headings in line 2", "NULL read as blank", "A line of dashes", "A blank line", "(13 rows affected)")),
    "SSMS in German": ([*PLAIN, "", "(2 Zeilen betroffen)", "", "Abschlusszeit: 2026-02-01T10:00:00.0+01:00"],
                       ("passed over 2, quantity 0, amount 0: A line of the tool",)),
    "footer saved by Excel": ([*PLAIN, "(2 rows affected)" + "," * 12, "," * 12],
                              ("A blank line", "A line of the tool")),
    "SQL*Plus": ([line(HEADINGS), line(DASHES), line(ROWS[0]), "", line(HEADINGS), line(DASHES), line(ROWS[1]), "",
                  "2 rows selected.", "", "SQL> spool off"],
                 ("passed over 2, quantity 0, amount 0: A line of dashes", "The headings once more")),
    "psql": ([line(HEADINGS, " | "), "-----+" * 12 + "-----", *(line(r, " | ") for r in ROWS), "(2 rows)", ""],
             ("separator bar", "A line of dashes", "A line of the tool")),
    "psql with null": ([*PLAIN[:2], line(ROWS[1], blank="(null)"), "(2 rows)"], ("NULL read as blank",)),
    "mysql": (["+---+---+", boxed(HEADINGS), "+---+---+", *map(boxed, ROWS), "+---+---+", "2 rows in set (0.00 sec)"],
              ("headings in line 2", "A line of the tool")),
    "a separator behind each row": ([PLAIN[0], *(f"{row}," for row in PLAIN[1:])], ("rows end with a separator",)),
    "a separator behind all lines": ([f"{row}," for row in PLAIN], ()),
    "a line of totals": ([*PLAIN, "Total,,,,,1006.5,,,,1060.25,,,"],
                         ("passed over 1, quantity 1006.5, amount 1060.25: A line of totals",)),
    "sep= and semicolons": (["sep=;", *(line(r, ";") for r in (HEADINGS, *ROWS))], ("separator semicolon",)),
    "minus behind": ([PLAIN[0], PLAIN[1], PLAIN[2].replace("-40.00", "40.00-").replace(",-4,", ",4-,")],
                     ("minus behind the number",)),
    "in parentheses": ([PLAIN[0], PLAIN[1], PLAIN[2].replace("-40.00", "(40.00)")], ("negative in parentheses",)),
    "Swiss thousands": ([PLAIN[0], PLAIN[1].replace("1100.25", "1'100.25").replace("1010.5", "1\u00a0010.5"), PLAIN[2]],
                        ("blanks between thousands",)),
    "a real minus sign": ([PLAIN[0], PLAIN[1], PLAIN[2].replace("-40.00", "\u221240.00")], ()),
    "IDs with decimals": ([PLAIN[0], PLAIN[1].replace("1001", "1001.0"), PLAIN[2].replace("1002", "1002.0")],
                          ("RecId such as 1001.0 read as whole numbers",)),
    "IDs with thousands": ([PLAIN[0], PLAIN[1].replace("1001", '"1,001.0"'), PLAIN[2].replace("1002", '"1,002.0"')],
                           ("RecId such as 1,001.0 read as whole numbers",)),
    "IDs with all digits of a power": ([PLAIN[0], PLAIN[1].replace("1001", "1.001E3"),
                                        PLAIN[2].replace("1002", "1.002E+03")],
                                       ("RecId such as 1.001E3 read as whole numbers",)),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.sampled(4)
def test_a_layout_is_read_as_the_plain_table_and_said(
    layout: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, said = LAYOUTS[layout]
    capsys.readouterr()
    book = imported(file_of(tmp_path / "export", lines), tmp_path / "book.xlsx", *HOW)
    output = capsys.readouterr().out
    for words in said:
        assert words in output
    rows = Results(book).rows("Transactions", "Transaction ID")
    assert [(text(r["Transaction ID"]), number(r["Quantity"]), number(r["Financial cost amount"])) for r in rows] == [
        ("1001", Decimal("1010.5"), Decimal("1100.25")), ("1002", Decimal(-4), Decimal(-40)),
    ]  # fmt: skip


def test_an_item_that_is_called_total_is_no_line_of_totals(tmp_path: Path) -> None:
    lines = [one.replace("CHAIN", "Total").replace("L1", "11").replace("L2", "12") for one in PLAIN]
    lines = [one.partition(",")[2] for one in lines]  # without RecId, so that the item comes first
    book = imported(file_of(tmp_path / "export", lines), tmp_path / "book.xlsx", *HOW)
    assert len(Results(book).rows("Transactions", "Transaction ID")) == 2


REFUSED: dict[str, tuple[str, str, str]] = {
    "digits lost": (
        "1001",
        "5.63714E+12",
        "A spreadsheet program has made a number of this ID, and some of its digits",
    ),
    "a power of ten": ("1001", "5E+12", "some of its digits are lost"),
    "an error": ("1001", "#N/A", "An error of a spreadsheet program, and not an ID"),
    "a narrow column": ("CHAIN", "########", "An error of a spreadsheet program, and not an ID"),
    "a currency": ("1100.25", "$1100.25", "The number has a currency beside it"),
    "a currency behind": ("1100.25", "1100.25 EUR", "The number has a currency beside it"),
    "a percentage": ("1100.25", "10%", "A percentage, where a number is needed"),
    "a year of two digits": ("2026-01-05", "1/5/26", "The year has two digits"),
    "a day of Excel": ("2026-01-05", "46027", "A number of days, as Excel keeps dates"),
    "an error for a number": ("1100.25", "#REF!", "Not a number"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_named_with_what_happened_to_it(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new, words = REFUSED[case]
    folder = file_of(tmp_path / "export", [PLAIN[0], PLAIN[1].replace(old, new), PLAIN[2]])
    said = refused(capsys, folder, tmp_path / "book.xlsx", *HOW)
    assert any(words in one and f"found '{new}'" in one and "!" in one for one in said), said


def test_columns_that_are_parted_by_blanks_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["".join(cell.ljust(22) for cell in row) for row in (HEADINGS, DASHES, *ROWS)]
    said = refused(capsys, file_of(tmp_path / "export", lines), tmp_path / "book.xlsx", *HOW)
    assert "parted by blanks" in said[0]


def test_a_value_behind_the_last_column_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [PLAIN[0], *(f"{row}," for row in PLAIN[1:] * 3000), f"{PLAIN[1]},7"]
    said = refused(capsys, file_of(tmp_path / "export", lines), tmp_path / "book.xlsx", *HOW)
    assert "has a value behind the last column (InventTransId)" in said[0]


def test_a_footer_in_a_workbook_is_a_footer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "InventTrans"
    for row in (HEADINGS, *ROWS, (), ("(2 rows affected)",)):
        sheet.append([cell or None for cell in row])
    workbook.save(tmp_path / "export.xlsx")
    imported(tmp_path / "export.xlsx", tmp_path / "book.xlsx", *HOW)
    said = capsys.readouterr().out
    assert "A line of the tool that exported" in said
    assert "neither received nor invoiced" not in said.lower()


@pytest.mark.long
@pytest.mark.parametrize("tool", ["sqlcmd", "Excel in Germany", "pandas"])
def test_a_whole_company_out_of_a_tool_closes_the_same(tool: str, tmp_path: Path) -> None:
    """Every table as the tool writes it; the settlements are those of the plain export."""
    made = dynamics.tables(dynamics.company())
    expected = close(imported(write_csv(made, tmp_path / "plain"), tmp_path / "plain.xlsx"), "2026-02-28")
    folder = tmp_path / "tool"
    folder.mkdir()
    for name, rows in made.items():
        (folder / f"{name}.csv").write_bytes(_written(tool, [tuple(rows[0]), *(tuple(r.values()) for r in rows)]))
    equal(close(imported(folder, tmp_path / "book.xlsx"), "2026-02-28"), expected)


def _written(tool: str, rows: list[tuple[str, ...]]) -> bytes:
    """Return a table as a tool writes it: blank cells, numbers, record IDs, and what stands around the rows."""
    records = {k for k, name in enumerate(rows[0]) if name in ("recid", "inventtransorigin")}
    if tool == "sqlcmd":
        rows = [rows[0], tuple("-" * len(name) for name in rows[0]), *(tuple(c or "NULL" for c in r) for r in rows[1:])]
    elif tool == "pandas":
        rows = [rows[0], *(tuple(f"{c}.0" if k in records and c else c for k, c in enumerate(r)) for r in rows[1:])]
    text_file = io.StringIO(newline="")
    csv.writer(text_file, delimiter=";" if tool == "Excel in Germany" else ",", lineterminator="\r\n").writerows(rows)
    made = text_file.getvalue()
    if tool == "sqlcmd":
        return f"{made}\r\n({len(rows) - 2} rows affected)\r\n".encode("utf-16")
    return made.encode("utf-8-sig" if tool == "Excel in Germany" else "utf-8")


# ---- IDs that lost their zeros


def test_items_without_their_zeros_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = dynamics.tables(dynamics.company())
    for name, rows in made.items():
        for row in rows:
            if "itemid" in row:
                row["itemid"] = row["itemid"].replace("CHAIN", "123" if name == "InventTrans" else "00123")
    said = refused(capsys, write_csv(made, tmp_path / "export"), tmp_path / "book.xlsx")
    assert any("123 is 00123 there" in one and "IC442" in one for one in said)


def test_a_book_with_zeros_and_an_export_without_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [one.replace("CHAIN", "00123") for one in PLAIN]
    book = imported(file_of(tmp_path / "one", lines), tmp_path / "book.xlsx", *HOW)
    before = book.read_bytes()
    folder = file_of(tmp_path / "two", [PLAIN[0], PLAIN[1].replace("CHAIN", "123").replace("1001", "1003")])
    capsys.readouterr()
    assert run("import", str(folder), "--into", str(book), *HOW) == 3
    assert "found '00123'. The export has 123" in capsys.readouterr().err
    assert book.read_bytes() == before
    both = [PLAIN[0], PLAIN[1].replace("CHAIN", "123").replace("1001", "1003"), *lines[1:]]
    assert run("import", str(file_of(tmp_path / "both", both)), "--into", str(book), *HOW) == 0, "both are there"


# ---- the examples of a template


@pytest.mark.long
def test_examples_of_a_fresh_template_make_room(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "book.xlsx"
    assert run("new", str(book)) == 0
    folder = write_csv(dynamics.tables(dynamics.company()), tmp_path / "export")
    capsys.readouterr()
    assert run("import", str(folder), "--into", str(book)) == 0
    assert "Example rows removed: Transactions 7, Items 2" in capsys.readouterr().out
    found = close(book, "2026-02-28")
    ids = {text(row["Transaction ID"]) for row in found.rows("Transactions", "Transaction ID")}
    items = {text(row["Item number"]) for row in found.rows("Items", "Item number")}
    assert not {one for one in ids | items if one.startswith("EXAMPLE")}
    equal(found, close(imported(folder, tmp_path / "new.xlsx"), "2026-02-28"))


def test_examples_among_rows_of_the_user_stay_and_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "book.xlsx"
    assert run("new", str(book)) == 0
    workbook = openpyxl.load_workbook(book)
    workbook["Items"].append(["MINE", "Mine", "Item", "FIFO"])
    workbook.save(book)
    capsys.readouterr()
    folder = file_of(tmp_path / "export", PLAIN)
    assert run("import", str(folder), "--into", str(book), *HOW) == 0
    said = capsys.readouterr()
    assert "Transactions!A2: Transaction ID. 7 rows of the template's example" in said.err
    assert "Example rows removed" not in said.out
    assert len(Results(book).rows("Items", "Item number")) == 2 + 1 + 1
    made = dynamics.tables(dynamics.company())
    assert run("import", str(write_csv(made, tmp_path / "company")), "--into", str(book)) == 3
    said = capsys.readouterr()
    assert "of company usmf" in said.err, "the examples are of none"
    assert "7 rows of the template's example" in said.err


# ---- folders of tables


@pytest.mark.long
def test_a_folder_of_tables_is_refused_with_the_way_there_and_the_way_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, tables, book = file_of(tmp_path / "export", PLAIN), tmp_path / "tables", tmp_path / "book.xlsx"
    for target in (tables, tmp_path):
        assert run("import", str(folder), "--output", str(target), *HOW) == 2
        assert f"invclose-xl convert BOOK.xlsx {target}" in capsys.readouterr().err
    imported(folder, book, *HOW)
    assert run("convert", str(book), str(tables)) == 0
    assert run("close", str(tables), "--date", "2026-01-31") == 0
    more = file_of(tmp_path / "more", [*PLAIN, PLAIN[1].replace("1001", "1003").replace("2026-01", "2026-02")])
    capsys.readouterr()
    assert run("import", str(more), "--into", str(tables), *HOW) == 2
    said = capsys.readouterr().err
    assert f"invclose-xl convert {tables} BOOK.xlsx" in said
    assert run("convert", str(tables), str(tmp_path / "back.xlsx")) == 0
    assert run("import", str(more), "--into", str(tmp_path / "back.xlsx"), *HOW) == 0
    assert run("convert", str(tmp_path / "back.xlsx"), str(tmp_path / "again")) == 0
    assert run("close", str(tmp_path / "again"), "--date", "2026-02-28") == 0
