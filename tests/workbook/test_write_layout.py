"""Result sheets that are already there, arranged and annotated by the user: what a later run keeps."""

import re
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table, TableColumn, TableFormula

from invclose_xl.workbook.layout import OUTPUT_SHEETS
from invclose_xl.workbook.results.workbook_part import sheets_in_chain
from invclose_xl.workbook.results.write import write_results
from tests.workbook.excel_rules import broken_rules
from tests.workbook.result_tables import DAY, SCALES, lock, log, plain_book, rows_of, settlements, tables

SETTLEMENTS = OUTPUT_SHEETS[0]
LOCK = next(s for s in OUTPUT_SHEETS if s.table == "lock")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Path]:
    """A closed book; however the test arranged it, what is written must keep Excel's rules."""
    path = plain_book(tmp_path / "book.xlsx")
    write_results(path, tables(), SCALES, "EUR", DAY)
    yield path
    assert broken_rules(path) == []


def column(path: Path, sheet: str, heading: str) -> list[object]:
    rows = rows_of(path, sheet)
    top = next(i for i, row in enumerate(rows) if heading in row)
    place = rows[top].index(heading)
    return [row[place] for row in rows[top + 1 :]]


def arranged(path: Path, order: list[str], heading_row: int = 2) -> Path:
    """The Settlements with its columns in another order, as a user would drag them, without a table."""
    workbook = openpyxl.load_workbook(path)
    old = rows_of(path, "Settlements")
    place = workbook.sheetnames.index("Settlements")
    del workbook["Settlements"]
    sheet = workbook.create_sheet("Settlements", place)
    headings = list(old[1])
    for number, row in enumerate(old[1:], heading_row):
        for letter, heading in enumerate(order, 1):
            value = row[headings.index(heading)] if heading in headings else None
            sheet.cell(number, letter, heading if number == heading_row else value)
    workbook.save(path)
    return path


