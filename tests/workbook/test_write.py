"""New result sheets: what a reader, Excel's own rules and a second run see in them."""

import shutil
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from invclose_xl.domain.book import Scales
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from invclose_xl.workbook.results.rows_xml import escape_text
from invclose_xl.workbook.results.write import refuse_unwritable, stamp, write_results
from tests.workbook.excel_rules import broken_rules
from tests.workbook.result_tables import DAY, SCALES, frame, lock, log, plain_book, rows_of, settlements, tables

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ESCAPED = "_x0041_x0042_"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Path]:
    """A small book; whatever a test wrote must keep Excel's rules."""
    path = plain_book(tmp_path / "book.xlsx")
    yield path
    if path.read_bytes().startswith(b"PK") and zipfile.is_zipfile(path):
        assert broken_rules(path) == []


def test_nine_sheets_follow_the_users(book: Path) -> None:
    written = write_results(book, tables(), SCALES, "EUR", DAY)
    names = openpyxl.load_workbook(book).sheetnames
    assert names == ["Transactions", *(s.name for s in OUTPUT_SHEETS)]
    assert written.sheets == tuple(s.name for s in OUTPUT_SHEETS)
    assert written.path == book
    assert written.backup is None


def test_headings_rows_totals_and_formats(book: Path) -> None:
    write_results(book, tables(), SCALES, "EUR", DAY)
    sheet = openpyxl.load_workbook(book)["Settlements"]
    values = openpyxl.load_workbook(book, data_only=True)["Settlements"]
    assert [c.value for c in sheet[2]] == [c.heading for c in OUTPUT_SHEETS[0].columns]
    assert sheet["I1"].value == "=SUBTOTAL(109,I3:I5)"
    assert values["I1"].value == 78.78
    assert sheet["A1"].value == "Total EUR"
    assert (sheet["H3"].value, sheet["H3"].number_format) == (1.5, "#,##0.000;[Red]\\-#,##0.000")
    assert (sheet["I3"].value, sheet["I3"].number_format) == (13.13, "#,##0.00;[Red]\\-#,##0.00")
    assert (sheet["B3"].value, sheet["B3"].number_format) == (datetime(2026, 1, 31), "yyyy\\-mm\\-dd_-")
    assert sheet["F3"].data_type == "s"
    assert sheet.freeze_panes == "A3"
    assert sheet.tables["Settlements"].ref == "A2:L5"
    assert sheet.tables["Settlements"].autoFilter.ref == "A2:L5"
    assert sheet.column_dimensions["E"].width > 30


def test_lock_shows_the_closed_date_under_its_name(book: Path) -> None:
    write_results(book, tables(), SCALES, "EUR", DAY)
    workbook = openpyxl.load_workbook(book)
    assert workbook.defined_names["ClosedDate"].attr_text == "'Lock'!$C$1"
    sheet = workbook["Lock"]
    assert (sheet["A1"].value, sheet["C1"].value) == ("Inventory is closed up to", datetime(2026, 1, 31))
    assert [c.value for c in sheet[3]][:3] == ["Closing", "Type", "Up to date"]
    assert sheet["E4"].value == datetime(2026, 2, 1, 12, 30, 5)
    assert sheet["E4"].number_format == "yyyy\\-mm\\-dd\\ hh:mm:ss_-"
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert sheet.print_title_rows == "$3:$3"
    assert workbook["Vouchers"].print_title_rows == "$2:$2"
    assert workbook["Locked rows"].sheet_state == "hidden"


def test_without_a_closed_date_the_cell_is_blank(book: Path) -> None:
    write_results(book, tables(lock=lock(0)), SCALES, "EUR", None)
    assert openpyxl.load_workbook(book)["Lock"]["C1"].value is None


def test_a_sheet_without_rows_has_headings_and_a_table_of_one_blank_row(book: Path) -> None:
    write_results(book, tables(), SCALES, "EUR", DAY)
    sheet = openpyxl.load_workbook(book)["Value links"]
    assert sheet["A2"].value == "Closing"
    assert sheet.tables["Value_links"].ref == "A2:L3"
    assert sheet["A3"].value is None


