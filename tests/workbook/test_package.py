"""Packages as other programs write them: all of these are workbooks, and stay what they are beside our sheets."""

import copy
import io
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from invclose_xl.workbook.package.archive import Archive, ArchiveWriter
from invclose_xl.workbook.package.package import Package, part_key
from invclose_xl.workbook.package.xml import BadXml, XmlPart
from invclose_xl.workbook.results.write import refuse_unwritable, write_results
from tests.tools import check_preserved
from tests.workbook.result_tables import DAY, SCALES, plain_book, settlements, tables

Parts = dict[str, bytes]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return plain_book(tmp_path / "book.xlsx")


def repacked(book: Path, change: Callable[[Parts], Parts]) -> Path:
    with zipfile.ZipFile(book) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in change(parts).items():
            package.writestr(name, body)
    return book


def assert_survives(book: Path, *, calamine: bool = True, losses_of_names: bool = True) -> None:
    """Results are written twice; nothing else is lost, and what was written is read back."""
    before = book.with_name("before.xlsx")
    before.write_bytes(book.read_bytes())
    for closings in (1, 2):
        write_results(book, tables(closings), SCALES, "EUR", DAY)
        if losses_of_names:
            assert check_preserved.compare(str(before), str(book)).loss == []
        with Package.open(book) as package:
            sheets = {s.name: s for s in package.sheets()}
            assert set(sheets) >= {s.name for s in OUTPUT_SHEETS}
            assert all(package.has(s.part) for s in sheets.values())
        if calamine:
            rows = CalamineWorkbook.from_path(book).get_sheet_by_name("Settlements").to_python()
            assert [r[5] for r in rows[2:]] == settlements(closings)["issue"].to_list()


def test_a_strict_workbook_gets_strict_sheets(book: Path) -> None:
    def strict(parts: Parts) -> Parts:
        swaps = ((MAIN, STRICT), (RELATIONS, STRICT_RELATIONS))
        for old, new in swaps:
            parts = {n: b.replace(old.encode(), new.encode()) for n, b in parts.items()}
        return parts

    assert_survives(repacked(book, strict))
    assert STRICT.encode() in zipfile.ZipFile(book).read("xl/worksheets/sheet2.xml")


def test_prefixed_namespaces(book: Path) -> None:
    def prefixed(parts: Parts) -> Parts:
        parts["xl/workbook.xml"] = (
            f'<x:workbook xmlns:x="{MAIN}" xmlns:q="{RELATIONS}"><x:sheets><x:sheet name="Transactions" sheetId="7" '
            'q:id="rId1"/></x:sheets></x:workbook>'
        ).encode()
        parts["xl/styles.xml"] = (
            f'<s:styleSheet xmlns:s="{MAIN}"><s:fonts count="1"><s:font/></s:fonts>'
            '<s:fills count="2"><s:fill/><s:fill/></s:fills><s:borders count="1"><s:border/></s:borders>'
            '<s:cellStyleXfs count="1"><s:xf/></s:cellStyleXfs><s:cellXfs count="1"><s:xf/></s:cellXfs></s:styleSheet>'
        ).encode()
        return parts

    assert_survives(repacked(book, prefixed))
    styles = zipfile.ZipFile(book).read("xl/styles.xml").decode()
    assert "<s:numFmts count=" in styles
    assert "<numFmt" not in styles


def test_a_result_sheet_with_prefixed_elements_is_rewritten_in_kind(book: Path) -> None:
    write_results(book, tables(), SCALES, "EUR", DAY)

    def prefixed(parts: Parts) -> Parts:
        text = parts["xl/worksheets/sheet2.xml"].decode()
        for tag in ("worksheet", "sheetData", "row", "c", "v", "f", "is", "t", "dimension", "sheetViews", "sheetView",
                    "pane", "selection", "sheetFormatPr", "cols", "col", "pageMargins", "tableParts",
                    "tablePart"):  # fmt: skip
            for end in (" ", ">", "/>"):
                text = text.replace(f"<{tag}{end}", f"<x:{tag}{end}").replace(f"</{tag}{end}", f"</x:{tag}{end}")
        parts["xl/worksheets/sheet2.xml"] = text.replace("xmlns=", "xmlns:x=").encode()
        return parts

    repacked(book, prefixed)
    assert_survives(book, losses_of_names=False)
    text = zipfile.ZipFile(book).read("xl/worksheets/sheet2.xml").decode()
    assert "<x:row r=" in text
    assert "<row" not in text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "iso-8859-1", "windows-1252"])
