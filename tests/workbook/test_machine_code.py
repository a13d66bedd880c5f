"""What machine code writes is what plain Python writes, byte for byte.

Reading cells: test_read_cells. Fingerprints: tests/closings/test_fingerprints.
"""

from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invclose_xl.compiled import rows as rows_by_machine_code
from invclose_xl.domain import machine_code
from invclose_xl.domain.book import Scales
from invclose_xl.domain.machine_code import is_available
from invclose_xl.workbook.cells.compiled import read_compiled
from invclose_xl.workbook.cells.large import read_large
from invclose_xl.workbook.layout import OutputColumn
from invclose_xl.workbook.package import mentions
from invclose_xl.workbook.results import rows_xml as rows_xml_module
from invclose_xl.workbook.results.rows_xml import RowFormat, SheetColumn, rows_xml

COLUMNS = [
    SheetColumn("A", OutputColumn("transaction", "Transaction ID", "text"), 3),
    SheetColumn("B", None),
    SheetColumn("C", OutputColumn("amount", "Amount", "amount"), 0),
    SheetColumn("D", OutputColumn("quantity", "Quantity", "quantity"), 12),
    SheetColumn("F", OutputColumn("date", "Date", "date"), 4),
    SheetColumn("G", OutputColumn("recorded", "Recorded", "moment"), 5),
    SheetColumn("AA", OutputColumn("count", "Count", "count"), 6),
    SheetColumn("AB", OutputColumn("ratio", "Ratio", "amount", formula="{amount}/SUM({amount:})&1"), 7),
    SheetColumn("AC", OutputColumn("message", "Message", "text"), 0),
]
texts = st.one_of(
    st.none(),
    st.text(max_size=6),
    st.sampled_from(["", " x", "x\u2003", "a\nb", "R&D <1>", "_x000D_", "_x00_", "y_x1aF3_", "\x00", "Ü\ufffe"]),
)
amounts = st.one_of(st.none(), st.integers(-(10**18), 10**18), st.sampled_from([0, -1, 5, 99, -100]))
days = st.one_of(st.none(), st.dates(date(1890, 1, 1), date(2100, 1, 1)))
row = st.tuples(texts, texts, amounts, amounts, days, amounts, amounts, texts)


def frame_of(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    a, _, amount, quantity, day, count, ratio, message = (list(column) for column in zip(*rows, strict=True))
    moments = [None if d is None else datetime(d.year, d.month, d.day, 13, 59, 58) for d in day]  # type: ignore[attr-defined]
    return pl.DataFrame(
        {
            "transaction": pl.Series(a, dtype=pl.String), "amount": pl.Series(amount, dtype=pl.Int64),
            "quantity": pl.Series(quantity, dtype=pl.Int64), "date": pl.Series(day, dtype=pl.Date),
            "recorded": pl.Series(moments, dtype=pl.Datetime("ms")), "count": pl.Series(count, dtype=pl.Int64),
            "ratio": pl.Series(ratio, dtype=pl.Int64), "message": pl.Series(message, dtype=pl.String),
        }
    )  # fmt: skip


@given(st.lists(row, min_size=1, max_size=9), st.booleans(), st.sampled_from(["", "x:"]), st.booleans())
@settings(max_examples=120, deadline=None)
@pytest.mark.long
def test_rows(rows: list[tuple[object, ...]], uses_1904: bool, prefix: str, has_own_cells: bool) -> None:
    frame, format_ = frame_of(rows), RowFormat(Scales(2, 3, 2), uses_1904, prefix)
    own = [None if text is None else f'<c r="B9"><v>{k}</v></c>' for k, (_, text, *_) in enumerate(rows)]
    extra = pl.DataFrame(
        {"B": pl.Series(own, dtype=pl.String), "row": [' ht="9"' if k % 2 else None for k in range(len(own))]}
    )

    def written() -> bytes:
        return b"".join(rows_xml(frame, COLUMNS, 9_998, format_, extra if has_own_cells else None))

    with pytest.MonkeyPatch.context() as patch:
        plain = written()
        patch.setattr(rows_xml_module, "COMPILED_FROM", 1)
        assert written() == plain
        patch.setattr(rows_by_machine_code, "PIECE", 300)
        assert written() == plain


def test_numbers_that_come_as_their_text() -> None:
    """As an import writes them: exact, with any number of decimals."""
    frame = pl.DataFrame({"count": ["3.75", None, "-2.5", "100", "0.000001"]})
    plain = b"".join(rows_xml(frame, COLUMNS, 2, RowFormat(Scales(2, 3, 2))))
    assert b'<c r="AA2" s="6"><v>3.75</v></c>' in plain
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_xml_module, "COMPILED_FROM", 1)
        assert b"".join(rows_xml(frame, COLUMNS, 2, RowFormat(Scales(2, 3, 2)))) == plain