@pytest.mark.parametrize("text", ["=1+1", "+1", "@SUM(A1)", "-5", "00123", 'R&D <1> "x"', "a\nb", " padded ", "ÄÖ€𝔘"])
def test_text_stays_the_same_text(book: Path, text: str) -> None:
    write_results(book, tables(settlements=settlements(1, 1, issue=[text])), SCALES, "EUR", DAY)
    cell = openpyxl.load_workbook(book)["Settlements"]["F3"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert CalamineWorkbook.from_path(book).get_sheet_by_name("Settlements").to_python()[2][5] == text


@pytest.mark.parametrize("text", ["bell \x07", "cr \r end", "_x0041_", ESCAPED, "\x00"])
def test_what_xml_cannot_hold_is_escaped_as_excel_does(book: Path, text: str) -> None:
    write_results(book, tables(settlements=settlements(1, 2, issue=[text, "plain"])), SCALES, "EUR", DAY)
    read = CalamineWorkbook.from_path(book).get_sheet_by_name("Settlements").to_python()
    assert [read[2][5], read[3][5]] == [text, "plain"]


def test_escaping_keeps_overlapping_lookalikes_apart() -> None:
    assert escape_text(ESCAPED) == "_x005F_x0041_x005F_x0042_"


def test_only_sentences_of_ours_are_cut(book: Path) -> None:
    long = "𝔘" * 20_000
    write_results(book, tables(log=log(["", ""], message=[long, "short"], item="I" * 30_000)), SCALES, "EUR", DAY)
    row = rows_of(book, "Log")[2]
    message = str(row[7])
    assert len(message.encode("utf-16-le")) // 2 <= 32_767
    assert message.endswith("…")
    assert row[4] == "I" * 30_000


@pytest.mark.parametrize(("decimals", "shown"), [(0, 1313.0), (2, 13.13), (3, 1.313), (6, 0.001313)])
def test_currencies_with_other_decimals(book: Path, decimals: int, shown: float) -> None:
    write_results(book, tables(), Scales(decimals, 0, 2), "JPY", DAY)
    sheet = openpyxl.load_workbook(book)["Settlements"]
    assert sheet["I3"].value == shown
    assert sheet["H3"].value == 1500
    assert sheet["I3"].number_format.split(";")[0] == "#,##0" + ("." + "0" * decimals if decimals else "")


def test_amounts_never_pass_through_a_float(book: Path) -> None:
    amounts = [999_999_999_999_999, -1, -100, 123_456_789_012_345_678]
    write_results(book, tables(settlements=settlements(1, 4, amount=amounts)), SCALES, "EUR", DAY)
    xml = zipfile.ZipFile(book).read("xl/worksheets/sheet2.xml").decode()
    for text in ("9999999999999.99", "-0.01", "-1.00", "1234567890123456.78"):
        assert f"<v>{text}</v>" in xml


def test_totals_count_active_rows_only(book: Path) -> None:
    results = settlements(1, 3, status=["Active", "Reversed", "Active"])
    write_results(book, tables(settlements=results), SCALES, "EUR", DAY)
    values = openpyxl.load_workbook(book, data_only=True)["Settlements"]
    assert values["I1"].value == 52.52


def test_vouchers_add_up_without_a_status(book: Path) -> None:
    lines = frame("vouchers", 2, closing="IC-000001", voucher="IC-000001", date=DAY, line=[1, 2],
                  account=["Inventory", "COGS"], debit=[105, None], credit=[None, 105], text="Close")  # fmt: skip
    write_results(book, tables(vouchers=lines), SCALES, "EUR", DAY)
    assert openpyxl.load_workbook(book)["Vouchers"]["H1"].value == "=SUBTOTAL(109,H3:H4)"
    values = openpyxl.load_workbook(book, data_only=True)["Vouchers"]
    assert (values["H1"].value, values["I1"].value) == (1.05, 1.05)


def test_the_log_links_to_the_cell_it_speaks_of(book: Path) -> None:
    write_results(book, tables(log=log(["Transactions!A2", "", "'Item model groups'!B3"])), SCALES, "EUR", DAY)
    sheet = openpyxl.load_workbook(book)["Log"]
    assert sheet["G3"].hyperlink.location == "Transactions!A2"
    assert sheet["G4"].hyperlink is None
    assert sheet["G5"].hyperlink.location == "'Item model groups'!B3"


@pytest.mark.long
def test_too_many_links_become_plain_text(book: Path) -> None:
    write_results(book, tables(log=log(["Transactions!A2"] * 60_001)), SCALES, "EUR", DAY)
    xml = zipfile.ZipFile(book).read("xl/worksheets/sheet11.xml")
    assert b"<hyperlink" not in xml
    assert b"Transactions!A2" in xml


def test_the_1904_calendar(tmp_path: Path) -> None:
    path = tmp_path / "old.xlsx"
    workbook = openpyxl.Workbook()
    workbook.epoch = datetime(1904, 1, 1)
    workbook.active.title = "Transactions"
    workbook.save(path)
    write_results(path, tables(), SCALES, "EUR", DAY)
    sheet = openpyxl.load_workbook(path)["Settlements"]
    assert sheet["B3"].value == datetime(2026, 1, 31)
    assert b"<v>44591</v>" in zipfile.ZipFile(path).read("xl/worksheets/sheet2.xml")


@pytest.mark.parametrize(
    ("day", "serial"),
    [(date(1900, 1, 1), 1), (date(1900, 2, 28), 59), (date(1900, 3, 1), 61), (date(9999, 12, 31), 2958465)],
)
def test_serials_skip_the_day_that_never_was(book: Path, day: date, serial: int) -> None:
    write_results(book, tables(settlements=settlements(1, 1, date=[day])), SCALES, "EUR", DAY)
    xml = zipfile.ZipFile(book).read("xl/worksheets/sheet2.xml").decode()
    assert '<c r="B3" s="' in xml
    assert f"<v>{serial}</v>" in xml


def test_writing_twice_gives_the_same_bytes(book: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    write_results(book, tables(), SCALES, "EUR", DAY, output=one)
    write_results(book, tables(), SCALES, "EUR", DAY, output=two)
    assert one.read_bytes() == two.read_bytes()


def test_writing_over_itself_changes_nothing_and_adds_no_formats(book: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.xlsx", tmp_path / "two.xlsx"
    write_results(book, tables(), SCALES, "EUR", DAY, output=one)
    write_results(one, tables(), SCALES, "EUR", DAY, output=two)
    first, second = zipfile.ZipFile(one), zipfile.ZipFile(two)
    assert first.namelist() == second.namelist()
    assert [n for n in first.namelist() if first.read(n) != second.read(n)] == []


def test_output_leaves_the_book_alone(book: Path, tmp_path: Path) -> None:
    before = book.read_bytes()
    write_results(book, tables(), SCALES, "EUR", DAY, output=tmp_path / "closed.xlsx")
    assert book.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["book.xlsx", "closed.xlsx"]


def test_the_old_file_is_kept(book: Path, tmp_path: Path) -> None:
    before = book.read_bytes()
    kept = tmp_path / "book.before-IC-000001.xlsx"
    written = write_results(book, tables(), SCALES, "EUR", DAY, backup=kept)
    assert written.backup == kept
    assert kept.read_bytes() == before
    assert book.read_bytes() != before


def test_an_older_backup_is_never_overwritten(book: Path, tmp_path: Path) -> None:
    kept = tmp_path / "book.before-IC-000001.xlsx"
    kept.write_bytes(b"of another day")
    before = book.read_bytes()
    written = write_results(book, tables(), SCALES, "EUR", DAY, backup=kept)
    assert kept.read_bytes() == b"of another day"
    assert written.backup == tmp_path / "book.before-IC-000001 (2).xlsx"
    assert written.backup.read_bytes() == before


def test_rows_that_do_not_fit_continue_on_a_second_sheet(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invclose_xl.workbook.results.new_sheet.LAST_ROW", 4)
    written = write_results(book, tables(1, 5), SCALES, "EUR", DAY)
    assert [s for s in written.sheets if s.startswith("Settlements")] == [
        "Settlements", "Settlements (2)", "Settlements (3)"]  # fmt: skip
    issues = [r[5] for name in written.sheets[:3] for r in rows_of(book, name)[2:]]
    assert issues == settlements(1, 5)["issue"].to_list()
    tables_there = openpyxl.load_workbook(book)["Settlements (2)"].tables
    assert tables_there["Settlements_2"].ref == "A2:L4"
    write_results(book, tables(1, 2), SCALES, "EUR", DAY)
    assert len(rows_of(book, "Settlements (2)")[2:]) == 0
    assert openpyxl.load_workbook(book)["Settlements"].tables["Settlements"].ref == "A2:L4"


def test_progress_is_told(book: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    write_results(book, tables(), SCALES, "EUR", DAY, progress=lambda *step: heard.append(step))
    assert heard[0] == ("Settlements", 3, 6)
    assert heard[-1] == ("Log", 6, 6)


def test_a_taken_name_is_left_to_the_user(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook.defined_names["ClosedDate"] = openpyxl.workbook.defined_name.DefinedName(
        "ClosedDate", attr_text="Transactions!$A$1"
    )
    workbook.defined_names["Settlements"] = openpyxl.workbook.defined_name.DefinedName(
        "Settlements", attr_text="Transactions!$A$2"
    )
    workbook.save(book)
    write_results(book, tables(), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)
    assert after.defined_names["ClosedDate"].attr_text == "Transactions!$A$1"
    assert after["Lock"].defined_names["ClosedDate"].attr_text == "'Lock'!$C$1"
    assert list(after["Settlements"].tables) == ["Settlements_2"]


@pytest.mark.parametrize(
    ("sheet", "headings", "says"),
    [
        ("Settlements", ["Date", "Broker"], "Settlements has no column"),
        ("LOG", ["When", "What"], "LOG has no column"),
        ("Lock", [], "Lock has no column"),
    ],
)
def test_a_sheet_of_the_users_with_our_name_is_refused(book: Path, sheet: str, headings: list[str], says: str) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook.create_sheet(sheet).append(headings)
    workbook.save(book)
    before = book.read_bytes()
    for run in (lambda: refuse_unwritable(book, None), lambda: write_results(book, tables(), SCALES, "EUR", DAY)):
        with pytest.raises(BookUnusable, match=says):
            run()
    assert book.read_bytes() == before


def test_a_protected_structure_is_refused_only_while_sheets_are_missing(book: Path) -> None:
    write_results(book, tables(), SCALES, "EUR", DAY)
    workbook = openpyxl.load_workbook(book)
    workbook.security = openpyxl.workbook.protection.WorkbookProtection(lockStructure=True)
    workbook.save(book)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    del workbook["Log"]
    workbook.save(book)
    with pytest.raises(BookUnusable, match=r"structure of book\.xlsx is protected, so the sheet Log"):
        refuse_unwritable(book, None)


@pytest.mark.parametrize(("lock_file", "program"), [("~$book.xlsx", "Excel"), (".~lock.book.xlsx#", "LibreOffice")])
def test_an_open_book_is_refused(book: Path, lock_file: str, program: str) -> None:
    book.with_name(lock_file).write_text("somebody")
    with pytest.raises(BookUnusable, match=f"open in {program}"):
        refuse_unwritable(book, None)
    refuse_unwritable(book, book.with_name("closed.xlsx"))


def test_a_book_changed_since_it_was_read_is_refused(book: Path) -> None:
    seen = stamp(book)
    workbook = openpyxl.load_workbook(book)
    workbook["Transactions"]["A3"] = "R2"
    workbook.save(book)
    changed = book.read_bytes()
    with pytest.raises(BookUnusable, match="changed after it was read"):
        write_results(book, tables(), SCALES, "EUR", DAY, expected=seen)
    assert book.read_bytes() == changed


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("nothing.xlsx", None, "There is no file"),
        ("empty.xlsx", b"", "is empty"),
        ("text.xlsx", b"Item;Quantity\n1;2\n", "not an Excel workbook"),
        ("page.xlsx", b"<html><table></table></html>", "XML or HTML"),
        ("cut.xlsx", b"PK\x03\x04 and no more", "is damaged"),
        ("old.xls", OLE + b"\0" * 600 + "Workbook".encode("utf-16-le"), "Excel 97-2003"),
        ("secret.xlsx", OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
    ],
)
def test_other_files_are_refused_in_one_sentence(tmp_path: Path, name: str, content: bytes | None, says: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BookUnusable, match=says):
        refuse_unwritable(path, None)


def test_a_truncated_book_is_refused(book: Path) -> None:
    whole = book.read_bytes()
    book.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BookUnusable, match="damaged"):
        refuse_unwritable(book, None)


def test_a_link_to_a_book_stays_a_link(book: Path, tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    link = folder / "link.xlsx"
    link.symlink_to(book)
    book.chmod(0o640)
    write_results(link, tables(), SCALES, "EUR", DAY)
    assert link.is_symlink()
    assert "Lock" in openpyxl.load_workbook(book).sheetnames
    assert book.stat().st_mode & 0o777 == 0o640
    assert list(folder.iterdir()) == [link]


def test_a_book_without_formats_gets_some(book: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.xlsx"
    with zipfile.ZipFile(bare, "w") as package:
        package.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
            'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        )
        relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        rels = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
        package.writestr(
            "_rels/.rels",
            rels.format(f'<Relationship Id="r1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/>'),
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            rels.format(f'<Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/>'),
        )
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        package.writestr(
            "xl/workbook.xml",
            f'<x:workbook xmlns:x="{main}"><x:sheets><x:sheet name="A" sheetId="1" r:id="rId1" xmlns:r="{relation}"/>'
            "</x:sheets></x:workbook>",
        )
        package.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData/></worksheet>')
    write_results(bare, tables(), SCALES, "EUR", DAY)
    sheet = openpyxl.load_workbook(bare)["Settlements"]
    assert sheet["B3"].value == datetime(2026, 1, 31)
    shutil.copy(bare, tmp_path / "again.xlsx")
    write_results(bare, tables(2), SCALES, "EUR", DAY)
    assert openpyxl.load_workbook(bare)["Settlements"]["B8"].value == datetime(2026, 1, 31)


def test_empty_text_and_null_have_no_cell(book: Path) -> None:
    write_results(book, tables(settlements=settlements(1, 1, group=[""], item=[None])), SCALES, "EUR", DAY)
    xml = zipfile.ZipFile(book).read("xl/worksheets/sheet2.xml")
    assert b'r="C3"' not in xml
    assert b'r="D3"' not in xml


def test_large_blocks_number_their_rows_through(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invclose_xl.workbook.results.rows_xml.BLOCK", 2)
    write_results(book, tables(1, 7), SCALES, "EUR", DAY)
    assert [r[5] for r in rows_of(book, "Settlements")[2:]] == settlements(1, 7)["issue"].to_list()
