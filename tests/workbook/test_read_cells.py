"""Every way a cell can be written is read as what it means, by the XML parser and in bulk alike.

Source  LAB "Cell fidelity"; ECMA-376 part 1, 18.3.1.4.
"""

from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.cells.cells import BOOLEAN, ERROR, ISO_DATE, NO_VALUE, NUMBER, TEXT, Cells, SharedTexts, join
from invclose_xl.workbook.cells.compiled import read_compiled
from invclose_xl.workbook.cells.exact import ExactReader
from invclose_xl.workbook.cells.large import Limits, read_large
from invclose_xl.workbook.cells.plain import read_plain
from invclose_xl.workbook.cells.read import read_cells
from invclose_xl.workbook.cells.texts import shared_texts
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.xml import BadXml
from tests.errors.raw_book import MAIN, base, write_book

HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData>'
TAIL = '</sheetData><mergeCells count="1"><mergeCell ref="B2:C3"/></mergeCells></worksheet>'
EVERY_READER = (Limits(bulk=0, compiled=0), Limits(bulk=0, compiled=1 << 40), Limits(bulk=1 << 40))
SHARED = SharedTexts.of(pl.Series(["one", " two ", ""], dtype=pl.String))


def sheet(rows: str) -> bytes:
    return f"{HEAD}{rows}{TAIL}".encode()


def exactly(data: bytes) -> Cells:
    reader = ExactReader()
    reader.feed(data, last=True)
    return join(reader.finish(), SHARED, reader.merges, "S")


def in_pieces(data: bytes, size: int) -> Cells:
    """Read with either reader of plain rows, which find the same."""
    found = []
    for reader in (read_plain, read_compiled):
        chunks = (data[at : at + size] for at in range(0, len(data), size))
        batches, merges = read_large(chunks, reader, piece=size)
        found.append(join(batches, SHARED, merges, "S"))
    assert content(found[0]) == content(found[1])
    assert found[0].merges == found[1].merges
    return found[1]


def content(cells: Cells) -> list[tuple[object, ...]]:
    """Return row, column, kind, style, number and text of every cell."""
    columns = (cells.row, cells.column, cells.kind, cells.style, cells.number)
    texts = [cells.texts[int(at)] if at else None for at in cells.text_at]
    return [(*values, text) for *values, text in zip(*(c.tolist() for c in columns), texts, strict=True)]


