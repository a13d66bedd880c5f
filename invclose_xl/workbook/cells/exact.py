"""Read a sheet part cell by cell with a real XML parser: any encoding, prefix, comment or order of attributes.

In      the bytes of a sheet part, in pieces.
Out     batches of cells and the merged areas.
Errors  BadXml for what is not well-formed, declares entities, or names cells that cannot be.
Cost    about five microseconds per cell.
Source  ECMA-376 part 1, 18.3.1 (worksheets); XML 1.0.
"""

from collections.abc import Callable

import numpy as np
import polars as pl

from invclose_xl.workbook.cells.cells import (
    BLANK,
    BOOLEAN,
    ERROR,
    ISO_DATE,
    LONGEST_FORMULA,
    NO_VALUE,
    SHARED,
    TEXT,
    UNPARSED,
    Batch,
)
from invclose_xl.workbook.cells.texts import PARSER_FAULTS, plain_parser, unescape_all
from invclose_xl.workbook.package.cell_reference import MOST_ROWS, Range, cell_column, row_number
from invclose_xl.workbook.package.xml import SEPARATOR, BadXml

FLUSH_CELLS = 100_000

Meaning = tuple[int, float, str | None]
Found = tuple[int, int, int, int, float, str | None]
Opened = Callable[[str, dict[str, str]], None]
Closed = Callable[[str], None]


class ExactReader:
    """Feed it a sheet part; take the batches."""

    def __init__(self, row: int = 0) -> None:
        self.batches: list[Batch] = []
        self.merges: list[Range] = []
        self.row = row
        self.in_cells = False
        self._column = 0
        self._row_digits = str(row)
        self._columns: dict[str, int] = {}
        self._styles: dict[str, int] = {}
        self._found: list[Found] = []
        self._skipping = 0
        self._parser = plain_parser()
        self._parser.StartElementHandler = self._root

    def feed(self, data: bytes, last: bool = False) -> None:
        """Read a piece of the part."""
        try:
            self._parser.Parse(data, last)
        except PARSER_FAULTS as fault:
            raise BadXml(str(fault)) from fault

    def finish(self) -> list[Batch]:
        """Return everything that was read."""
        self._flush()
        return self.batches

    def _root(self, name: str, _attributes: dict[str, str]) -> None:
        """Learn the namespace of the sheet, then watch for its elements."""
        space = name.rpartition(SEPARATOR)[0]
        prefix = f"{space}{SEPARATOR}" if space else ""
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._cell_handlers(prefix)

    def _cell_handlers(self, prefix: str) -> tuple[Opened, Closed]:
        """Make the handlers of the few elements that hold cells; closures, because every cell passes here."""
        tag_c, tag_is = f"{prefix}c", f"{prefix}is"
        words = dict.fromkeys((f"{prefix}v", f"{prefix}f", f"{prefix}t"))
        value, formula, inline = (f"{prefix}{letter}" for letter in "vft")
        others = {f"{prefix}{name}": name for name in ("row", "sheetData", "rPh", "mergeCell")}
        parts: list[str] = []
        cell: dict[str, str] = {}
        held: dict[str, str] = {}
        parser, take = self._parser, self._take

        def opened(name: str, attributes: dict[str, str]) -> None:
            nonlocal cell
            if name == tag_c:
                cell = attributes
            elif name in words:
                if self.in_cells and not self._skipping:
                    parser.CharacterDataHandler = parts.append
            elif name == tag_is:
                held[inline] = ""
            elif name in others:
                self._open_other(others[name], attributes)

        def closed(name: str) -> None:
            if name in words:
                if parser.CharacterDataHandler is not None:
                    parser.CharacterDataHandler = None
                    text = "".join(parts)
                    held[name] = held[name] + text if name == inline and inline in held else text
                    parts.clear()
            elif name == tag_c:
                if self.in_cells:
                    take(cell, held.get(value), held.get(formula), held.get(inline))
                held.clear()
            elif name in others:
                self._close_other(others[name])

        return opened, closed

    def _open_other(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self.row = row_number(attributes.get("r"), self.row)
            self._row_digits = str(self.row)
            self._column = 0
            if len(self._found) >= FLUSH_CELLS:
                self._flush()
        elif name == "sheetData":
            self.in_cells = True
        elif name == "rPh":
            self._skipping += 1
        elif (area := Range.parse(attributes.get("ref", ""))) is not None:
            self.merges.append(area)

    def _close_other(self, name: str) -> None:
        if name == "sheetData":
            self.in_cells = False
        elif name == "rPh":
            self._skipping -= 1

    def _take(self, cell: dict[str, str], value: str | None, formula: str | None, inline: str | None) -> None:
        """Keep a cell that holds something."""
        ref = cell.get("r")
        if ref is None:
            self._column += 1
        else:
            self._column = self._column_of(ref)
        if value is None and formula is None and inline is None:
            return
        kind, number, text = _meaning(cell.get("t", "n"), value, formula, inline)
        if kind != BLANK:
            self._found.append((self.row, self._column, kind, self._style_of(cell.get("s", "0")), number, text))

    def _column_of(self, ref: str) -> int:
        """Return the column of a cell of the present row."""
        word = ref[: len(ref) - len(self._row_digits)]
        number = self._columns.get(word)
        if number is None or not ref.endswith(self._row_digits):
            number = self._columns[word] = cell_column(ref, self.row)
        return number

    def _style_of(self, text: str) -> int:
        style = self._styles.get(text)
        if style is None:
            style = self._styles[text] = _whole(text, "style")
        return style

    def _flush(self) -> None:
        if not self._found:
            return
        rows, columns, kinds, styles, numbers, texts = zip(*self._found, strict=True)
        self._found = []
        column = pl.Series(texts, dtype=pl.String)
        stated = column.is_not_null().to_numpy()
        self.batches.append(
            Batch(
                np.array(rows, dtype=np.int32),
                np.array(columns, dtype=np.int32),
                np.array(kinds, dtype=np.uint8),
                np.array(styles, dtype=np.int32),
                np.array(numbers, dtype=np.float64),
                np.where(stated, np.cumsum(stated) - 1, -1).astype(np.int32),
                unescape_all(column.drop_nulls()),
            )
        )


def _meaning(stated: str, value: str | None, formula: str | None, inline: str | None) -> Meaning:
    """Return kind, number and text of a cell from its type and its parts."""
    if stated == "inlineStr":
        text = inline if inline is not None else value
        return (BLANK, 0.0, None) if text is None else (TEXT, 0.0, text)
    if value is None or (value == "" and stated != "str"):
        return (BLANK, 0.0, None) if formula is None else (NO_VALUE, 0.0, f"={formula}")
    if stated == "n":
        return UNPARSED, 0.0, value
    if stated == "s":
        return (SHARED, float(value), None) if value.isascii() and value.isdigit() else (ERROR, 0.0, value)
    if stated == "str":
        return TEXT, 0.0, value
    if stated == "b":
        known = {"1": 1.0, "0": 0.0, "true": 1.0, "false": 0.0}.get(value.strip())
        return (ERROR, 0.0, value) if known is None else (BOOLEAN, known, None)
    if stated == "d":
        return ISO_DATE, 0.0, value
    if formula and len(formula) <= LONGEST_FORMULA:
        value = f"{value} from ={formula}"
    return ERROR, 0.0, value


def _whole(text: str, what: str) -> int:
    """Read a number of the file's own bookkeeping."""
    if not (text.isascii() and text.isdigit()) or len(text) > 7 or int(text) > MOST_ROWS:
        raise BadXml(f"it has a {what} {text!r}")
    return int(text)
