"""Text files whose rows are not as wide as their headings, and such as cannot be decoded: refused by name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from invclose_xl.importing.sources import row_widths
from invclose_xl.importing.sources.row_widths import Ragged, find_ragged
from tests.importing import dynamics
from tests.importing.closed import close, equal, imported, refused, run
from tests.importing.dynamics import write_csv

WIDTHS: dict[str, tuple[str, Ragged | None]] = {
    "as wide": ("a,b\n1,2\n3,4\n", None),
    "no line end": ("a,b\n1,2\n3,4", None),
    "blank fields": ("a,b\n,\n,4\n", None),
    "blank lines": ("a,b\n1,2\n\n3,4\n\r\n\n", None),
    "CR and LF": ("a,b\r\n1,2\r\n", None),
    "headings alone": ("a,b\n", None),
    "a separator in a text": ('a,b\n"1,1",2\n', None),
    "a line break in a text": ('a,b\n"1\n\n1",2\n3,4\n', None),
    "a doubled mark": ('a,b\n"1"",""1",2\n', None),
    "short": ("a,b\n1,2\n3\n", Ragged(3, 3, 1, 1)),
    "short at the end": ("a,b\n1,2\n3", Ragged(3, 3, 1, 1)),
    "long": ("a,b\n1,2,3\n", Ragged(2, 2, 3, 1)),
    "several": ("a,b\n1,2,3\n1\n1,2\n1\n", Ragged(2, 2, 3, 3)),
    "after a line break": ('a,b\n"1\n1",2\n3\n', Ragged(3, 4, 1, 1)),
    "a mark that is not closed": ('a,b\n"1,2\n3,4\n', Ragged(2, 2, 1, 1, is_open=True)),
}


@pytest.mark.parametrize("block", [1, 2, 3, 5, 7, 1 << 22])
@pytest.mark.parametrize("case", WIDTHS)
def test_widths(case: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_widths, "BLOCK", block)
    text, expected = WIDTHS[case]
    assert find_ragged(text.encode(), ",", 2) == expected


def test_what_stands_above_the_headings_is_no_row() -> None:
    assert find_ragged(b"sep=;\na;b\n1;2\n", ";", 2, skipped=1) is None
    assert find_ragged(b"sep=;\na;b\n1\n", ";", 2, skipped=1) == Ragged(3, 3, 1, 1)


Change = Callable[[list[str]], None]


def _short(lines: list[str]) -> None:
    lines[-1] = lines[-1].rpartition(",")[0]


def _long(lines: list[str]) -> None:
    lines[-1] += ",7"


def _shifted(lines: list[str]) -> None:
    first, _, rest = lines[-1].partition(",")
    lines[-1] = f"{first},,{rest}"


TABLES = sorted(dynamics.tables(dynamics.company()))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", [_short, _long, _shifted])
@pytest.mark.sampled(7, long=3)
def test_a_row_of_another_width_is_refused_in_every_table(
    table: str, change: Change, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_csv(dynamics.tables(dynamics.company()), tmp_path / "export")
    file = folder / f"{table}.csv"
    lines = file.read_text("utf-8").splitlines()
    columns = lines[0].count(",") + 1
    change(lines)
    file.write_text("\n".join(lines) + "\n", "utf-8")
    said = refused(capsys, folder, tmp_path / "book.xlsx", "--system", "dynamics")
    fields = columns + (-1 if change is _short else 1)
    assert len(said) == 1
    assert said[0].startswith(f"'{table}.csv'!A{len(lines)}: ")
    assert f"Line {len(lines)} has {fields} field" in said[0]
    assert f"there are {columns} columns" in said[0]
    assert said[0].endswith("(IC405)")


def test_decimal_commas_between_commas_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_csv(dynamics.tables(dynamics.company()), tmp_path / "export")
    file = folder / "InventTrans.csv"
    file.write_text(file.read_text("utf-8").replace(".", ","), "utf-8")
    said = refused(capsys, folder, tmp_path / "book.xlsx", "--system", "dynamics")
    assert "'InventTrans.csv'!A2: Line 2 has" in said[0]
    assert "such as decimals" in said[0]


@pytest.mark.long
def test_lines_that_end_with_a_carriage_return_are_read(tmp_path: Path) -> None:
    made = dynamics.tables(dynamics.company())
    plain = imported(write_csv(made, tmp_path / "plain"), tmp_path / "plain.xlsx")
    folder = write_csv(made, tmp_path / "export")
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r"))
    book = imported(folder, tmp_path / "book.xlsx")
    equal(close(book, "2026-03-31"), close(plain, "2026-03-31"))


SPOILT = {
    "a code page of DOS": ("Räder\n".encode("cp850"), "in line 2 a byte 84 stands in a word", "as UTF-8"),
    "a code page of DOS, at the end": ("Menü\n".encode("cp850"), "in line 2 a byte 81 means nothing", "as UTF-8"),
    "half a character": (b"\xff\xfea\x00\n\x00b", "not UTF-16 to its end", "as UTF-8"),
    "one byte": (b"\xe4", "", ""),
    "one mark": (b'"', "no headings", "with its headings"),
    "a mark of its encoding": (b"\xff\xfe", "no headings", "with its headings"),
    "a line with its separator": (b"sep=;\n", "no headings", "with its headings"),
    "nothing": (b"", "empty", "with its headings"),
    "blanks": (b" \r\n\n", "empty", "with its headings"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_what_cannot_be_read_is_refused(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_csv(dynamics.tables(dynamics.company()), tmp_path / "export")
    content, problem, advice = SPOILT[case]
    headings = (folder / "InventTable.csv").read_bytes().partition(b"\n")[0] if "DOS" in case else b""
    if case == "half a character":
        content = (folder / "InventTable.csv").read_text("utf-8").encode("utf-16") + b"x"
    if headings:
        content = headings + b"\n" + content
    (folder / "InventTable.csv").write_bytes(content)
    said = refused(capsys, folder, tmp_path / "book.xlsx", "--system", "dynamics")
    assert "'InventTable.csv'" in said[0] or case == "one byte"
    assert problem in said[0]
    assert advice in said[0]


def test_headings_without_rows_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_csv(dynamics.tables(dynamics.company()), tmp_path / "export")
    file = folder / "InventTrans.csv"
    file.write_text(file.read_text("utf-8").partition("\n")[0] + "\n", "utf-8")
    capsys.readouterr()
    assert run("import", str(folder), "--output", str(tmp_path / "book.xlsx"), "--strict") == 6
    said = capsys.readouterr()
    assert "InventTrans has headings, but no row." in said.out + said.err