def only(xml: str) -> tuple[object, ...]:
    """Return kind, number and text of the only cell of a row, read in both ways."""
    data = sheet(f'<row r="1">{xml}</row>')
    both = [content(exactly(data)), content(in_pieces(data, 1 << 20))]
    assert both[0] == both[1]
    assert len(both[0]) <= 1
    return both[0][0][2:3] + both[0][0][4:] if both[0] else ()


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ('<c r="A1"><v>1.5</v></c>', (NUMBER, 1.5, None)),
        ('<c r="A1" t="n"><v>-0.1</v></c>', (NUMBER, -0.1, None)),
        ('<c r="A1"><v>0.30000000000000004</v></c>', (NUMBER, 0.1 + 0.2, None)),
        ('<c r="A1"><v>9007199254740993</v></c>', (NUMBER, 9007199254740992.0, None)),
        ('<c r="A1"><v>1.2345678901234568E+16</v></c>', (NUMBER, 1.2345678901234568e16, None)),
        ('<c r="A1"><v>1E-3</v></c>', (NUMBER, 0.001, None)),
        ('<c r="A1" s="3"/>', ()),
        ('<c r="A1" s="3"></c>', ()),
        ('<c r="A1"><v></v></c>', ()),
        ('<c r="A1"><v>twelve</v></c>', (ERROR, 0.0, "twelve")),
        ('<c r="A1"><v>NaN</v></c>', (ERROR, 0.0, "NaN")),
        ('<c r="A1"><v>1e999</v></c>', (ERROR, 0.0, "1e999")),
        ('<c r="A1" t="s"><v>1</v></c>', (TEXT, 1.0, "two")),
        ('<c r="A1" t="s"><v>2</v></c>', ()),
        ('<c r="A1" t="str"><f>A2&amp;"x"</f><v>ax</v></c>', (TEXT, 0.0, "ax")),
        ('<c r="A1" t="str"><f>A2</f><v></v></c>', ()),
        ('<c r="A1"><f>SUM(B1:B9)</f><v>3</v></c>', (NUMBER, 3.0, None)),
        ('<c r="A1"><f t="shared" ref="A1:A9" si="0">B1</f><v>3</v></c>', (NUMBER, 3.0, None)),
        ('<c r="A1"><f t="shared" si="0"/><v>3</v></c>', (NUMBER, 3.0, None)),
        ('<c r="A1"><f>SUM(B1:B9)</f></c>', (NO_VALUE, 0.0, "=SUM(B1:B9)")),
        ('<c r="A1"><f>SUM(B1:B9)</f><v></v></c>', (NO_VALUE, 0.0, "=SUM(B1:B9)")),
        ('<c r="A1"><f>SUM(B1:B9)</f><v/></c>', (NO_VALUE, 0.0, "=SUM(B1:B9)")),
        ('<c r="A1" t="e"><v>#N/A</v></c>', (ERROR, 0.0, "#N/A")),
        ('<c r="A1" t="e" cm="1"><f>B1#</f><v>#SPILL!</v></c>', (ERROR, 0.0, "#SPILL! from =B1#")),
        ('<c r="A1" t="d"><v>2026-01-31</v></c>', (ISO_DATE, 0.0, "2026-01-31")),
        ('<c r="A1" t="b"><v>1</v></c>', (BOOLEAN, 1.0, None)),
        ('<c r="A1" t="inlineStr"><is><t>00123</t></is></c>', (TEXT, 0.0, "00123")),
        ("<c r='A1' t='inlineStr'><is><t>00123</t></is></c>", (TEXT, 0.0, "00123")),
        ('<c t="inlineStr" r="A1"><is><t xml:space="preserve">  A 1 \u00a0</t></is></c>', (TEXT, 0.0, "A 1")),
        ('<c r="A1" t="inlineStr"><is><t>R&amp;D &lt;1&gt; &#65;</t></is></c>', (TEXT, 0.0, "R&D <1> A")),
        ('<c r="A1" t="inlineStr"><is><t>a_x000D_b _x005F_x000D_</t></is></c>', (TEXT, 0.0, "a\rb _x000D_")),
        ('<c r="A1" t="inlineStr"><is><r><t>bo</t></r><r><rPr><b/></rPr><t>ld</t></r></is></c>', (TEXT, 0.0, "bold")),
        ('<c r="A1" t="inlineStr"><is><t>課</t><rPh sb="0" eb="1"><t>カ</t></rPh></is></c>', (TEXT, 0.0, "課")),
        ('<c r="A1" t="inlineStr"><is><t/></is></c>', ()),
        ('<c r="A1" t="inlineStr"><is><t><![CDATA[a<b]]></t></is></c>', (TEXT, 0.0, "a<b")),
        ("<c><v>7</v></c>", (NUMBER, 7.0, None)),
        ('<c r="A1">\n  <v>7</v>\n</c>', (NUMBER, 7.0, None)),
        ('<!-- <c r="A1"><v>1</v></c> --><c r="A1"><v>7</v></c>', (NUMBER, 7.0, None)),
        ('<c r="A1" t="str"><is><t>x</t></is></c>', ()),
        ('<c r="A1" t="inlineStr"><v>x</v></c>', (TEXT, 0.0, "x")),
        ('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', (ERROR, 0.0, "#DIV/0! from =1/0")),
        ('<c r="A1" t="e"><f>"a"&amp;B1</f><v>#REF!</v></c>', (ERROR, 0.0, '#REF! from ="a"&B1')),
        ('<c r="A1" t="e" cm="1" vm="2" s="4"><v>#N/A</v></c>', (ERROR, 0.0, "#N/A")),
        ('<c r="A1" t="b"><v> 1 </v></c>', (BOOLEAN, 1.0, None)),
        ('<c r="A1" t="s"><v>01</v></c>', (TEXT, 1.0, "two")),
        ('<c r="A1"><v> 7 </v></c>', (NUMBER, 7.0, None)),
        ('<c r="A1"><v>-0</v></c>', (NUMBER, 0.0, None)),
        ('<c r="A1"><v>1.50E+02</v></c>', (NUMBER, 150.0, None)),
        ('<c r="A1"><v>9007199254740991</v></c>', (NUMBER, 9007199254740991.0, None)),
        ('<c r="A1"><v>123456789012345.67</v></c>', (NUMBER, 123456789012345.67, None)),
        ('<c r="A1"><v>1e-23</v></c>', (NUMBER, 1e-23, None)),
        ('<c r="A1"><v>4.35</v></c>', (NUMBER, 4.35, None)),
        ('<c r="A1"><v>0.1e22</v></c>', (NUMBER, 1e21, None)),
        ('<c r="A1"><v>1.</v></c>', (NUMBER, 1.0, None)),
        ('<c r="A1"><v>1-2</v></c>', (ERROR, 0.0, "1-2")),
    ],
)
def test_cell(xml: str, expected: tuple[object, ...]) -> None:
    assert only(xml) == expected


