"""CSV and its relatives: separator and encoding are found by looking at the file.

In      the files of one table.
Out     a Table whose cells are the texts of the file.
        A file without headings has the columns that a description beside it names.
Errors  IC405 for a file that is no table of text, IC404 for a heading that occurs twice, IC433 for a file without
        headings.
Cost    Polars reads; a file in UTF-8 is read once, another one is decoded first.
Source  EXPORTS; RFC 4180.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from invclose_xl.importing.faults import fault
from invclose_xl.importing.sources.described import Described, columns_of, has_names_of, is_data
from invclose_xl.importing.sources.table import Table, name_key

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
HEAD = 1 << 16
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
OLD_ENCODING = "cp1252"


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at the beginning of a file says."""

    encoding: str
    separator: str
    skipped: int
    """lines before the headings: ``sep=;``"""
    columns: tuple[str, ...]
    has_headings: bool = True

    @property
    def how(self) -> str:
        names = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", OLD_ENCODING: "Windows-1252"}
        described = "" if self.has_headings else ", headings from its description"
        return f"CSV, {names[self.encoding]}, separator {SEPARATORS[self.separator]}{described}"


def text_table(files: Sequence[Path], names: tuple[str, ...], described: Described) -> Table:
    """Return the table that lies in text files with the same headings."""
    looks = [_look(file, described) for file in files]
    first = looks[0]
    sizes: list[int] = []

    def read(wanted: Sequence[str]) -> pl.DataFrame:
        parts = [_read(file, look, wanted) for file, look in zip(files, looks, strict=True)]
        sizes[:] = [part.height for part in parts]
        return pl.concat(parts)

    return Table(names, files[0].name, first.how, first.columns, read, 1 + first.has_headings + first.skipped,
                 len(files), tuple(file.name for file in files), sizes)  # fmt: skip


def headings_of(file: Path, described: Described) -> tuple[str, ...]:
    """Return the headings of a text file."""
    return _look(file, described).columns


def _look(file: Path, described: Described) -> _Look:
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    if not head.strip():
        raise fault("IC405", file.name, "", "The file is empty.", "Export the table again, with its headings.")
    encoding = next((name for mark, name in MARKS if head.startswith(mark)), "")
    if not encoding:
        encoding = "utf-8" if _is_utf8(file) else OLD_ENCODING
    if encoding != "utf-16" and b"\0" in head:
        raise fault("IC405", file.name, "", "The file is no text.", "Export the table as CSV, Parquet or a workbook.")
    text = head[: len(head) // 2 * 2].decode(encoding, "ignore")
    lines = text.splitlines()
    skipped = 1 if lines[0].lower().startswith("sep=") else 0
    heading = lines[skipped] if len(lines) > skipped else ""
    separator = lines[0][4:5] if skipped and lines[0][4:5] in SEPARATORS else _separator(heading)
    columns = tuple(c.strip() for c in _split(heading, separator))
    known = columns_of(file, described)
    has_headings = has_names_of(columns, known) if known else not is_data(columns)
    if not has_headings:
        columns = _described_columns(file, columns, known)
    _refuse_twice(file.name, columns)
    return _Look(encoding, separator, skipped, columns, has_headings)


def _described_columns(file: Path, first: tuple[str, ...], columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of a file whose first line is a row of values, as its description has them."""
    if len(columns) == len(first):
        return columns
    found = ", ".join(first)[:60]
    if columns:
        problem = f"The file has no headings and {len(first)} columns, but its description names {len(columns)}."
        raise fault("IC433", file.name, found, problem, "Copy the whole folder of the export again, at one moment.")
    raise fault(
        "IC433", file.name, found, "The file has no headings: its first line is a row of values.",
        "Put the description that the export wrote (model.json, or the .cdm.json of the table) into the folder, or"
        " enter a line with the headings.",
    )  # fmt: skip


def _is_utf8(file: Path) -> bool:
    """Whether the whole file is UTF-8; read in blocks."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as opened:
        try:
            while block := opened.read(1 << 22):
                if not block.isascii():
                    decoder.decode(block)
                elif decoder.getstate()[0]:
                    return False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _separator(heading: str) -> str:
    return max(SEPARATORS, key=lambda separator: len(_split(heading, separator)))


def _split(line: str, separator: str) -> list[str]:
    import csv

    return next(csv.reader([line], delimiter=separator), [])


def _refuse_twice(file: str, columns: tuple[str, ...]) -> None:
    seen: dict[str, str] = {}
    for name in columns:
        key = name_key(name)
        if key and key in seen:
            raise fault(
                "IC404", file, name, f"The heading occurs twice ({seen[key]} and {name}), so its values are not known.",
                "Export the table again, or rename the column that should not be read.",
            )  # fmt: skip
        seen[key] = name


def _read(file: Path, look: _Look, wanted: Sequence[str]) -> pl.DataFrame:
    if any(column not in look.columns for column in wanted):
        missing = next(column for column in wanted if column not in look.columns)
        raise fault(
            "IC403", file.name, "", f"The column {missing} is missing here, but other files of the table have it.",
            "Export all files of the table with the same columns.",
        )  # fmt: skip
    source: Path | io.BytesIO = file
    if look.encoding not in ("utf-8", "utf-8-sig"):
        source = io.BytesIO(file.read_bytes().decode(look.encoding).encode())
    try:
        frame = pl.read_csv(
            source, separator=look.separator, infer_schema=False, skip_rows=look.skipped, has_header=look.has_headings,
            columns=sorted(look.columns.index(column) for column in wanted),
        )  # fmt: skip
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as reason:
        text = str(reason).splitlines()[0]
        raise fault(
            "IC405", file.name, "", f"The file is no table with {len(look.columns)} columns in every row: {text}.",
            "Export the table again; texts that hold the separator or line breaks must stand in quotation marks.",
        ) from None  # fmt: skip
    frame.columns = [look.columns[i] for i in sorted(look.columns.index(column) for column in wanted)]
    return frame.select(wanted)