@pytest.mark.long
def test_a_sentence_that_is_too_long_is_cut() -> None:
    rows = [(None, None, None, None, None, None, None, text) for text in ("x" * 40_000, "y" * 20_000, "&" * 40_000)]
    format_ = RowFormat(Scales(2, 3, 2))
    plain = b"".join(rows_xml(frame_of(rows), COLUMNS, 2, format_))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_xml_module, "COMPILED_FROM", 1)
        assert b"".join(rows_xml(frame_of(rows), COLUMNS, 2, format_)) == plain
        assert b"".join(rows_xml(frame_of(rows[:1]), COLUMNS, 2, format_)).count(b"x") == 32_766


@pytest.mark.parametrize("size", [7, 64, 10_000])
def test_formats_that_a_sheet_names(size: int) -> None:
    tags = [
        '<c r="A1" s="7"/>', "<c s = '12' r='B1'/>", '<row r="2"\n style="3"/>', '<col style="41" min="1"/>', "s=9",
        '<c  s="99999999999"/>', '<c s="x"/>', '<c s=""/>', '<v>a s="55" b</v>', '<c spans="88" xs="77"/>',
        '<c s="66\'/>',
    ]  # fmt: skip
    data = "".join(tags * 3).encode()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    for limit in (5, 50, 60, 100):
        assert mentions._highest_compiled(chunks, limit) == mentions.highest_format_in(chunks, limit)


@pytest.mark.long
@pytest.mark.parametrize("piece", [200, 10_000])
def test_formats_that_are_seen_while_cells_are_read(piece: int) -> None:
    rows = [
        '<row r="1" spans="1:2"><c r="A1" s="7"><v>1</v></c></row>',
        '<row r="2" s="12" customFormat="1"><c r="A2"/></row>',
        '<row r="3" s = \'13\'><c r="A3" s="2"/></row>',
        '<row r="4"><c r="A4" t="inlineStr"><is><r><t>rich</t></r></is></c><c s="14" r="B4"/></row>',
        '<row r="5"><c r="A5" s="65490"><v>1</v></c><c r="B5" s="15"/></row>',
    ]
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    for count in range(1, len(rows) + 1):
        for columns in ("", '<cols><col min="1" max="1" style="9"/></cols>'):
            sheet = f"<worksheet {space}>{columns}<sheetData>{''.join(rows[:count])}</sheetData></worksheet>".encode()
            heard: list[int] = []
            read_large([sheet], read_compiled, piece, heard.append)
            assert heard == [mentions.highest_format_in([sheet], mentions.MOST_CELL_FORMATS)]
            assert heard == [mentions._highest_compiled([sheet], mentions.MOST_CELL_FORMATS)]
    heard = []
    plain = f"<worksheet {space}><sheetData>{rows[0]}</sheetData></worksheet>".encode()
    read_large([plain], piece=piece, hears_format=heard.append)
    assert not heard  # the reader without a compiler looks at no formats


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither beside the package nor in the user's cache: compiled anew, and the same."""
    import numba.core.caching as caching

    def nowhere(*_: object) -> None:
        raise RuntimeError("cannot cache function")

    monkeypatch.setattr(caching.CacheImpl, "__init__", nowhere)

    def twice(values: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> int:
        return int(values.sum()) * 2

    assert machine_code.compile_function(twice)(np.arange(4)) == 12


def test_there_is_a_compiler_here() -> None:
    assert is_available()
