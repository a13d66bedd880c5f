"""The auditor's package: its README followed step by step, and ten ways to spoil it, each of which is found."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from invclose_xl.audit import verify_close
from invclose_xl.cli.main import main
from tests.audit.edit_cells import cell_of

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 2, 2, 8, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("close")
    book = folder / "january.xlsx"
    assert main([str(ROOT / "examples" / "january.xlsx"), "--output", str(book)], NOW, "controller") == 0
    assert main(["reconcile", str(book), "--package", str(folder / "auditor")], NOW) == 0
    assert (folder / "auditor" / "january.xlsx").read_bytes() == book.read_bytes()
    return folder / "auditor"


@pytest.fixture
def package(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "auditor"))


def follow(package: Path) -> dict[str, subprocess.CompletedProcess[str]]:
    """Do what the code blocks of the README say; installing openpyxl aside, which is there."""
    blocks = re.findall(r"^```\n(.*?)^```$", (package / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    done = {}
    for line in lines:
        if line == "pip install openpyxl":
            continue
        words = line.split()
        command = [sys.executable, "-B", "-I", *words[1:]] if words[0] == "python" else words
        done[words[0]] = subprocess.run(command, cwd=package, capture_output=True, text=True, check=False)
    return done


def sum_again(package: Path) -> None:
    """Make SHA256SUMS agree with the files, as a forger would."""
    files = sorted(p for p in package.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    lines = (f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(package).as_posix()}\n" for p in files)
    (package / "SHA256SUMS").write_text("".join(lines), "utf-8")


@pytest.mark.long
def test_the_readme_can_be_followed(package: Path) -> None:
    done = follow(package)
    assert list(done) == ["sha256sum", "python"]
    assert [(run.returncode, run.stderr) for run in done.values()] == [(0, "")] * 2
    assert done["sha256sum"].stdout.count(": OK") == len([p for p in package.rglob("*") if p.is_file()]) - 1
    assert done["python"].stdout.endswith("All 20 checks hold.\n")
    assert "FAILED" not in done["python"].stdout


def test_the_figures_of_the_readme_stand_where_it_says(package: Path) -> None:
    text = (package / "README.md").read_text("utf-8")
    workbook = load_workbook(package / "january.xlsx", data_only=True)

    def total(sheet: str, heading: str) -> str:
        return f"{workbook[sheet].cell(1, cell_of(workbook[sheet], heading).column).value:,.2f}"

    assert total("Vouchers", "Debit") == total("Vouchers", "Credit")
    assert f"*Change of inventory value* is {total('Adjustments', 'Change of inventory value')}," in text
    assert f"*Closing value* is {total('Stock value', 'Closing value')}." in text
    assert f"| Settled amount of IC-000001 | {total('Settlements', 'Amount')} EUR |" in text
    assert f"`{cell_of(workbook['Lock'], 'Digest').value}`" in text
    assert "| Warnings | 3 |" in text
    assert "$" not in text


def test_every_file_is_named_by_the_readme(package: Path) -> None:
    text = (package / "README.md").read_text("utf-8")
    names = {p.relative_to(package).parts[0] for p in package.rglob("*") if p.is_file()} - {"README.md"}
    assert [name for name in sorted(names) if name not in text] == []


def test_the_largest_adjustments_are_explained_with_pictures(package: Path) -> None:
    pictures = sorted((package / "explanations").glob("*.svg"))
    assert len(pictures) == 10
    for picture in pictures:
        name = picture.stem.split("-", 1)[1]
        assert name in picture.with_suffix(".txt").read_text("utf-8")
        assert ElementTree.parse(picture).getroot().tag.endswith("svg")


def replace_text(name: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(package: Path) -> None:
        text = (package / name).read_text("utf-8")
        assert old in text
        (package / name).write_text(text.replace(old, new, 1), "utf-8", newline="")

    return spoil


def without_line(name: str, beginning: str) -> Callable[[Path], None]:
    def spoil(package: Path) -> None:
        lines = (package / name).read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(beginning)]
        assert len(kept) < len(lines)
        (package / name).write_text("".join(kept), "utf-8", newline="")

    return spoil


def spoil_cell(book: str, sheet: str, heading: str, add: float, **where: object) -> Callable[[Path], None]:
    def spoil(package: Path) -> None:
        workbook = load_workbook(package / book)
        cell = cell_of(workbook[sheet], heading, **where)
        cell.value = float(str(cell.value)) + add
        workbook.save(package / book)

    return spoil


def swap(one: str, other: str) -> Callable[[Path], None]:
    def spoil(package: Path) -> None:
        files = [next(package.glob(f"explanations/{name}")) for name in (one, other)]
        for file, content in zip(files, [file.read_bytes() for file in reversed(files)], strict=True):
            file.write_bytes(content)

    return spoil


WAYS: dict[str, tuple[Callable[[Path], None], bool, str]] = {
    "a voucher has another amount": (replace_text("vouchers.csv", "13.32,0.00", "13.33,0.00"), True, "vouchers.csv"),
    "a line of stock is missing": (without_line("stock_value.csv", "IC-000001,A-BAG"), True, "stock_value.csv"),
    "the lock has another user": (replace_text("lock.csv", ",controller,", ",auditor,"), True, "lock.csv"),
    "a warning is missing": (without_line("warnings.csv", "IC-000001,Warning,IC501"), True, "warnings.csv"),
    "the largest adjustment is left out": (
        without_line("largest_adjustments.csv", "1,"), True, "largest_adjustments.csv",
    ),
    "an explanation is missing": (
        lambda package: next(package.glob("explanations/03-*.svg")).unlink(), True, "largest_adjustments.csv",
    ),
    "two pictures of one item are swapped": (swap("03-*.svg", "04-*.svg"), True, "explanations"),
    "two flows are swapped": (swap("06-*.svg", "07-*.svg"), True, "explanations"),
    "two explanations are swapped": (swap("03-*.txt", "04-*.txt"), True, "explanations"),
    "the reconciliation has another entry": (
        spoil_cell("reconciliation.xlsx", "Entries", "Amount", 1, Transaction_ID="T0001"), True, "reconciliation.xlsx",
    ),
    "the book has another settlement": (
        spoil_cell("january.xlsx", "Settlements", "Amount", 1, Issue="T0388"), True, "Settlements of issues",
    ),
    "the script is another one": (replace_text("verify_close.py", "return 4 if", "return 0 if"), False, "Files"),
    "a file was added": (lambda package: (package / "notes.txt").write_text("see me"), False, "Files"),
    "the README tells another value": (replace_text("README.md", "128,144.00", "128,145.00"), False, "Files"),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.sampled(13, long=2)
def test_every_way_to_spoil_it_is_found(name: str, package: Path) -> None:
    spoil, forge, check = WAYS[name]
    spoil(package)
    if forge:
        sum_again(package)
    done = follow(package)
    assert re.search(rf"^FAILED  {re.escape(check)}", done["python"].stdout, re.MULTILINE)
    if name == "the script is another one":
        assert done["sha256sum"].returncode == 1
    else:
        assert done["python"].returncode == 4


def test_a_package_may_be_open_while_it_is_checked(package: Path) -> None:
    for name in (".~lock.january.xlsx#", "~$reconciliation.xlsx", ".DS_Store"):
        (package / name).write_text("left by a program")
    assert verify_close.check_files(package).faults == []
    (package / "january (2).xlsx").write_text("added")
    assert verify_close.check_files(package).faults == ["january (2).xlsx: not in SHA256SUMS"]


def test_json_says_files_and_checks(written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["reconcile", str(written / "january.xlsx"), "--package", str(tmp_path / "again"), "--json"]
    assert main(command, NOW) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["holds"] is True
    assert sorted(said["files"]) == sorted(p.relative_to(written).as_posix() for p in written.rglob("*") if p.is_file())


def test_what_is_refused(written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, folder = str(written / "january.xlsx"), tmp_path / "theirs"
    folder.mkdir()
    (folder / "mine.txt").write_text("keep")
    assert main(["reconcile", book, "--package", str(folder)], NOW) == 5
    assert main(["reconcile", book, "--package", str(folder), "--force"], NOW) == 5
    assert main(["reconcile", book, "--package", str(tmp_path / "no" / "folder")], NOW) == 5
    assert main(["reconcile", book, "--package", str(folder), "--output", str(tmp_path / "r.xlsx")], NOW) == 2
    assert main(["reconcile", str(ROOT / "examples" / "january.xlsx"), "--package", str(tmp_path / "new")], NOW) == 4
    said = capsys.readouterr().err
    assert "IC231" in said
    assert "mine.txt" in said
    assert [p.name for p in tmp_path.iterdir()] == ["theirs"]


def test_a_package_is_replaced_only_with_force(package: Path) -> None:
    book, before = package / "january.xlsx", sorted(package.rglob("*"))
    beside = shutil.copy(book, package.parent / "january.xlsx")
    assert main(["reconcile", str(beside), "--package", str(package)], NOW) == 5
    assert main(["reconcile", str(beside), "--package", str(package), "--force"], NOW) == 0
    assert sorted(package.rglob("*")) == before


@pytest.mark.parametrize("name", ["fifo", "loops", "moving_average", "recalculation", "no_decimals"])
def test_a_book_that_an_earlier_version_closed_has_a_package(name: str, tmp_path: Path) -> None:
    book = ROOT / "tests" / "old_books" / "books" / "0.1.0" / f"{name}.xlsx"
    assert main(["reconcile", str(book), "--package", str(tmp_path / "auditor")], NOW) == 0
    assert [c.faults for c in verify_close.verify_folder(tmp_path / "auditor") if c.faults] == []