def test_a_shared_text_that_is_not_there_is_an_error() -> None:
    assert only('<c r="A1" t="s"><v>9</v></c>')[0] == ERROR


def test_cells_without_references_follow_each_other() -> None:
    data = sheet('<row><c><v>1</v></c><c/><c><v>3</v></c></row><row r="5"><c r="C5"><v>5</v></c><c><v>6</v></c></row>')
    for cells in (exactly(data), in_pieces(data, 1 << 20)):
        assert list(zip(cells.row.tolist(), cells.column.tolist(), strict=True)) == [(1, 1), (1, 3), (5, 3), (5, 4)]
        assert str(cells.merges[0]) == "B2:C3"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    data = sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>Käse</t></is></c></row>').decode()
    data = data.replace('encoding="UTF-8"', f'encoding="{name}"')
    for cells in (exactly(data.encode(encoding)), in_pieces(data.encode(encoding), 1 << 20)):
        assert content(cells) == [(1, 1, TEXT, 0, 0.0, "Käse")]


def test_prefixed_names_and_foreign_elements() -> None:
    data = (
        f'<x:worksheet xmlns:x="{MAIN}" xmlns:m="urn:m"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c>'
        '<m:c r="B1"><m:v>2</m:v></m:c></x:row></x:sheetData></x:worksheet>'
    ).encode()
    for cells in (exactly(data), in_pieces(data, 1 << 20)):
        assert content(cells) == [(1, 1, NUMBER, 0, 1.0, None)]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>1</v></row>',
        '<row r="1"><c r="A2"><v>1</v></c></row>',
        '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        '<row r="0"><c><v>1</v></c></row>',
        '<row r="1048577"><c><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>&lol;</v></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><t>\x01</t></is></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c>',
        '<row r="1"><c r="A01"><v>1</v></c></row>',
        '<row r="1"><c r="A1" s="12345678"><v>1</v></c></row>',
        '<row r="1"><c r="A1" s="1" s="1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><t>]]></t></is></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><t>\ufffe</t></is></c></row>',
    ],
)
def test_damaged_sheets_are_refused_in_both_ways(rows: str) -> None:
    with pytest.raises(BadXml):
        exactly(sheet(rows))
    with pytest.raises(BadXml):
        in_pieces(sheet(rows), 1 << 20)


def test_bytes_that_are_no_utf8_are_refused_in_both_ways() -> None:
    data = sheet('<row r="1"><c r="A1" t="str"><f>x</f><v>1</v></c></row>').replace(b"x</f>", b"\xff</f>")
    with pytest.raises(BadXml):
        exactly(data)
    with pytest.raises(BadXml):
        in_pieces(data, 1 << 20)


