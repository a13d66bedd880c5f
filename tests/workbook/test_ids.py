"""What is new in a package answers to no name that anything in it spoke before.

Each case is a workbook that names something it does not have; after two runs that still leads nowhere.
Source  WORKBOOK "Written": everything else in the file stays as it was.
"""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.styles import MOST_CELL_FORMATS
from invclose_xl.workbook.results.write import refuse_unwritable, write_results
from tests.workbook.result_tables import DAY, SCALES, plain_book, tables
from tests.workbook.test_package import Parts, repacked

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORKBOOK, RELS, STYLES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return plain_book(tmp_path / "book.xlsx")


def put_in(part: str, before: str, text: str) -> Callable[[Parts], Parts]:
    def change(parts: Parts) -> Parts:
        body = parts[part].decode()
        assert before in body
        parts[part] = body.replace(before, text + before, 1).encode()
        return parts

    return change


def written_twice(book: Path) -> dict[str, bytes]:
    for closings in (1, 2):
        write_results(book, tables(closings), SCALES, "EUR", DAY)
    with zipfile.ZipFile(book) as package:
        return {name: package.read(name) for name in package.namelist()}


TAB = f'<sheet xmlns:r="{RELATIONS}" name="Mine" sheetId="77" {{}}="rId{{}}"/>'
NAMES_RELATION = {
    "a tab": (WORKBOOK, "</sheets>", TAB.format("r:id", "{n}")),
    "a tab that writes its id otherwise": (WORKBOOK, "</sheets>", TAB.format("r:id", "{n}").replace("rId", "r&#73;d")),
    "another prefix": (WORKBOOK, "</sheets>", TAB.format("q:id", "{n}").replace("xmlns:r", "xmlns:q")),
    "an external book": (
        WORKBOOK, "</workbook>",
        f'<extLst><ext><x xmlns:r="{RELATIONS}" r:id="rId{{n}}"/></ext></extLst>',
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", NAMES_RELATION)
def test_a_relationship_that_is_named_and_not_there_stays_so(book: Path, how: str) -> None:
    part, before, text = NAMES_RELATION[how]
    with Package.open(book) as package:
        there = set(package.workbook_relationships)
    lacking = [n for n in range(2, 30) if f"rId{n}" not in there]
    for n in lacking:
        repacked(book, put_in(part, before, text.replace("{n}", str(n)).replace('"77"', f'"{70 + n}"')
                              .replace("Mine", f"Mine {n}")))  # fmt: skip
    written_twice(book)
    with Package.open(book) as package:
        added = set(package.workbook_relationships) - there
        assert len(added) >= 9
        assert not {f"rId{n}" for n in lacking} & added
        assert all(sheet.part == "" for sheet in package.sheets() if sheet.name.startswith("Mine"))


@pytest.mark.parametrize("written", ["worksheets/sheet{}.xml", "/xl/worksheets/SHEET{}.xml", "worksheets/s%68eet{}.xml",
                                     "worksheets/s&#104;eet{}.xml"])  # fmt: skip
def test_a_part_that_is_pointed_to_and_not_there_stays_so(book: Path, written: str) -> None:
    lines = "".join(
        f'<Relationship Id="mine{n}" Type="{RELATIONS}/worksheet" Target="{written.format(n)}"/>' for n in range(2, 5)
    )
    repacked(book, put_in(RELS, "</Relationships>", lines))
    tabs = "".join(f'<sheet xmlns:r="{RELATIONS}" name="Mine {n}" sheetId="{70 + n}" r:id="mine{n}"/>' for n in (2, 3))
    repacked(book, put_in(WORKBOOK, "</sheets>", tabs))
    written_twice(book)
    with Package.open(book) as package:
        assert [s.part for s in package.sheets() if s.name.startswith("Mine")] == ["", ""]


MENTIONED_SHEETS = {
    "a view": (
        WORKBOOK, "</workbook>",
        '<customWorkbookViews><customWorkbookView activeSheetId="2"/></customWorkbookViews>',
    ),
    "a shared book's history": (
        "xl/revisions/r1.xml", "", '<headers><sheetIdMap/><rcc sId="3"/><x sheetId="2"/></headers>',
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", MENTIONED_SHEETS)
def test_a_number_of_a_tab_that_something_names_is_not_given_again(book: Path, how: str) -> None:
    part, before, text = MENTIONED_SHEETS[how]

    def change(parts: Parts) -> Parts:
        parts[part] = parts.get(part, b"").replace(before.encode(), text.encode() + before.encode()) or text.encode()
        return parts

    repacked(book, change)
    written_twice(book)
    with Package.open(book) as package:
        numbers = [sheet.sheet_id for sheet in package.sheets()]
    assert len(set(numbers)) == len(numbers)
    assert not {2, 3 if "history" in how else 2} & set(numbers)


def test_the_highest_number_of_a_tab_leaves_room_below(book: Path) -> None:
    repacked(book, lambda parts: {
        **parts, WORKBOOK: re.sub(rb'sheetId="\d+"', b'sheetId="65534"', parts[WORKBOOK], count=1)
    })  # fmt: skip
    written_twice(book)
    with Package.open(book) as package:
        numbers = [sheet.sheet_id for sheet in package.sheets()]
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) == 65_534


def test_a_tables_number_is_nobody_elses(book: Path) -> None:
    """A table part that no sheet points to, and a slicer of a table that is gone."""

    def change(parts: Parts) -> Parts:
        parts["xl/tables/lost.xml"] = b'<table id="1" name="Lost" displayName="Lost" ref="A1:B2"/>'
        parts["xl/slicerCaches/slicerCache1.xml"] = b'<x:tableSlicerCache xmlns:x="urn:x" tableId="2" column="1"/>'
        return parts

    parts = written_twice(repacked(book, change))
    ours = [int(re.search(rb'<table [^>]*? id="(\d+)"', body)[1])  # type: ignore[index]
            for name, body in parts.items() if re.match(r"xl/tables/table\d+", name)]  # fmt: skip
    assert len(set(ours)) == len(ours) >= 9
    assert not {1, 2} & set(ours)


def styled(book: Path, cell: str, formats: str) -> dict[str, bytes]:
    """Give a cell of the user a format that the list of formats does not have."""

    def change(parts: Parts) -> Parts:
        sheet = "xl/worksheets/sheet1.xml"
        parts[sheet] = re.sub(rb'<c r="A1"', f'<c r="A1" s="{cell}"'.encode(), parts[sheet], count=1)
        body = re.sub(rb"<cellXfs.*?</cellXfs>", formats.encode(), parts[STYLES], flags=re.DOTALL)
        parts[STYLES] = body
        return parts

    return written_twice(repacked(book, change))


def xf_of(parts: dict[str, bytes], index: int) -> bytes:
    formats = re.search(rb"<cellXfs[^>]*>(.*?)</cellXfs>", parts[STYLES], re.DOTALL)
    assert formats
    return re.findall(rb"<xf [^>]*?(?:/>|>.*?</xf>)", formats[1], re.DOTALL)[index]


ONE = '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellXfs>'


@pytest.mark.parametrize("index", [1, 7, 40])
def test_a_format_that_a_cell_names_and_the_book_lacks_stays_plain(book: Path, index: int) -> None:
    parts = styled(book, str(index), ONE)
    assert xf_of(parts, index) == b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
    assert b'applyNumberFormat="1"' in xf_of(parts, -1) + xf_of(parts, -2) + xf_of(parts, -3)


@pytest.mark.parametrize("attribute", ["fontId", "fillId", "borderId", "numFmtId"])
def test_a_font_fill_or_number_format_that_is_named_and_lacking_stays_so(book: Path, attribute: str) -> None:
    named = 170 if attribute == "numFmtId" else 5
    xf = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
    odd = re.sub(f'{attribute}="0"', f'{attribute}="{named}"', xf)
    parts = styled(book, "1", f'<cellXfs count="2">{xf}{odd}</cellXfs>')
    text = parts[STYLES].decode()
    assert f'{attribute}="{named}"' in xf_of(parts, 1).decode()
    if attribute == "numFmtId":
        assert f'<numFmt numFmtId="{named}"' not in text
        return
    kind = {"fontId": "font", "fillId": "fill", "borderId": "border"}[attribute]
    entries = re.search(rf"<{kind}s[^>]*>(.*?)</{kind}s>", text, re.DOTALL)
    assert entries
    listed = re.findall(rf"<{kind}(?:/>|[ >].*?</{kind}>)", entries[1], re.DOTALL)
    assert len(listed) <= named or listed[named] in ("<font/>", '<fill><patternFill patternType="none"/></fill>')


def many(count: int) -> str:
    return f'<cellXfs count="{count}">{"<xf/>" * count}</cellXfs>'


@pytest.mark.parametrize("below", [0, 1, 5])
@pytest.mark.long
def test_cell_formats_stay_within_what_excel_holds(tmp_path: Path, below: int) -> None:
    """The message says what the workbook has, what is needed, and how many are too many; removing so many helps."""
    had = MOST_CELL_FORMATS - below
    with pytest.raises(BookUnusable, match=f"The workbook has {had:,} cell formats") as refused:
        styled(plain_book(tmp_path / "book.xlsx"), "0", many(had))
    numbers = re.search(r"need (\d+) more .* remove at least (\d+) that", str(refused.value))
    assert numbers
    assert int(numbers[2]) == int(numbers[1]) - below
    styled(plain_book(tmp_path / "again.xlsx"), "0", many(had - int(numbers[2])))


def test_equal_cell_formats_are_shared_where_the_list_is_full(book: Path) -> None:
    write_results(book, tables(1), SCALES, "EUR", DAY)

    def full(parts: Parts) -> Parts:
        formats = re.search(rb"<cellXfs[^>]*>(.*?)</cellXfs>", parts[STYLES], re.DOTALL)
        assert formats
        here = formats[1] + b"<xf/>" * (MOST_CELL_FORMATS - formats[1].count(b"<xf "))
        parts[STYLES] = parts[STYLES].replace(formats[1], here)
        return parts

    repacked(book, full)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    assert zipfile.ZipFile(book).read(STYLES).count(b"<xf") >= MOST_CELL_FORMATS


def test_a_format_far_beyond_the_list_is_damage(book: Path) -> None:
    with pytest.raises(BookUnusable, match="damaged"):
        styled(book, "60000", ONE)


def charted(path: Path) -> Path:
    """A workbook with everything that leads to parts of a kind of its own."""
    workbook = openpyxl.load_workbook(plain_book(path))
    sheet = workbook["Transactions"]
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=3))
    workbook.create_sheet("Chart").add_chart(chart, "A1")
    workbook.save(path)
    return path


SHEET1 = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(("kind", "new", "says"), [
    ("styles", SHEET1, "sheet1.xml for a styleSheet, and it is a worksheet"),
    ("worksheet", STYLES, "styles.xml for a worksheet, and it is a styleSheet"),
    ("theme", SHEET1, "sheet1.xml for a theme, and it is a worksheet"),
    ("theme", STYLES, "styles.xml for a theme, and it is a styleSheet"),
    ("drawing", SHEET1, "sheet1.xml for a wsDr, and it is a worksheet"),
    ("chart", SHEET1, "sheet1.xml for a chartSpace, and it is a worksheet"),
    ("theme", "xl/theme/theme1.xml", ""),
    ("chart", "xl/charts/chart1.xml", ""),
])  # fmt: skip
def test_a_relationship_to_a_part_of_another_kind_is_refused(tmp_path: Path, kind: str, new: str, says: str) -> None:
    def change(parts: Parts) -> Parts:
        changed = 0
        for name in [n for n in parts if n.endswith(".rels")]:
            lines = re.split("(?=<Relationship )", parts[name].decode())
            for k, line in enumerate(lines):
                if f'/relationships/{kind}"' in line and not changed:
                    lines[k], changed = re.sub('Target="[^"]*"', f'Target="/{new}"', line), 1
            parts[name] = "".join(lines).encode()
        assert changed
        return parts

    book = repacked(charted(tmp_path / "book.xlsx"), change)
    if not says:
        return refuse_unwritable(book, None)
    with pytest.raises(BookUnusable, match=says):
        refuse_unwritable(book, None)


@pytest.mark.parametrize(("old", "new", "says"), [
    ("spreadsheetml.worksheet+xml", "spreadsheetml.chartsheet+xml", "for a worksheet, and declares it a chartsheet"),
    ("spreadsheetml.styles+xml", "spreadsheetml.worksheet+xml", "styles.xml for a styles, and declares it a worksheet"),
    ("officedocument.theme+xml", "drawingml.chart+xml", "theme1.xml for a theme, and declares it a chart"),
    ("drawingml.chart+xml", "drawing+xml", "chart1.xml for a chart, and declares it a drawing"),
    ("officedocument.theme+xml", "officedocument.something+xml", ""),
])  # fmt: skip
def test_a_part_declared_to_be_of_another_kind_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    def change(parts: Parts) -> Parts:
        types = parts["[Content_Types].xml"]
        assert old.encode() in types
        return {**parts, "[Content_Types].xml": types.replace(old.encode(), new.encode())}

    book = repacked(charted(tmp_path / "book.xlsx"), change)
    if not says:
        return refuse_unwritable(book, None)
    with pytest.raises(BookUnusable, match=says):
        refuse_unwritable(book, None)


def test_two_tabs_of_one_part_are_refused(book: Path) -> None:
    write_results(book, tables(1), SCALES, "EUR", DAY)
    with Package.open(book) as package:
        part = package.sheet("Settlements").part  # type: ignore[union-attr]
        relation = next(r.id for r in package.workbook_relationships.values() if r.target == part)
    tab = f'<sheet xmlns:r="{RELATIONS}" name="Mine" sheetId="77" r:id="{relation}"/>'
    repacked(book, put_in(WORKBOOK, "</sheets>", tab))
    before = book.read_bytes()
    with pytest.raises(BookUnusable, match="Settlements and Mine are one part"):
        refuse_unwritable(book, None)
    assert book.read_bytes() == before


def named(name: str) -> Callable[[Parts], Parts]:
    def change(parts: Parts) -> Parts:
        body = parts[WORKBOOK].decode()
        assert body.count("<definedNames />") == 1
        return {**parts, WORKBOOK: body.replace("<definedNames />", f"<definedNames>{name}</definedNames>").encode()}

    return change


@pytest.mark.parametrize("name", ["_xlnm.Print_Titles", "ClosedDate", "mine"])
@pytest.mark.parametrize("beyond", [0, 3, 8, 40])
def test_a_name_of_a_tab_that_is_not_there_does_not_become_one_of_ours(book: Path, name: str, beyond: int) -> None:
    with Package.open(book) as package:
        tabs = len(package.sheets())
    local = f'<definedName name="{name}" localSheetId=" {tabs + beyond:04}">Items!$1:$1</definedName>'
    repacked(book, named(local))
    before = book.read_bytes()
    for write in (lambda: refuse_unwritable(book, None), lambda: write_results(book, tables(1), SCALES, "EUR", DAY)):
        with pytest.raises(
            BookUnusable, match=f"{name}, that belongs to tab number {tabs + beyond + 1}, and there are"
        ):
            write()
    assert book.read_bytes() == before


@pytest.mark.parametrize("tab", ["0", "00", " 0 "])
def test_a_name_of_a_tab_of_the_users_stays(book: Path, tab: str) -> None:
    local = f'<definedName name="_xlnm.Print_Titles" localSheetId="{tab}">Items!$1:$1</definedName>'
    repacked(book, named(local))
    assert local.encode() in written_twice(book)[WORKBOOK]
    with Package.open(book) as package:
        places = [n.sheet for n in package.defined_names() if n.name == "_xlnm.Print_Titles"]
    assert len(places) == len(set(places)) > 1