def test_the_reviewers_columns_of_the_lock_stay_with_their_closing(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Lock"]
    sheet["R4"], sheet["S4"], sheet["T4"] = "Auditor", datetime(2026, 2, 3), "Seen & agreed"
    workbook.save(book)
    newest_first = lock(2).reverse()
    write_results(book, tables(2, lock=newest_first), SCALES, "EUR", DAY)
    assert column(book, "Lock", "Closing") == ["IC-000002", "IC-000001"]
    assert column(book, "Lock", "Reviewed by") == [None, "Auditor"]
    assert column(book, "Lock", "Reviewed on") == [None, datetime(2026, 2, 3)]
    assert column(book, "Lock", "Note") == [None, "Seen & agreed"]


def test_columns_stay_where_the_user_put_them(book: Path) -> None:
    order = [c.heading for c in SETTLEMENTS.columns][::-1]
    arranged(book, order)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    rows = rows_of(book, "Settlements")
    assert list(rows[1]) == order
    assert column(book, "Settlements", "Issue") == settlements(2)["issue"].to_list()
    assert column(book, "Settlements", "Amount") == [13.13, 26.26, 39.39] * 2
    total = order.index("Amount")
    letter = "ABCDEFGHIJKL"[total]
    assert rows[0][total] == f"=SUBTOTAL(109,{letter}3:{letter}8)"


def test_headings_may_stand_lower_and_carry_other_case(book: Path) -> None:
    order = [c.heading.upper().replace(" ", "_") for c in SETTLEMENTS.columns]
    workbook = openpyxl.load_workbook(book)
    place = workbook.sheetnames.index("Settlements")
    del workbook["Settlements"]
    sheet = workbook.create_sheet("Settlements", place)
    sheet["A1"], sheet["D2"] = "Settlements of the bicycle maker", "a note of mine"
    for letter, heading in enumerate(order, 1):
        sheet.cell(6, letter, heading)
    workbook.save(book)
    write_results(book, tables(), SCALES, "EUR", DAY)
    rows = rows_of(book, "Settlements")
    assert rows[0][0] == "Settlements of the bicycle maker"
    assert rows[1][3] == "a note of mine"
    assert list(rows[5]) == order
    assert rows[4][8] == "=SUBTOTAL(109,I7:I9)"
    assert [r[5] for r in rows[6:]] == settlements()["issue"].to_list()


def test_a_column_of_the_users_follows_its_rows(book: Path) -> None:
    arranged(
        book, [*(c.heading for c in SETTLEMENTS.columns[:3]), "Checked", *(c.heading for c in SETTLEMENTS.columns[3:])]
    )
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Settlements"]
    for row in range(3, 6):
        sheet[f"D{row}"] = f"checked {sheet[f'G{row}'].value}"
    workbook.save(book)
    shuffled = settlements(2).reverse()
    write_results(book, tables(2, settlements=shuffled), SCALES, "EUR", DAY)
    expected = [f"checked {issue}" if closing == "IC-000001" else None
                for issue, closing in zip(shuffled["issue"], shuffled["closing"], strict=True)]  # fmt: skip
    assert column(book, "Settlements", "Checked") == expected


def test_formulas_of_the_users_stay_in_their_row(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Settlements"]
    sheet["N3"], sheet["N4"], sheet["P40"] = "=I3*2", "=I4*2", "far away"
    workbook.save(book)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Settlements"]
    assert (after["N3"].value, after["N4"].value, after["P40"].value) == ("=I3*2", "=I4*2", "far away")
    assert after["F8"].value == "ISS-22"


def test_a_calculated_column_of_the_users_is_filled_down(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Settlements"]
    formula = "Settlements[[#This Row],[Amount]]/Settlements[[#This Row],[Quantity]]"
    sheet["M2"] = "Per unit"
    for row in range(3, 6):
        sheet[f"M{row}"] = f"={formula}"
        sheet[f"M{row}"].number_format = "0.0000"
    table = sheet.tables["Settlements"]
    table.ref = table.autoFilter.ref = "A2:M5"
    table.tableColumns.append(
        TableColumn(id=13, name="Per unit", calculatedColumnFormula=TableFormula(attr_text=formula))
    )
    workbook.save(book)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Settlements"]
    assert [after[f"M{row}"].value for row in range(3, 9)] == [f"={formula}"] * 6
    assert after["M8"].number_format == "0.0000"
    assert after.tables["Settlements"].ref == "A2:M8"


def test_a_totals_row_of_the_users_table_moves_down(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Settlements"]
    sheet["A6"], sheet["I6"] = "Sum", "=SUBTOTAL(109,Settlements[Amount])"
    table = sheet.tables["Settlements"]
    table.ref, table.totalsRowCount = "A2:L6", 1
    workbook.save(book)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Settlements"]
    assert (after["A9"].value, after["I9"].value) == ("Sum", "=SUBTOTAL(109,Settlements[Amount])")
    assert after.tables["Settlements"].ref == "A2:L9"
    assert after.tables["Settlements"].autoFilter.ref == "A2:L8"
    assert after["A6"].value == "IC-000002"


def test_widths_hidden_columns_colours_and_comments_stay(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Settlements"]
    sheet.column_dimensions["C"].width = 44
    sheet.column_dimensions["D"].hidden = True
    sheet.sheet_properties.tabColor = "FF8800"
    sheet["F3"].comment = Comment("why this one?", "controller")
    sheet.row_dimensions[4].height = 40
    sheet.sheet_view.zoomScale = 85
    workbook.save(book)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Settlements"]
    assert after.column_dimensions["C"].width == 44
    assert after.column_dimensions["D"].hidden
    assert after.sheet_properties.tabColor.rgb == "00FF8800"
    assert after["F3"].comment.text == "why this one?"
    assert after.row_dimensions[4].height == 40
    assert after.sheet_view.zoomScale == 85


@pytest.mark.parametrize("chunk", [1 << 20, 57])
def test_heights_and_hidden_rows_of_a_large_sheet_stay(book: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Settlements"]
    sheet.row_dimensions[4].height = 40
    sheet.row_dimensions[5].hidden = True
    workbook.save(book)
    monkeypatch.setattr("invclose_xl.workbook.results.user_cells.ALWAYS_READ", 0)
    monkeypatch.setattr("invclose_xl.workbook.package.archive.CHUNK", chunk)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Settlements"]
    assert after.row_dimensions[4].height == 40
    assert after.row_dimensions[5].hidden
    assert not after.row_dimensions[3].hidden
    assert column(book, "Settlements", "Issue") == settlements(2)["issue"].to_list()


def test_conditional_formats_validations_and_filters_grow_with_the_rows(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Settlements"]
    rule = CellIsRule(operator="greaterThan", formula=["20"], fill=PatternFill("solid", bgColor="FFCC00"))
    sheet.conditional_formatting.add("I3:I5", rule)
    sheet.conditional_formatting.add("A1:B2", rule)
    validation = DataValidation(type="list", formula1='"yes,no"')
    validation.add("M3:M5")
    sheet.add_data_validation(validation)
    sheet.tables["Settlements"].autoFilter.add_filter_column(11, ["Active"])
    sheet.row_dimensions[4].hidden = True
    workbook.save(book)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Settlements"]
    assert sorted(str(r.sqref) for r in after.conditional_formatting) == ["A1:B2", "A3:L8", "I3:I8"]
    assert str(after.data_validations.dataValidation[0].sqref) == "M3:M8"
    table = after.tables["Settlements"]
    assert (table.ref, table.autoFilter.ref) == ("A2:L8", "A2:L8")
    assert table.autoFilter.filterColumn[0].colId == 11
    assert after.row_dimensions[4].hidden


def test_a_filter_without_a_table_and_its_hidden_name(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Settlements"]
    del sheet.tables["Settlements"]
    sheet.auto_filter.ref = "A2:L5"
    workbook.save(book)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    workbook = openpyxl.load_workbook(book)
    assert workbook["Settlements"].auto_filter.ref == "A2:L8"
    xml = zipfile.ZipFile(book).read("xl/workbook.xml").decode()
    assert re.search(r"_FilterDatabase[^>]*>'?Settlements'?!\$A\$2:\$L\$8<", xml)


def test_moved_and_hidden_tabs_keep_their_names_local(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook.move_sheet("Lock", -7)
    workbook["Log"].sheet_state = "hidden"
    workbook["Locked rows"].sheet_state = "visible"
    workbook.save(book)
    order = openpyxl.load_workbook(book).sheetnames
    write_results(book, tables(2), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)
    assert after.sheetnames == order
    assert after["Lock"].print_title_rows == "$3:$3"
    assert after["Vouchers"].print_title_rows == "$2:$2"
    assert (after["Log"].sheet_state, after["Locked rows"].sheet_state) == ("hidden", "visible")
    assert after.defined_names["ClosedDate"].attr_text == "'Lock'!$C$1"


def test_the_closed_date_stays_where_the_user_moved_it(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Lock"]
    sheet["F2"], sheet["C1"] = sheet["C1"].value, None
    workbook.defined_names["ClosedDate"].attr_text = "Lock!$F$2"
    workbook.save(book)
    write_results(book, tables(2), SCALES, "EUR", datetime(2026, 2, 28).date())
    after = openpyxl.load_workbook(book)
    assert after["Lock"]["F2"].value == datetime(2026, 2, 28)
    assert after["Lock"]["C1"].value is None
    assert after.defined_names["ClosedDate"].attr_text == "Lock!$F$2"


def test_links_of_the_log_follow_its_rows_and_the_users_stay(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Log"]
    sheet["K3"] = "ticket"
    sheet["K3"].hyperlink = "https://example.org/42"
    workbook.save(book)
    write_results(book, tables(log=log(["", "Transactions!C9"])), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Log"]
    assert after["K3"].hyperlink.target == "https://example.org/42"
    assert after["G3"].hyperlink is None
    assert after["G4"].hyperlink.location == "Transactions!C9"
    write_results(book, tables(log=log([])), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Log"]
    assert after["K3"].hyperlink.target == "https://example.org/42"


def test_another_table_on_the_sheet_is_left_alone(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Settlements"]
    for row in (("Site", "Budget"), ("1", 100), ("2", 200)):
        for letter, value in zip("NO", row, strict=True):
            sheet[f"{letter}{2 + ('Site', '1', '2').index(row[0])}"] = value
    sheet.add_table(Table(displayName="Budget", ref="N2:O4"))
    workbook.save(book)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Settlements"]
    assert [after[c].value for c in ("N2", "O2", "N3", "O3", "N4", "O4")] == ["Site", "Budget", "1", 100, "2", 200]
    assert after.tables["Budget"].ref == "N2:O4"
    assert after.tables["Settlements"].ref == "A2:L8"


@pytest.mark.parametrize("source", ['ref="A2:L5" sheet="Settlements"', 'name="Settlements"', 'name="MySettlements"'])
def test_a_pivot_fed_by_our_sheet_refreshes_on_opening(book: Path, source: str, tmp_path: Path) -> None:
    path = _with_pivot_cache(book, source)
    write_results(path, tables(2), SCALES, "EUR", DAY)
    root = zipfile.ZipFile(path).read("xl/pivotCache/pivotCacheDefinition1.xml").decode()
    assert root.count('refreshOnLoad="1"') == 1
    assert f"<worksheetSource {source}/>" in root


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_of_a_pivot_cache_only_the_head_is_read(book: Path, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _with_pivot_cache(book, 'ref="A2:L5" sheet="Settlements"')
    part = "xl/pivotCache/pivotCacheDefinition1.xml"
    items = "".join(f'<s v="ISS-{i}"/>' for i in range(3000))
    fields = (
        f'<cacheFields count="1"><cacheField name="Issue"><sharedItems>{items}</sharedItems></cacheField></cacheFields>'
    )
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    text = '<?xml version="1.0"?>' + parts[part].decode().replace('<cacheFields count="0"/>', fields)
    text = text.replace('"1.0"', f'"1.0" encoding="{encoding.removesuffix("-sig")}"')
    parts[part] = text.encode(encoding)
    with zipfile.ZipFile(path, "w") as package:
        for name, body in parts.items():
            package.writestr(name, body)
    monkeypatch.setattr("invclose_xl.workbook.package.xml.MOST_ELEMENTS", 1500)
    monkeypatch.setattr("invclose_xl.workbook.package.archive.CHUNK", 700)
    write_results(path, tables(2), SCALES, "EUR", DAY)
    after = zipfile.ZipFile(path).read(part)
    assert after.decode(encoding).replace(' refreshOnLoad="1"', "") == text
    assert after.decode(encoding).count('refreshOnLoad="1"') == 1


def test_a_pivot_of_the_users_own_data_is_not_touched(book: Path) -> None:
    path = _with_pivot_cache(book, 'ref="A1:B2" sheet="Transactions"')
    before = zipfile.ZipFile(path).read("xl/pivotCache/pivotCacheDefinition1.xml")
    write_results(path, tables(2), SCALES, "EUR", DAY)
    assert zipfile.ZipFile(path).read("xl/pivotCache/pivotCacheDefinition1.xml") == before


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CHAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"


def changed_package(book: Path, path: Path, changes: dict[str, tuple[str, str]], added: dict[str, str]) -> Path:
    """A copy of the book with something put before a tag of some parts, and further parts."""
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            body = old.read(name).decode()
            if name in changes:
                tag, text = changes[name]
                body = body.replace(tag, text + tag)
            new.writestr(name, body)
        for name, body in added.items():
            new.writestr(name, body)
    return path


def _with_pivot_cache(book: Path, source: str) -> Path:
    """The book with a pivot cache of that source (the cache only: the writer looks at nothing else)."""
    part = "pivotCache/pivotCacheDefinition1.xml"
    relation = f'<Relationship Id="rIdP" Type="{RELATIONS}/pivotCacheDefinition" Target="{part}"/>'
    name = '<definedName name="MySettlements">Settlements!$A$2:$L$5</definedName>'
    cache = (
        f'<pivotCacheDefinition xmlns="{MAIN}"><cacheSource type="worksheet"><worksheetSource {source}/></cacheSource>'
        '<cacheFields count="0"/></pivotCacheDefinition>'
    )
    return changed_package(
        book,
        book.with_name("pivot.xlsx"),
        {"xl/workbook.xml": ("</definedNames>", name), "xl/_rels/workbook.xml.rels": ("</Relationships>", relation)},
        {f"xl/{part}": cache},
    )


def test_a_calculation_chain_is_streamed() -> None:
    chain = (
        b'<calcChain><c r="A1" i="12"/><c r="A2"/>' + b'<c r="B1" i="3" l="1"/>' * 20 + b"<c i='7' r='x'/></calcChain>"
    )
    for size in (1, 5, 1000):
        chunks = [chain[at : at + size] for at in range(0, len(chain), size)]
        assert sheets_in_chain(chunks) == {3, 7, 12}


@pytest.mark.parametrize(("sheet_id", "stays"), [(1, True), (2, False)])
def test_the_calculation_chain_goes_when_it_speaks_of_our_sheets(book: Path, sheet_id: int, stays: bool) -> None:
    relation = f'<Relationship Id="rIdC" Type="{RELATIONS}/calcChain" Target="calcChain.xml"/>'
    override = f'<Override PartName="/xl/calcChain.xml" ContentType="{CHAIN_TYPE}"/>'
    path = changed_package(
        book,
        book.with_name("chain.xlsx"),
        {"xl/_rels/workbook.xml.rels": ("</Relationships>", relation), "[Content_Types].xml": ("</Types>", override)},
        {"xl/calcChain.xml": f'<calcChain xmlns="{MAIN}"><c r="I1" i="{sheet_id}"/></calcChain>'},
    )
    write_results(path, tables(2), SCALES, "EUR", DAY)
    package = zipfile.ZipFile(path)
    assert ("xl/calcChain.xml" in package.namelist()) is stays
    assert (b"calcChain" in package.read("[Content_Types].xml")) is stays
    assert (b"calcChain" in package.read("xl/_rels/workbook.xml.rels")) is stays
    assert b'fullCalcOnLoad="1"' in package.read("xl/workbook.xml")


@pytest.mark.long
def test_a_book_saved_by_libreoffice(book: Path, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    try:
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
             "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder), str(book)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    except (FileNotFoundError, subprocess.TimeoutExpired):
        pytest.skip("LibreOffice is not installed")
    saved = folder / "book.xlsx"
    write_results(saved, tables(2), SCALES, "EUR", DAY)
    assert column(saved, "Settlements", "Issue") == settlements(2)["issue"].to_list()
    assert column(saved, "Lock", "Closing") == ["IC-000002", "IC-000001"]
    assert openpyxl.load_workbook(saved)["Settlements"].tables["Settlements"].ref == "A2:L8"
    assert openpyxl.load_workbook(saved).sheetnames == openpyxl.load_workbook(book).sheetnames