def test_odd_rows_among_plain_ones() -> None:
    plain = [f'<row r="{r}"><c r="A{r}" t="inlineStr"><is><t>T{r % 7}</t></is></c></row>' for r in range(1, 60)]
    odd = '<row r="{r}"><c r="A{r}" t="inlineStr"><is><r><t>ri</t></r><r><t>ch</t></r></is></c></row>'
    for at in (1, 2, 30, 31, 40, 58):  # 58: more odd rows than are read one by one
        plain[at - 1] = odd.format(r=at)
    assert content(in_pieces(sheet("".join(plain)), 1 << 20)) == content(exactly(sheet("".join(plain))))
    mixed = "\n".join(plain[:20]) + '\r\n<row r="21" ht="12.5"/>\n<row><c><v>1</v></c></row>' + "".join(plain[22:])
    assert content(in_pieces(sheet(mixed), 1 << 20)) == content(exactly(sheet(mixed)))
    many = "".join(odd.format(r=r) if r % 2 else plain[r - 1] for r in range(1, 60))
    assert content(in_pieces(sheet(many), 1 << 20)) == content(exactly(sheet(many)))


def test_a_cell_stated_twice_is_refused() -> None:
    with pytest.raises(BookUnusable, match="cell A1 twice"):
        exactly(sheet('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'))


def test_entities_are_refused(tmp_path: Path) -> None:
    data = b'<!DOCTYPE x [<!ENTITY a "b">]>' + sheet("").split(b"\n", 1)[1]
    with pytest.raises(BadXml, match="entities"):
        in_pieces(data, 1 << 20)


values = st.one_of(
    st.integers(-(10**18), 10**18).map(lambda n: f"<v>{n}</v>"),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda x: f"<v>{x!r}</v>"),
    st.decimals(-(10**9), 10**9, places=6).map(lambda d: f"<v>{d}</v>"),
    st.sampled_from(
        ["", "<v></v>", "<f>A1</f>", "<f>A1</f><v>2</v>", "<v>x</v>", "<v>.5</v>", "<v>5.</v>", "<v>+1</v>"]
    ),
)
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="<>&\ufffe\uffff"), max_size=9
)
typed = st.one_of(
    values.map(lambda v: ("", v)),
    st.tuples(st.just(' t="s"'), st.integers(0, 4).map(lambda n: f"<v>{n}</v>")),
    st.tuples(st.just(' t="str"'), texts.map(lambda t: f"<v>{t}</v>")),
    st.tuples(st.just(' t="inlineStr"'), texts.map(lambda t: f"<is><t>{t}</t></is>")),
    st.tuples(st.just(' t="e"'), st.just("<v>#REF!</v>")),
    st.tuples(st.just(' t="b"'), st.sampled_from(["<v>0</v>", "<v>1</v>", "<v>2</v>"])),
)
styles = st.sampled_from(["", ' s="0"', ' s="12"'])
rows = st.lists(st.lists(st.tuples(styles, typed), max_size=6), max_size=12)


def xml_of(table: Iterable[Iterable[tuple[str, tuple[str, str]]]]) -> str:
    lines = []
    for r, row in enumerate(table, 1):
        cells = (f'<c r="{chr(64 + c)}{r}"{style}{kind}>{value}</c>' for c, (style, (kind, value)) in enumerate(row, 1))
        lines.append(f'<row r="{r}" spans="1:6">{"".join(cells)}</row>')
    return "".join(lines)


@pytest.mark.long
@given(rows, st.sampled_from([64, 300, 1 << 20]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_ways_of_reading_agree(table: list[list[tuple[str, tuple[str, str]]]], piece: int) -> None:
    data = sheet(xml_of(table))
    one, other = exactly(data), in_pieces(data, piece)
    assert content(one) == content(other)
    assert one.merges == other.merges


def test_both_ways_of_reading_agree_on_a_book(tmp_path: Path) -> None:
    path = write_book(tmp_path / "book.xlsx", base(), shared=True)
    with Package.open(path) as package:
        shared = shared_texts(package)
        for part in package.sheets():
            cells = [read_cells(package, part, shared, limits) for limits in EVERY_READER]
            assert content(cells[0]) == content(cells[1]) == content(cells[2])
            assert len(cells[0].row)
