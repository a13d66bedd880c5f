"""Rows of a result sheet as XML, built by the column and in blocks, so that a million rows never are in memory.

In      a result table (domain.tables), and for each sheet column what it shows and in which format.
Out     ``<row>`` elements as UTF-8, block by block. Amounts and quantities are written from their integers as decimal
        text; text as inline strings, so that nothing a user typed can become a formula.
Errors  none.
Cost    O(cells), a few hundred nanoseconds each.
Source  ECMA-376 part 1, 18.3 and 22.9.2.19 (``_xHHHH_``); WORKBOOK "Written".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from invclose_xl.compiled import ROW_MARK
from invclose_xl.domain.book import Scales
from invclose_xl.domain.days import to_day_number
from invclose_xl.domain.id_keys import FEW
from invclose_xl.domain.machine_code import is_available, is_loaded
from invclose_xl.domain.money import UNIT_COST_DECIMALS, format_decimal
from invclose_xl.workbook.cells.cells import LONGEST_TEXT
from invclose_xl.workbook.layout import OutputColumn, OutputKind
from invclose_xl.workbook.results.row_heights import height_attribute

LAST_ROW = 1_048_576
BLOCK = 32_768
COMPILED_FROM = 50_000
"""Rows of a table from which machine code writes them."""
LOADED_FROM = 5_000
"""The same where the compiler is loaded already, because the sheet was large."""
OWN_WORDS = frozenset({"message", "fix", "basis", "text"})
"""Fields that hold sentences of ours, which may be cut; what a user named is never cut."""

_CONTROL = r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\x{fffe}\x{ffff}]"
_CONTROL_PYTHON = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_OUTER_BLANKS = r"^\s|\s$|\n"
_LOOKS_ESCAPED = r"_x[0-9A-Fa-f]{4}_"
_LOOKS_ESCAPED_PYTHON = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_MARKS_OF_CARE = ("&", "<", ">", "_x", "| ", " |")
"""In texts that are put together with ``|``: what is escaped, and blanks at an end."""
_EPOCH_1900 = date(1899, 12, 30)
_EPOCH_1904 = date(1904, 1, 1)
_FIRST_SAFE_SERIAL = 61
_DAY_PARTS = 10**11
_FIELD = re.compile(r"\{(\w+)(:?)\}")


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet that shows a field of ours, or, without a column, carries the user's own cells."""

    letter: str
    column: OutputColumn | None
    style: int = 0
    width: int = 0
    """in characters; 0 where nobody states it"""


@dataclass(frozen=True, slots=True)
class RowFormat:
    """Format of the cells of a sheet."""

    scales: Scales
    uses_1904: bool = False
    prefix: str = ""
    """``x:`` in a sheet whose elements carry a prefix"""


def decimals_of(kind: OutputKind, scales: Scales) -> int:
    """Return how many decimals the integers of a column stand for."""
    return {
        "amount": scales.currency_decimals,
        "quantity": scales.quantity_scale,
        "unit_cost": UNIT_COST_DECIMALS,
    }.get(kind, 0)


def number_format(column: OutputColumn, scales: Scales) -> str:
    """Return the format code of a column; negative numbers stay readable in black and white."""
    match column.kind:
        case "date":
            return "yyyy\\-mm\\-dd_-"
        case "moment":
            return "yyyy\\-mm\\-dd\\ hh:mm:ss_-"
        case "count":
            return "#,##0"
        case "text":
            return "" if column.field in OWN_WORDS or column.field == "note" else "@"
        case "link":
            return ""
    decimals = decimals_of(column.kind, scales)
    shape = "#,##0" + ("." + "0" * decimals if decimals else "")
    # A voucher line has one side; the zero of the other is there, but not shown.
    zero = ";" if column.field in ("debit", "credit") else ""
    return f"{shape};[Red]\\-{shape}{zero}"


