"""How high rows are whose texts take several lines: programs that trust the file for it never look.

A height is written without a sign that somebody chose it, so Excel and LibreOffice fit the row again when they edit it;
a height that a person chose stays.

In      the widths of a sheet's columns in characters; texts.
Out     heights in points, as attributes of row elements.
Units   a character is a digit of the standard font, which no sentence fills: its letters are narrower on average.
Source  ECMA-376 part 1, 18.3.1.13 (width), 18.3.1.73 (ht, customHeight); WORKBOOK "Written".
"""

from collections.abc import Iterable, Mapping
from textwrap import wrap

import polars as pl

from invclose_xl.workbook.package.cell_reference import whole_number
from invclose_xl.workbook.package.xml import Element

LINE = 15
"""height of a line in points"""
MOST_LINES = 27
"""a row is at most 409 points high"""
WORD = 3
"""a line is broken between words, so a part of it stays free"""
PADDING = 3
"""of a heading: its indent and the margins of the cell"""
STANDARD_WIDTH = 8


def widths_of(columns: Element | None) -> dict[int, int]:
    """Return the widths that a sheet states, by column number."""
    widths: dict[int, int] = {}
    for element in columns.all("col") if columns is not None else ():
        first, last = whole_number(element.attributes.get("min")), whole_number(element.attributes.get("max"))
        text = element.attributes.get("width", "")
        if text.replace(".", "", 1).isdigit() and 0 < first <= last <= first + 1000:
            widths |= dict.fromkeys(range(first, last + 1), int(float(text)))
    return widths


def heading_height(headings: Mapping[int, str], widths: Mapping[int, int]) -> int:
    """Return the height of a row of headings, which are broken between words; 0 where one line is enough."""
    lines = max(
        (len(wrap(text, max(widths.get(n, STANDARD_WIDTH) - PADDING, 1))) for n, text in headings.items()), default=1
    )
    return min(lines, MOST_LINES) * LINE if lines > 1 else 0


def height_attribute(wrapped: Iterable[tuple[str, int]], block: pl.DataFrame) -> pl.Expr | None:
    """Return the attribute ``ht`` of every row of a block, '' where one line is enough; None where no row needs it.

    ``wrapped``: columns whose cells break their text, with their widths.
    """
    counts = []
    for name, width in wrapped:
        if width and name in block.columns and bool((block.get_column(name).str.len_chars() > width).any()):
            size, line = pl.col(name).str.len_chars().fill_null(0).cast(pl.Int64), max(width - WORD, 1)
            counts.append(pl.when(size > width).then((size + line - 1) // line).otherwise(1))
    if not counts:
        return None
    lines = pl.max_horizontal(*counts, pl.lit(1)).clip(upper_bound=MOST_LINES)
    height = pl.concat_str(pl.lit(' ht="'), (lines * LINE).cast(pl.String), pl.lit('"'))
    return pl.when(lines > 1).then(height).otherwise(pl.lit(""))
