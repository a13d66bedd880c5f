"""The floor: read the cells of a book and write the cells of its results, and nothing else.

In      the book, and the result sheets of a real close of it (frames, prepared beforehand).
Out     a zip of the book's own members and one plain sheet part per result table: no style, no table, no checks. Not a
        workbook to use, only the least work that a close cannot avoid.
"""

import sys
import zipfile
from pathlib import Path

import fastexcel
import polars as pl
from isal import isal_zlib

CHUNK = 50_000


def read_all(book: Path) -> int:
    """Read every cell of every sheet."""
    reader = fastexcel.read_excel(book)
    return sum(reader.load_sheet_eager(name).num_rows for name in reader.sheet_names)


def sheet_xml(frame: pl.DataFrame) -> pl.Series:
    """Turn rows into XML, one text per row."""
    cells = []
    for name, kind in frame.schema.items():
        text = pl.col(name).cast(pl.String)
        if kind.is_numeric():
            cells.append(pl.concat_str(pl.lit("<c><v>"), text, pl.lit("</v></c>")).fill_null("<c/>"))
        else:
            cell = pl.concat_str(pl.lit('<c t="inlineStr"><is><t>'), text, pl.lit("</t></is></c>"))
            cells.append(cell.fill_null("<c/>"))
    return frame.select(pl.concat_str(pl.lit("<row>"), *cells, pl.lit("</row>")).alias("row"))["row"]


def write_all(book: Path, frames: dict[str, pl.DataFrame], output: Path) -> int:
    """Copy the book's members as they are and add the result cells, compressed as fast as possible."""
    size = 0
    with open(output, "wb") as out:
        out.write(book.read_bytes())
        for frame in frames.values():
            deflate = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
            for start in range(0, len(frame), CHUNK):
                rows = sheet_xml(frame.slice(start, CHUNK))
                size += out.write(deflate.compress("".join(rows.to_list()).encode()))
            size += out.write(deflate.flush())
    return size


if __name__ == "__main__":
    source, folder, target = (Path(argument) for argument in sys.argv[1:4])
    assert zipfile.is_zipfile(source)
    read_all(source)
    write_all(source, {path.stem: pl.read_ipc(path) for path in sorted(folder.glob("*.arrow"))}, target)