def escape_text(text: str) -> str:
    """Return text as element content, with what XML cannot hold written as ``_xHHHH_``."""
    text = _LOOKS_ESCAPED_PYTHON.sub("_x005F_", text)
    text = _CONTROL_PYTHON.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def text_cell(letter: str, row: int, text: str, style: int, prefix: str = "") -> str:
    """Return one cell that holds text."""
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    look = f' s="{style}"' if style else ""
    ns = prefix
    inline = f"<{ns}is><{ns}t{space}>{escape_text(text)}</{ns}t></{ns}is>"
    return f'<{ns}c r="{letter}{row}"{look} t="inlineStr">{inline}</{ns}c>'


def number_cell(letter: str, row: int, number: str, style: int, prefix: str = "", formula: str = "") -> str:
    """Return one cell that holds a number, or a formula with its value."""
    look = f' s="{style}"' if style else ""
    ns = prefix
    before = f"<{ns}f>{escape_text(formula)}</{ns}f>" if formula else ""
    value = f"<{ns}v>{number}</{ns}v>" if number else ""
    return f'<{ns}c r="{letter}{row}"{look}>{before}{value}</{ns}c>'


def serial_of(day: date, uses_1904: bool) -> int:
    """Return the number that stands for a day; before March 1900 Excel counts a day that does not exist."""
    if uses_1904:
        return (day - _EPOCH_1904).days
    serial = (day - _EPOCH_1900).days
    return serial if serial >= _FIRST_SAFE_SERIAL else serial - 1


def plain_text(value: object, column: OutputColumn, scales: Scales) -> str:
    """Return a value of a result table as the text of its cell."""
    if value is None:
        return ""
    if isinstance(value, int):
        return format_decimal(value, decimals_of(column.kind, scales))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def row_formula(column: OutputColumn, letters: Mapping[str, str], row: int | str, whole: tuple[int, int]) -> str:
    """Return what a cell of a row computes from others, free of the noise of binary sums; '' where it cannot."""
    fields = _FIELD.findall(column.formula)
    if not fields or any(field not in letters for field, _ in fields):
        return ""

    def place(found: re.Match[str]) -> str:
        letter = letters[found[1]]
        return f"${letter}${whole[0]}:${letter}${whole[1]}" if found[2] else f"{letter}{row}"

    return f"ROUND({_FIELD.sub(place, column.formula)},6)"


def rows_xml(
    frame: pl.DataFrame,
    columns: list[SheetColumn],
    first_row: int,
    row_format: RowFormat,
    extra: pl.DataFrame | None = None,
) -> Iterator[bytes]:
    """Yield the rows of a table as XML, some thousands at a time.

    ``extra`` has as many rows: a column named like a letter holds whole cells of the user, "row" the attributes of the
    row element; null where there is nothing.
    """
    least = min(COMPILED_FROM, LOADED_FROM) if is_loaded() else COMPILED_FROM
    is_large = frame.height >= least and is_available()
    for start in range(0, frame.height, BLOCK):
        block = frame.slice(start, BLOCK)
        if extra is not None:
            kept = extra.slice(start, BLOCK)
            block = block.with_columns(kept.rename({name: f"user:{name}" for name in kept.columns}))
        whole = (first_row, first_row + frame.height - 1)
        written = _by_machine_code(block, columns, row_format, whole, first_row + start) if is_large else None
        if written is not None:
            yield from written
            continue
        numbered = block.with_columns(
            pl.int_range(first_row + start, first_row + start + block.height).cast(pl.String).alias("row:number")
        )
        rows = numbered.select(_row_expression(numbered, columns, row_format, whole)).to_series()
        yield str(rows.str.join("").item()).encode()


