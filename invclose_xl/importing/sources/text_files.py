"""CSV and its relatives: separator and encoding are found by looking at the file.

In      the files of one table.
Out     an ExportTable whose cells are the texts of the file.
        A file without headings has the columns that a description beside it names.
Errors  IC405 for a file that is no table of text, or has rows of another width than its headings, IC404 for a heading
        that occurs twice, IC433 for a file without headings.
Cost    Polars reads; another file than one in UTF-8 is decoded first.
Source  EXPORTS; RFC 4180.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import CellRef, InputFault, Problem, Severity
from invclose_xl.importing.faults import and_more, fault
from invclose_xl.importing.sources.described import Described, columns_of, has_names_of, is_data
from invclose_xl.importing.sources.row_widths import find_ragged
from invclose_xl.importing.sources.table import ExportTable, name_key
from invclose_xl.importing.sources.tool_lines import name_tool_line

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
HEAD = 1 << 16
MOST_TITLE_LINES = 20
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
OLD_ENCODING = "cp1252"
BEHIND = "#behind"
"""the blank field behind the last separator of a row"""
_OF_DOS = re.compile(rb"[A-Za-z]([\x81\x82\x84\x94])[a-z]")
"""what is ü, é, ä, ö of a word in DOS, and in Windows-1252 nothing or a quotation mark, which is in no word"""
_BY_WIDTH = re.compile(r"\S {2,}\S+(?: {2,}|$)")
_LINE_END = re.compile(r"\r\n|\n|\r")
_FIRST_END = re.compile(r"(?:[^\"\r\n]|\"[^\"]*\")*+(\r\n|\n|\r)")
"""the end of the first line, outside quotation marks"""


@dataclass(frozen=True, slots=True)
class _Look:
    """Findings of a look at the beginning of a file."""

    encoding: str
    separator: str
    skipped: int
    """lines before the headings: ``sep=;``, a title"""
    columns: tuple[str, ...]
    has_headings: bool = True
    is_cr: bool = False
    """its lines end with a carriage return alone"""
    has_title: bool = False
    ends_with_separator: bool = False
    """every row has a separator behind its last field, the headings have none"""

    @property
    def how(self) -> str:
        names = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", OLD_ENCODING: "Windows-1252"}
        described = "" if self.has_headings else ", headings from its description"
        ends = ", lines end with CR" if self.is_cr else ""
        ends += ", rows end with a separator" if self.ends_with_separator else ""
        title = f", headings in line {self.skipped + 1}" if self.has_title else ""
        return f"CSV, {names[self.encoding]}, separator {SEPARATORS[self.separator]}{ends}{title}{described}"


def text_table(files: Sequence[Path], names: tuple[str, ...], described: Described) -> ExportTable:
    """Return the table that lies in text files with the same headings."""
    looks = [_look(file, described) for file in files]
    first = looks[0]
    sizes: list[int] = []

    def read(wanted: Sequence[str]) -> pl.DataFrame:
        parts = [_read(file, look, wanted, is_first=not sizes) for file, look in zip(files, looks, strict=True)]
        sizes[:] = [part.height for part in parts]
        return pl.concat(parts)

    return ExportTable(names, files[0].name, first.how, first.columns, read, 1 + first.has_headings + first.skipped,
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
    text = head[: len(head) // 2 * 2 or 1].decode(encoding, "ignore")
    lines = _LINE_END.split(text)
    end = _FIRST_END.match(text)
    is_cr = end is not None and end.group(1) == "\r"
    has_mark = lines[0].lower().startswith("sep=")
    title = 0 if has_mark else _lines_of_title(lines)
    skipped = title + has_mark
    heading = lines[skipped] if len(lines) > skipped else ""
    separator = lines[0][4:5] if has_mark and lines[0][4:5] in SEPARATORS else _separator(heading)
    columns = tuple(c.strip() for c in _split(heading, separator))
    if not any(columns):
        raise fault("IC405", file.name, "", "The file has no headings.", "Export the table again, with its headings.")
    if len(columns) == 1 and _BY_WIDTH.search(columns[0]):
        raise fault(
            "IC405", file.name, columns[0][:60], "The columns are parted by blanks, so where one ends is not known.",
            "Export the table as CSV, or with a separator (in sqlcmd: -s ; -W, in SSMS: Results to File as CSV).",
        )  # fmt: skip
    known = columns_of(file, described)
    has_headings = has_names_of(columns, known) if known else not is_data(columns)
    if not has_headings:
        columns = _described_columns(file, columns, known)
    _refuse_twice(file.name, columns)
    below = lines[skipped + 1 : -1] if len(head) == HEAD else lines[skipped + 1 :]
    more = has_headings and _end_with_separator(below, separator, len(columns))
    return _Look(encoding, separator, skipped, columns, has_headings, is_cr, bool(title), more)


def _lines_of_title(lines: Sequence[str]) -> int:
    """Return how many lines of one field, such as a title, are before a line of several in the place of headings."""
    for number, line in enumerate(lines[:MOST_TITLE_LINES]):
        fields = _split(line, _separator(line)) if line.strip() else []
        if len(fields) > 1:
            return 0 if is_data(fields) else number
    return 0


def _end_with_separator(rows: Sequence[str], separator: str, columns: int) -> bool:
    """Return whether every row has one blank field more than the headings: it ends with a separator."""
    alone = [row for row in rows if row.strip() and not (separator not in row and name_tool_line(row))]
    return bool(alone) and all(row.endswith(separator) and len(_split(row, separator)) == columns + 1 for row in alone)


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
    """Return whether the whole file is UTF-8; read in blocks."""
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


def _read(file: Path, look: _Look, wanted: Sequence[str], *, is_first: bool) -> pl.DataFrame:
    if any(column not in look.columns for column in wanted):
        missing = next(column for column in wanted if column not in look.columns)
        raise fault(
            "IC403", file.name, "", f"The column {missing} is missing here, but other files of the table have it.",
            "Export all files of the table with the same columns.",
        )  # fmt: skip
    data = _as_utf8(file, look)
    if is_first:
        _refuse_ragged(file.name, data, look)
    is_plain = not look.ends_with_separator
    places = sorted(look.columns.index(column) for column in wanted)
    last = [] if is_plain else [len(look.columns)]
    try:
        frame = pl.read_csv(
            data, separator=look.separator, infer_schema=False, skip_lines=look.skipped + (not is_plain),
            has_header=look.has_headings and is_plain, columns=places + last,
        )  # fmt: skip
    except pl.exceptions.NoDataError:
        return pl.DataFrame(schema=dict.fromkeys(wanted, pl.String()))
    except pl.exceptions.PolarsError as reason:
        text = str(reason).splitlines()[0]
        raise fault(
            "IC405", file.name, "", f"The file is no table with {len(look.columns)} columns in every row: {text}.",
            "Export the table again; texts that hold the separator or line breaks must stand in quotation marks.",
        ) from None  # fmt: skip
    frame.columns = [look.columns[i] for i in places] + [BEHIND for _ in last]
    if last and (filled := frame.get_column(BEHIND).is_not_null()).any():
        row = int(filled.arg_true()[0]) + look.skipped + 2
        raise _refused_row(file.name, row, "", f"Row {row} has a value behind the last column ({look.columns[-1]}).",
                           look.separator)  # fmt: skip
    return frame.select(wanted)


def _as_utf8(file: Path, look: _Look) -> bytes:
    """Return the bytes of a file in UTF-8, with lines that end with LF."""
    data = file.read_bytes()
    if look.encoding == OLD_ENCODING and (of_dos := _OF_DOS.search(data)):
        raise _not_in(
            file.name, data, of_dos.start(1), "in a code page of DOS rather than Windows-1252", "stands in a word"
        )
    if look.encoding not in ("utf-8", "utf-8-sig"):
        try:
            data = data.decode(look.encoding).encode()
        except UnicodeDecodeError as reason:
            what = "not UTF-16 to its end" if look.encoding == "utf-16" else "neither UTF-8 nor Windows-1252"
            raise _not_in(file.name, data, reason.start, what, "means nothing there") from None
    return data.replace(b"\r", b"\n") if look.is_cr else data


def _not_in(file: str, data: bytes, at: int, what: str, why: str) -> InputFault:
    line = len(re.findall(rb"\r\n|\n|\r", data[:at])) + 1
    return fault(
        "IC405", file, "", f"The file is {what}: in line {line} a byte {data[at]:02X} {why}.",
        "Export the table again as UTF-8 (in Excel: CSV UTF-8), or open it in an editor with the code page that it has,"
        " such as 850, and save it as UTF-8.",
    )  # fmt: skip


def _refuse_ragged(file: str, data: bytes, look: _Look) -> None:
    """Refuse a file in which a row has another number of fields than the headings: its values are in wrong columns."""
    more = look.ends_with_separator
    found = find_ragged(data, look.separator, len(look.columns) + more, look.skipped + more, _is_tool_line)
    if found is None:
        return
    there = format_count(found.fields, "field")
    mark = " A quotation mark in it is never closed." if found.is_open else ""
    problem = (
        f"Line {found.line} has {there}, but there are {len(look.columns)} columns, so its values are not"
        f" known.{mark}{and_more(found.rows, named=1)}"
    )
    raise _refused_row(file, found.row, "A", problem, look.separator)


def _is_tool_line(line: bytes) -> bool:
    return bool(name_tool_line(line.decode("utf-8", "replace")))


def _refused_row(file: str, row: int, column: str, problem: str, separator: str) -> InputFault:
    return InputFault([Problem(
        "IC405", Severity.ERROR, CellRef(file, row, column), "", problem,
        f"Export the table again: texts and numbers that hold a {SEPARATORS[separator]}, such as decimals, and texts"
        " with line breaks must stand in quotation marks, and quotation marks in texts are doubled.",
        CODES["IC405"].rule,
    )])  # fmt: skip
