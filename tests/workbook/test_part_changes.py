"""What a write changed: exactly these parts of the file, said by the summary, by *Log* and as JSON."""

import json
import shutil
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.cli.main import main
from invclose_xl.domain.views.part_changes import list_in_words
from tests.importing import dynamics

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 2, 2, 8, 15, tzinfo=UTC)
FRAME = ["[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/workbook.xml"]
RESULTS = ("Settlements", "Value links", "Adjustments", "Vouchers", "Closing transactions", "Estimated costs", "Lock",
           "Locked rows", "Stock value", "Log")  # fmt: skip
SHEET = {name: f"xl/worksheets/sheet{number}.xml" for number, name in enumerate(RESULTS, 9)}
TABLE = {name: f"xl/tables/table{number}.xml" for number, name in enumerate(RESULTS, 7)}
RELATIONS = [f"xl/worksheets/_rels/sheet{number}.xml.rels" for number in range(9, 19)]
RUNS = {
    "the first close": ([], ["close"], FRAME, [*SHEET.values(), *TABLE.values(), *RELATIONS]),
    "a reversal": (
        [["close"]], ["reverse"],
        [*SHEET.values(), *(TABLE[n] for n in ("Vouchers", "Lock", "Locked rows", "Stock value"))], [],
    ),
    "the next close": (
        [["close", "--date", "2026-01-20"]], ["close", "--date", "2026-01-31"],
        [*SHEET.values(), *(TABLE[n] for n in RESULTS if n not in ("Value links", "Estimated costs"))], [],
    ),
    "the same close again": (
        [["close"], ["reverse"]], ["close"],
        [*SHEET.values(), *(TABLE[n] for n in RESULTS if n != "Estimated costs")], [],
    ),
    "a recalculation that changes nothing": (
        [["close"]], ["recalculate", "--date", "2026-02-01"],
        [*SHEET.values(), TABLE["Lock"], TABLE["Locked rows"], TABLE["Log"]], [],
    ),
}  # fmt: skip
"""kind of run -> what comes before, the run, the parts it may change, the parts it may add; no others"""


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.mark.parametrize("kind", RUNS)
def test_a_run_changes_these_parts_and_no_others(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, run, changed, added = RUNS[kind]
    book = Path(shutil.copy(ROOT / "examples" / "january.xlsx", tmp_path / "book.xlsx"))
    for command in before:
        assert main([command[0], str(book), *command[1:], "--no-backup"], NOW, "controller") == 0
    old = parts(book)
    capsys.readouterr()
    assert main([run[0], str(book), *run[1:], "--no-backup", "--json"], NOW, "controller") == 0
    said = json.loads(capsys.readouterr().out)["parts"]
    new = parts(book)
    assert sorted(said["changed"]) == sorted(changed)
    assert sorted(said["added"]) == sorted(added)
    assert said["removed"] == []
    assert said["kept"] == len(old) - len(changed)
    assert new.keys() - old.keys() == set(added)
    assert {name for name in old if old[name] != new[name]} <= set(changed)
    assert old.keys() <= new.keys()


SHEETS_OF_ATTACH, NOTES = range(19, 24), range(1, 5)
MADE = {
    "attach": (
        "book.xlsm", FRAME,
        ["xl/vbaProject.bin", *(f"xl/worksheets/{part}" for n in SHEETS_OF_ATTACH
                                for part in (f"sheet{n}.xml", f"_rels/sheet{n}.xml.rels")),
         *(f"xl/tables/table{n}.xml" for n in range(17, 21)), *(f"xl/comments{n}.xml" for n in NOTES),
         *(f"xl/drawings/vmlDrawing{n}.vml" for n in range(1, 6))],
    ),
    "rollforward": (
        "next.xlsx",
        [*FRAME, "xl/worksheets/sheet4.xml", "xl/tables/table3.xml",
         *(part[name] for part in (SHEET, TABLE) for name in RESULTS
           if name not in ("Value links", "Estimated costs"))],
        ["xl/worksheets/sheet19.xml", "xl/worksheets/_rels/sheet19.xml.rels", "xl/tables/table17.xml"],
    ),
}  # fmt: skip
"""command -> the workbook it makes of a closed one, the parts of the old one that it changes, those that it adds"""


@pytest.mark.parametrize("command", MADE)
def test_a_workbook_made_of_another_keeps_all_other_parts(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, must_change, must_add = MADE[command]
    book, made = Path(shutil.copy(ROOT / "examples" / "january.xlsx", tmp_path / "book.xlsx")), tmp_path / name
    assert main([str(book), "--no-backup"], NOW, "controller") == 0
    capsys.readouterr()
    assert main([command, str(book), "--output", str(made), "--json"], NOW, "controller") == 0
    said, old, new = json.loads(capsys.readouterr().out)["parts"], parts(book), parts(made)
    changed = {part for part in old.keys() & new.keys() if old[part] != new[part]}
    assert changed == set(said["changed"]) == set(must_change)
    assert set(said["added"]) == new.keys() - old.keys() == set(must_add)
    assert set(said["removed"]) == old.keys() - new.keys() == set()
    assert said["kept"] == len(old) - len(changed)


def test_detach_gives_the_parts_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, attached = ROOT / "examples" / "january.xlsx", tmp_path / "attached.xlsm"
    assert main(["attach", str(book), "--output", str(attached)], NOW, "controller") == 0
    capsys.readouterr()
    assert main(["detach", str(attached), "--output", str(tmp_path / "back.xlsx"), "--json"], NOW, "controller") == 0
    said, old, new = json.loads(capsys.readouterr().out)["parts"], parts(attached), parts(tmp_path / "back.xlsx")
    assert sorted(said["changed"]) == sorted({"[Content_Types].xml", *FRAME[1:2], "xl/workbook.xml"})
    assert set(said["removed"]) == old.keys() - new.keys() == old.keys() - parts(book).keys()
    assert {part for part, content in parts(book).items() if new[part] != content} <= set(FRAME)


def test_an_import_changes_the_sheets_that_it_fills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Into a closed book: the new rows, and the sheet *Import* that tells of them."""
    business, book = dynamics.company(), tmp_path / "book.xlsx"
    parts_of_it = [replace(business, movements=business.movements[:count]) for count in (-1, None)]
    first, whole = (dynamics.write_csv(dynamics.tables(b), tmp_path / str(k)) for k, b in enumerate(parts_of_it))
    assert main(["import", str(first), "--output", str(book)], NOW, "controller") == 0
    assert main([str(book), "--date", "2026-01-31", "--no-backup"], NOW, "controller") == 0
    old = parts(book)
    capsys.readouterr()
    assert main(["import", str(whole), "--into", str(book), "--no-backup", "--json"], NOW, "controller") == 0
    said, new = json.loads(capsys.readouterr().out)["parts"], parts(book)
    sheets = openpyxl.load_workbook(book)
    filled = [sheets.sheetnames.index(name) for name in ("Transactions", "Import")]
    changed = {name for name in old if old[name] != new[name]}
    assert changed == set(said["changed"]) == {f"xl/worksheets/sheet{at + 1}.xml" for at in filled}
    assert old.keys() == new.keys()
    assert (said["added"], said["removed"], said["kept"]) == ([], [], len(old) - 2)


def test_summary_and_log_say_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = Path(shutil.copy(ROOT / "examples" / "january.xlsx", tmp_path / "book.xlsx"))
    assert main([str(book), "--no-backup"], NOW, "controller") == 0
    said = capsys.readouterr().out
    assert "Parts of the file: 29 kept byte for byte\n" in said
    assert "  changed 4: [Content_Types].xml, xl/_rels/workbook.xml.rels, xl/workbook.xml,\n" in said
    assert "  added 30: xl/worksheets/sheet9.xml to sheet18.xml, xl/tables/table7.xml to\n" in said
    assert main([str(book), "--date", "2026-02-28", "--no-backup"], NOW, "controller") == 0
    rows = list(openpyxl.load_workbook(book)["Log"].iter_rows(min_row=3, values_only=True))
    notes = [str(row[7]) for row in rows if row[0] is None]
    assert len(notes) == 1, "it speaks of the file as it is: the next write has its own"
    assert notes[0].startswith("This write kept ")
    assert "changed 1" in notes[0]
    assert "xl/worksheets/sheet9.xml to sheet18.xml" in notes[0]
    assert main(["verify", str(book)]) == 0, "it belongs to no closing and is in no Digest"


def test_a_dry_run_says_nothing_of_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = Path(shutil.copy(ROOT / "examples" / "fifo.xlsx", tmp_path / "book.xlsx"))
    assert main([str(book), "--dry-run"], NOW) == 0
    assert "Parts of the file" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["xl/workbook.xml"], "xl/workbook.xml"),
        (["s2.xml", "s1.xml", "s3.xml", "s5.xml"], "s1.xml to s3.xml, s5.xml"),
        (["a/s1.xml", "b/s2.xml"], "a/s1.xml, b/s2.xml"),
        ([], ""),
    ],
)
def test_names_in_words(names: list[str], words: str) -> None:
    assert list_in_words(names) == words