def _by_machine_code(
    block: pl.DataFrame, columns: list[SheetColumn], row_format: RowFormat, whole: tuple[int, int], first_row: int
) -> Iterator[bytes] | None:
    """Return the same bytes in a tenth of the time; None where some value needs more than figures and texts."""
    from invclose_xl.compiled.rows import render
    from invclose_xl.workbook.results.rows_prepared import columns_to_render

    prepared = columns_to_render(block, columns, row_format, whole)
    return None if prepared is None else render(prepared, first_row, block.height)


def _row_expression(
    block: pl.DataFrame, columns: list[SheetColumn], row_format: RowFormat, whole: tuple[int, int]
) -> pl.Expr:
    ns = row_format.prefix
    attributes = _attributes(block, columns)
    parts = [pl.lit(f'<{ns}row r="'), pl.col("row:number"), pl.lit('"'), attributes, pl.lit(">")]
    letters = {place.column.field: place.letter for place in columns if place.column is not None}
    for place in columns:
        if place.column is None:
            if f"user:{place.letter}" in block.columns:
                parts.append(pl.col(f"user:{place.letter}").fill_null(""))
        elif place.column.field in block.columns:
            formula = row_formula(place.column, letters, ROW_MARK, whole)
            parts.append(_cell_expression(block.get_column(place.column.field), place, row_format, formula))
    return pl.concat_str([*parts, pl.lit(f"</{ns}row>")])


def _attributes(block: pl.DataFrame, columns: list[SheetColumn]) -> pl.Expr:
    """Return the attributes of the row elements: the user's own, and a height where texts take several lines."""
    own = pl.col("user:row").fill_null("") if "user:row" in block.columns else pl.lit("")
    wrapped = [(c.column.field, c.width) for c in columns if c.column is not None and c.column.field in OWN_WORDS]
    height = height_attribute(wrapped, block)
    if height is None:
        return own
    return pl.when(own.str.contains(" ht=", literal=True)).then(own).otherwise(pl.concat_str([own, height]))


def _cell_expression(values: pl.Series, place: SheetColumn, row_format: RowFormat, formula: str = "") -> pl.Expr:
    """Return the expression for the cells of one column; a blank value has no cell.

    A formula has ``ROW_MARK`` where the number of the row stands.
    """
    column = place.column
    assert column is not None
    ns, name = row_format.prefix, pl.col(values.name)
    look = f' s="{place.style}"' if place.style else ""
    open_cell = [pl.lit(f'<{ns}c r="{place.letter}'), pl.col("row:number")]
    if column.kind in ("text", "link"):
        return _text_expression(values, column, open_cell, look, ns)
    if column.kind in ("date", "moment"):
        serial = serial_text(name, column.kind, row_format.uses_1904)
        as_text = name.dt.to_string("iso") if column.kind == "moment" else name.dt.strftime("%Y-%m-%d")
        number = pl.concat_str([*open_cell, pl.lit(f'"{look}><{ns}v>'), serial, pl.lit(f"</{ns}v></{ns}c>")])
        before = pl.concat_str(
            [
                *open_cell,
                pl.lit(f'"{look} t="inlineStr"><{ns}is><{ns}t>'),
                as_text,
                pl.lit(f"</{ns}t></{ns}is></{ns}c>"),
            ]
        )
        return pl.when(serial.str.starts_with("-")).then(before).otherwise(number).fill_null("")
    number = _decimal(name, decimals_of(column.kind, row_format.scales))
    computed: list[pl.Expr] = [pl.lit(f'"{look}>')]
    if formula:
        first, *rest = formula.split(ROW_MARK)
        computed += [pl.lit(f"<{ns}f>{escape_text(first)}")]
        for text in rest:
            computed += [pl.col("row:number"), pl.lit(escape_text(text))]
        computed += [pl.lit(f"</{ns}f>")]
    return pl.concat_str([*open_cell, *computed, pl.lit(f"<{ns}v>"), number, pl.lit(f"</{ns}v></{ns}c>")]).fill_null("")