def test_parts_in_other_encodings(book: Path, encoding: str) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook["Transactions"].title = "Bücher"
    workbook.save(book)

    def recode(parts: Parts) -> Parts:
        name = "xl/workbook.xml"
        declared = encoding.removesuffix("-le").removesuffix("-be").removesuffix("-sig")
        text = f'<?xml version="1.0" encoding="{declared}"?>' + parts[name].decode().split("?>", 1)[-1]
        mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
        parts[name] = (mark + text).encode(encoding)
        return parts

    repacked(book, recode)
    before = zipfile.ZipFile(book).read("xl/workbook.xml")[:4]
    assert_survives(book, calamine=encoding.startswith("utf-8"))
    assert zipfile.ZipFile(book).read("xl/workbook.xml")[:4] == before


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_our_own_sheet_and_table_in_another_encoding(book: Path, encoding: str) -> None:
    write_results(book, tables(), SCALES, "EUR", DAY)

    def recode(parts: Parts) -> Parts:
        for name in ("xl/worksheets/sheet2.xml", "xl/tables/table1.xml", "xl/styles.xml"):
            body = parts[name].decode().split("?>", 1)[-1]
            declared = encoding.removesuffix("-sig")
            parts[name] = f'<?xml version="1.0" encoding="{declared}"?>{body}'.encode(encoding)
        return parts

    repacked(book, recode)
    assert_survives(book, calamine=encoding == "utf-8-sig", losses_of_names=False)
    again = zipfile.ZipFile(book).read("xl/worksheets/sheet2.xml").decode(encoding)
    assert again.count("<row ") == 2 + len(settlements(2))


def test_absolute_targets_and_odd_part_names(book: Path) -> None:
    def odd(parts: Parts) -> Parts:
        parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
            b'"/xl/worksheets/sheet1.xml"', b'"../XL/Worksheets/My%20Sheet.xml"'
        )
        parts["xl/worksheets/my sheet.xml"] = parts.pop("xl/worksheets/sheet1.xml")
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
            b"/xl/worksheets/sheet1.xml", b"/xl/worksheets/my%20sheet.xml"
        )
        return parts

    assert_survives(repacked(book, odd), calamine=False)


def test_backslashes_in_names(book: Path) -> None:
    repacked(book, lambda parts: {n.replace("/", "\\"): b for n, b in parts.items()})
    assert_survives(book, calamine=False)
    assert "xl\\workbook.xml" in zipfile.ZipFile(book).namelist()


def test_data_before_and_behind_the_archive(book: Path) -> None:
    book.write_bytes(b"a stub of some kind\n" * 40 + book.read_bytes() + b"\n\n")
    assert_survives(book)


def test_data_descriptors(book: Path) -> None:
    class OneWay(io.RawIOBase):
        def __init__(self) -> None:
            self.bytes = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.bytes += bytes(data)
            return len(data)

    stream = OneWay()
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:  # type: ignore[type-var]
        for name in old.namelist():
            new.writestr(name, old.read(name))
    book.write_bytes(stream.bytes)
    assert zipfile.ZipFile(book).infolist()[0].flag_bits & 8
    assert_survives(book)


def test_zip64_entries(book: Path) -> None:
    with zipfile.ZipFile(book) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(book, "w") as new:
        for name, body in parts.items():
            with new.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
                member.write(body)
    assert_survives(book)


