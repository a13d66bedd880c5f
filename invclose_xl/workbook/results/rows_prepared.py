"""The columns of a result sheet as machine code renders them: whole numbers, texts, and the XML around them.

In      some thousand rows of a result table, and for each sheet column what it shows.
Out     columns for ``compiled.rows``; None where a value needs more than that (a day before the calendar of Excel).
Errors  none.
Source  WORKBOOK "Written"; ECMA-376 part 1, 18.3.1.4 (c).
"""

import re

import numpy as np
import polars as pl

from invclose_xl.compiled import ROW_MARK
from invclose_xl.compiled.rows import Rendered, Texts
from invclose_xl.workbook.cells.cells import LONGEST_TEXT
from invclose_xl.workbook.layout import OutputColumn
from invclose_xl.workbook.results.plain_texts import are_plain
from invclose_xl.workbook.results.rows_xml import (
    OWN_WORDS,
    RowFormat,
    SheetColumn,
    decimals_of,
    escape_text,
    outer_blanks,
    row_formula,
    serial_number,
    serial_text,
    written_text,
)

_CAREFUL = re.compile("^ | $|[&<>]|_x")
"""Parts of a text that the file does not, or may not, hold as they are."""


def columns_to_render(
    block: pl.DataFrame, columns: list[SheetColumn], row_format: RowFormat, whole: tuple[int, int]
) -> list[Rendered] | None:
    """Return everything of a row from its start tag to its end tag."""
    ns = row_format.prefix
    attributes = Texts.of(block.get_column("user:row")) if "user:row" in block.columns else None
    rendered = [Rendered(f'<{ns}row r="{ROW_MARK}"', ">", texts=attributes)]
    letters = {place.column.field: place.letter for place in columns if place.column is not None}
    for place in columns:
        if place.column is None:
            if f"user:{place.letter}" in block.columns:
                rendered.append(Rendered("", texts=Texts.of(block.get_column(f"user:{place.letter}"))))
        elif place.column.field in block.columns:
            formula = row_formula(place.column, letters, ROW_MARK, whole)
            column = _column(block.get_column(place.column.field), place, row_format, formula)
            if column is None:
                return None
            rendered.append(column)
    return [*rendered, Rendered(f"</{ns}row>")]


def _column(values: pl.Series, place: SheetColumn, row_format: RowFormat, formula: str) -> Rendered | None:
    column, ns = place.column, row_format.prefix
    assert column is not None
    look = f' s="{place.style}"' if place.style else ""
    cell = f'<{ns}c r="{place.letter}{ROW_MARK}"{look}'
    if column.kind in ("text", "link"):
        around = f'{cell} t="inlineStr"><{ns}is><{ns}t', f"</{ns}t></{ns}is></{ns}c>"
        return _same_text(values, column, *around) if _is_same(values) else _texts(values, column, *around)
    after, present = f"</{ns}v></{ns}c>", values.is_not_null().to_numpy() if values.null_count() else None
    if column.kind == "moment":
        serial = serial_text(pl.col(values.name), column.kind, row_format.uses_1904)
        numbers = values.to_frame().select(serial).to_series()
        if numbers.str.starts_with("-").any():
            return None
        return Rendered(f"{cell}><{ns}v>", after, present, texts=Texts.of(numbers))
    if column.kind == "date":
        days = serial_number(pl.col(values.name), row_format.uses_1904)
        serials = values.to_frame().select(days.fill_null(0)).to_series().to_numpy()
        return None if (serials < 0).any() else Rendered(f"{cell}><{ns}v>", after, present, units=serials)
    parts = ROW_MARK.join(escape_text(part) for part in formula.split(ROW_MARK))
    computed = f"<{ns}f>{parts}</{ns}f>" if formula else ""
    if values.dtype == pl.String:  # exact numbers of an import, as a cell states them
        texts = Texts.of(values)
        return Rendered(f"{cell}>{computed}<{ns}v>", after, texts.lengths > 0, texts=texts)
    units = values.cast(pl.Int64).fill_null(0).to_numpy().astype(np.int64, copy=False)
    return Rendered(
        f"{cell}>{computed}<{ns}v>", after, present, units=units, decimals=decimals_of(column.kind, row_format.scales)
    )


def _is_same(values: pl.Series) -> bool:
    """Say whether all rows have one text, as the number of a closing and its status."""
    first = values[0]
    return first is not None and values[-1] == first and not values.null_count() and bool((values == first).all())


def _same_text(values: pl.Series, column: OutputColumn, inline: str, after: str) -> Rendered:
    text = values[0]
    if text.isascii() and text.isprintable() and len(text) <= LONGEST_TEXT // 2 and not _CAREFUL.search(text):
        return Rendered(f"{inline}>{text}{after}" if text else "")
    one = _texts(values.head(1), column, inline, after)
    assert one.texts is not None
    if not one.texts.data:
        return Rendered("")
    is_preserved = one.preserved is not None and bool(one.preserved[0])
    return Rendered((one.before_preserved if is_preserved else one.before) + one.texts.data.decode() + after)


def _texts(values: pl.Series, column: OutputColumn, inline: str, after: str) -> Rendered:
    texts = Texts.of(values)
    present = texts.lengths > 0
    is_short = column.field not in OWN_WORDS or int(texts.lengths.max(initial=0)) <= LONGEST_TEXT // 2
    if is_short and are_plain(texts):
        return Rendered(f"{inline}>", after, present, texts=texts)
    written = values.to_frame().select(
        text=written_text(values, column), kept=outer_blanks(values.name).fill_null(False)
    )
    return Rendered(
        f"{inline}>", after, present, texts=Texts.of(written["text"]),
        before_preserved=f'{inline} xml:space="preserve">', preserved=written["kept"].to_numpy(),
    )  # fmt: skip