def _text_expression(values: pl.Series, column: OutputColumn, open_cell: list[pl.Expr], look: str, ns: str) -> pl.Expr:
    before, after = f'"{look} t="inlineStr"><{ns}is><{ns}t', f"</{ns}t></{ns}is></{ns}c>"
    if _is_plain(values):
        cell = pl.concat_str([*open_cell, pl.lit(f"{before}>"), pl.col(values.name), pl.lit(after)])
    else:
        kept = pl.when(outer_blanks(values.name)).then(pl.lit(' xml:space="preserve"')).otherwise(pl.lit(""))
        cell = pl.concat_str(
            [*open_cell, pl.lit(before), kept, pl.lit(">"), written_text(values, column), pl.lit(after)]
        )
    return pl.when(pl.col(values.name) == "").then(pl.lit("")).otherwise(cell).fill_null("")


def _is_plain(values: pl.Series) -> bool:
    """Say whether no text needs an escape, a word about its blanks, or cutting; looked at all at once."""
    texts = values.to_list() if len(values) <= FEW else [values.str.join("|").item()]
    together = f"|{'|'.join(filter(None, texts))}|"
    if not (together.isascii() and together.isprintable()):
        return False
    if any(mark in together for mark in _MARKS_OF_CARE):
        return False
    return len(together) <= LONGEST_TEXT // 2 or not (values.str.len_bytes() > LONGEST_TEXT // 2).any()


def outer_blanks(name: str) -> pl.Expr:
    """Return which texts a reader of XML could trim."""
    return pl.col(name).str.contains(_OUTER_BLANKS)


def written_text(values: pl.Series, column: OutputColumn) -> pl.Expr:
    """Return the expression for the texts of a column as they are in the file."""
    text = pl.col(values.name)
    if column.field in OWN_WORDS and bool((values.str.len_chars() > LONGEST_TEXT // 2).any()):
        text = text.map_elements(_shorten, return_dtype=pl.String)
    if bool(values.str.contains(_CONTROL).any()) or bool(values.str.contains(_LOOKS_ESCAPED).any()):
        return text.map_elements(escape_text, return_dtype=pl.String)
    for plain, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        if bool(values.str.contains(plain, literal=True).any()):
            text = text.str.replace_all(plain, written, literal=True)
    return text


def _shorten(text: str) -> str:
    """Cut one of our sentences to what a cell holds; Excel counts in UTF-16."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


def _decimal(units: pl.Expr, decimals: int) -> pl.Expr:
    """Write integers of 10**-decimals as ``money.text_of`` does, for a whole column."""
    if decimals == 0:
        return units.cast(pl.String)
    power = 10**decimals
    sign = pl.when(units < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    whole = (units.abs() // power).cast(pl.String)
    rest = (units.abs() % power).cast(pl.String).str.pad_start(decimals, "0")
    return pl.concat_str([sign, whole, pl.lit("."), rest])


def serial_number(days: pl.Expr, uses_1904: bool) -> pl.Expr:
    """Return the numbers that stand for days, as ``serial_of`` does."""
    epoch = _EPOCH_1904 if uses_1904 else _EPOCH_1900
    since = days.cast(pl.Date).cast(pl.Int32).cast(pl.Int64) - to_day_number(epoch)
    return since if uses_1904 else pl.when(since < _FIRST_SAFE_SERIAL).then(since - 1).otherwise(since)


def serial_text(moments: pl.Expr, kind: OutputKind, uses_1904: bool) -> pl.Expr:
    """Return days since the workbook's epoch, with the time of day as an exact decimal fraction; no float."""
    days = serial_number(moments, uses_1904).cast(pl.String)
    if kind == "date":
        return days
    seconds = moments.cast(pl.Datetime("ms")).cast(pl.Int64) // 1000
    fraction = ((seconds % 86_400) * _DAY_PARTS + 43_200) // 86_400
    return pl.concat_str([days, pl.lit("."), fraction.cast(pl.String).str.pad_start(11, "0")])