def test_an_archive_beyond_the_old_limits_is_written_as_zip64(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with open(path, "wb") as file:
        writer = ArchiveWriter(file)
        for number in range(3):
            writer.add(f"part{number}.xml", [b"<a/>"])
        writer._directory = writer._directory[:1] * 65_600
        writer.finish(b"a comment")
    data = path.read_bytes()
    assert b"PK\6\6" in data
    assert struct.unpack("<H", data[-len(b"a comment") - 12 : -len(b"a comment") - 10])[0] == 0xFFFF
    assert len(zipfile.ZipFile(path).infolist()) == 65_600


def test_untouched_members_keep_their_compressed_bytes(book: Path) -> None:
    before = book.with_name("before.xlsx")
    before.write_bytes(book.read_bytes())
    write_results(book, tables(), SCALES, "EUR", DAY)
    with Archive(before) as old, Archive(book) as new:
        there = {m.name: m for m in new.members}
        kept = 0
        for member in old.members:
            if member.name in ("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"):
                continue
            assert b"".join(old.raw_chunks(member)) == b"".join(new.raw_chunks(there[member.name]))
            assert member.info.date_time == there[member.name].info.date_time
            kept += 1
        assert kept >= 4


def test_two_parts_of_one_name_are_both_kept(book: Path) -> None:
    with zipfile.ZipFile(book, "a") as package:
        package.writestr("XL/Theme/Theme1.xml", b"<other/>")
    assert_survives(book)


@pytest.mark.parametrize(
    "entities", ['<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">', '<!ENTITY x SYSTEM "file:///etc/passwd">']
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "docProps/app.xml"])
def test_xml_that_expands_itself_is_refused(book: Path, part: str, entities: str) -> None:
    def attack(parts: Parts) -> Parts:
        body = parts[part].decode().split("?>", 1)[-1]
        parts[part] = f'<?xml version="1.0"?><!-- {"x" * 9000} --><!DOCTYPE x [{entities}]>{body}'.encode()
        return parts

    repacked(book, attack)
    with pytest.raises(BookUnusable, match="without end"):
        refuse_unwritable(book, None)


ATTACK = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1"])
@pytest.mark.parametrize(
    "before", ["", "<!-- " + "x" * 3_000_000 + " -->", " \n" * 900_000], ids=["", "comment", "blanks"]
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet9.xml", "xl/data.bin", "customXml/item1", "xl/media/picture.png"])
@pytest.mark.sampled(13, long=3)
def test_entities_are_seen_wherever_they_stand(book: Path, part: str, before: str, encoding: str) -> None:
    declared = "utf-16" if encoding == "utf-16-le" else encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?>{before}{ATTACK}'
    repacked(book, lambda parts: {**parts, part: text.encode(encoding)})
    with pytest.raises(BookUnusable, match="without end"):
        refuse_unwritable(book, None)


@pytest.mark.parametrize(
    "body", [b"\x89PNG\r\n\x1a\n<!DOCTYPE x [<!ENTITY a '1'>]>", b"<not xml", b"", b"\xff\xfe", b"<a/>" * 9]
)
def test_what_is_no_xml_is_nobodys_attack(book: Path, body: bytes) -> None:
    refuse_unwritable(repacked(book, lambda parts: {**parts, "xl/media/image1.png": body}), None)


def test_the_second_part_of_one_name_is_looked_at_too(book: Path) -> None:
    with zipfile.ZipFile(book, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr("xl/workbook.xml", f'<?xml version="1.0"?>{ATTACK}')
    with pytest.raises(BookUnusable, match="without end"):
        refuse_unwritable(book, None)


def test_members_that_share_their_bytes_are_refused(book: Path) -> None:
    """Each part is small for its packed size; only together they would fill the disk."""
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/x0.bin", bytes(1 << 20))
        shared = package.getinfo("xl/media/x0.bin")
        for number in range(1, 200):
            twin = copy.copy(shared)
            twin.filename = twin.orig_filename = f"xl/media/x{number}.bin"
            package.filelist.append(twin)
        package._didModify = True  # type: ignore[attr-defined]
    with pytest.raises(BookUnusable, match="into the same bytes"):
        refuse_unwritable(book, None)


def test_many_small_bombs_are_one(book: Path) -> None:
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as package:
        for number in range(70):
            package.writestr(f"xl/media/x{number}.bin", bytes(2 << 20))
    with pytest.raises(BookUnusable, match="would unpack to 140 MB"):
        refuse_unwritable(book, None)


def test_a_zip_bomb_is_refused(book: Path) -> None:
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as package, package.open("xl/media/x.bin", "w") as member:
        for _ in range(80):
            member.write(bytes(1 << 20))
    with pytest.raises(BookUnusable, match=r"xl/media/x\.bin.*made to do harm"):
        refuse_unwritable(book, None)


def test_a_part_that_does_not_match_its_checksum_is_refused(book: Path) -> None:
    with (
        zipfile.ZipFile(book, "w", zipfile.ZIP_STORED) as package,
        zipfile.ZipFile(plain_book(book.with_name("o.xlsx"))) as old,
    ):
        for name in old.namelist():
            package.writestr(name, old.read(name))
    data = book.read_bytes()
    at = data.index(b"<workbook")
    book.write_bytes(data[:at] + b"<Workbook" + data[at + 9 :])
    with pytest.raises(BookUnusable, match=r"damaged.*checksum"):
        refuse_unwritable(book, None)


def test_a_part_that_is_not_well_formed_is_refused(book: Path) -> None:
    repacked(book, lambda parts: {**parts, "xl/workbook.xml": parts["xl/workbook.xml"][:-5]})
    with pytest.raises(BookUnusable, match=r"damaged.*workbook\.xml"):
        refuse_unwritable(book, None)


def test_part_names_compare_without_case_slashes_and_escapes() -> None:
    assert part_key("/XL\\Worksheets/My%20Sheet.xml") == "xl/worksheets/my sheet.xml"


def test_edits_splice_and_leave_the_rest() -> None:
    source = b'<?xml version="1.0"?>\r\n<a:r  xmlns:a="u" x = \'1 > 0\'><!-- c --><a:b/><a:c>t</a:c></a:r>\n'
    document = XmlPart(source)
    empty, full = document.root.children
    document.append_child(empty, "<a:d/>")
    document.append_child(empty, "<a:e/>")
    document.append_child(full, "!")
    document.set_attribute(document.root, "x", 'say "2"')
    document.set_attribute(full, "y", "<3>")
    assert document.to_bytes() == (
        b'<?xml version="1.0"?>\r\n<a:r  xmlns:a="u" x = \'say &quot;2&quot;\'><!-- c --><a:b><a:d/><a:e/></a:b>'
        b'<a:c y="&lt;3&gt;">t!</a:c></a:r>\n'
    )
    assert XmlPart(document.to_bytes()).root.attributes == {"x": 'say "2"'}


def test_parts_that_no_program_writes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadXml, match="nested more than"):
        XmlPart(b"<a>" * 100_000 + b"</a>" * 100_000)
    monkeypatch.setattr("invclose_xl.workbook.package.xml.MOST_ELEMENTS", 1000)
    with pytest.raises(BadXml, match="more than 1,000 elements"):
        XmlPart(b"<r>" + b"<a/>" * 1000 + b"</r>")


def test_a_tag_of_a_million_attributes_takes_no_time() -> None:
    source = b"<r " + b" ".join(b'a%d="1>0"' % number for number in range(200_000)) + b"/>"
    start = time.process_time()
    assert len(XmlPart(source).root.attributes) == 200_000
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "text", [b"", b"<a>", b"<a></b>", b"<a/><b/>", b"\xff\xfe<", b'<?xml version="1.0" encoding="x"?>']
)
def test_what_is_not_xml_is_named(text: bytes) -> None:
    with pytest.raises(BadXml):
        XmlPart(text)
