"""The cells of a table as what the mapping says they are: exact numbers, dates, translated values.

In      a matched table.
Out     TypedExport: the columns of the mapping, all of them, with the number of the row; cells that cannot be read,
        which are named only if their row is kept.
Errors  IC406 number, IC407 date, IC408 unknown value, IC412 two meanings, IC414 too many digits, IC415 blank,
        IC442 an ID that lost its digits, or became a date; IC443 one that looks like a date (warning).
Cost    Polars, by the column; single texts only where they are odd.
Source  RULES R0 (15 significant digits, empty dates); EXPORTS.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from invclose_xl.domain.problems.problem import CellRef, Severity
from invclose_xl.importing.faults import MOST_NAMED, Faults, and_more, cell_of
from invclose_xl.importing.mapping.load import ROW
from invclose_xl.importing.mapping.model import Mapping, SourceColumn
from invclose_xl.importing.mapping.recognise import MatchedTable
from invclose_xl.importing.sources.table import ExportTable, name_key
from invclose_xl.importing.transform.no_data import find_no_data
from invclose_xl.importing.transform.writings import (
    Unreadable,
    plain_numbers,
    plain_records,
    which_are_dates,
    why_no_dates,
    why_no_ids,
    why_no_numbers,
    without_nothing,
)

NUMBER = pl.Decimal(38, 16)
"""Every quantity and amount; exact, sums included"""
DIGITS = 15
EMPTY_DATES = ("1900-01-01", "1753-01-01", "0001-01-01")
FIRST_YEAR = 1000
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_COMMA = r"^[+-]?\d{1,3}(?:\.\d{3})+,\d+$|^[+-]?\d*,(?:\d{1,2}|\d{4,}|\d{3}\d+)$|^[+-]?0,\d+$"
_POINT = r"^[+-]?\d{1,3}(?:,\d{3})+\.\d+$|^[+-]?\d*\.(?:\d{1,2}|\d{4,})$|^[+-]?0?\.\d+$|[eE]"
_EITHER = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"
_LONG = r"^[+-]?[\d.]*$"
YES = ("1", "true", "yes", "t", "y", "x", "j", "wahr", "ja", "vrai", "oui", "verdadero", "sí", "si")
NO = ("0", "false", "no", "f", "n", "falsch", "nein", "faux", "non", "falso")
TYPES: dict[str, pl.DataType] = {"number": NUMBER, "date": pl.Date()}


def plain(number: Decimal | None) -> str:
    """Return a number as people write it, without the zeros of its type."""
    if number is None:
        return ""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(slots=True)
class Bad:
    """Cells of one column that cannot be read."""

    column: str
    code: str
    rows: pl.Series
    """Boolean"""
    texts: pl.Series
    problem: str
    fix: str
    severity: Severity = Severity.ERROR
    """a warning: it was read as it stands"""


@dataclass(slots=True)
class TypedExport:
    """A table as the mapping sees it."""

    name: str
    frame: pl.DataFrame
    table: ExportTable | None = None
    headings: dict[str, str] = field(default_factory=dict)
    bad: list[Bad] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """how numbers and dates were read, where that had to be found out"""
    assumed: list[str] = field(default_factory=list)
    no_data: list[tuple[str, pl.Series]] = field(default_factory=list)
    """rows that a tool wrote around those of the table, by what they are"""

    @property
    def data(self) -> pl.DataFrame:
        """The rows without those that a tool wrote around them."""
        frame = self.frame
        return frame.filter(~pl.any_horizontal([rows for _, rows in self.no_data])) if self.no_data else frame

    def unreadable(self, columns: Collection[str]) -> pl.Series:
        """Return the rows in which one of some columns cannot be read, so that nothing follows from them."""
        rows = pl.Series([False]).new_from_index(0, self.frame.height)
        for bad in self.bad:
            if bad.column in columns and bad.severity is Severity.ERROR:
                rows |= bad.rows
        return rows

    def name_bad(self, kept: pl.Series, faults: Faults) -> None:
        """Name the cells that cannot be read, of the rows that are kept."""
        for bad in self.bad:
            rows = (bad.rows & kept).arg_true()
            for row in rows.head(MOST_NAMED).to_list():
                where = self.cell(int(self.frame[ROW][row]), bad.column)
                faults.add(bad.code, where, bad.texts[row] or "", bad.problem + and_more(len(rows)), bad.fix,
                           bad.severity)  # fmt: skip

    def cell(self, row: int, column: str) -> CellRef:
        """Return the place of a cell."""
        assert self.table is not None
        heading = self.headings.get(column, column)
        position = self.table.columns.index(heading) if heading in self.table.columns else 0
        return cell_of(*self.table.place(row), position, heading)


def typed_table(mapping: Mapping, name: str, matched: MatchedTable | None, faults: Faults) -> TypedExport:
    """Read one table of a mapping; an optional one that is not there has no rows."""
    source = mapping.sources[name]
    if matched is None:
        schema = {column: TYPES.get(spec.kind, pl.String()) for column, spec in source.columns.items()}
        typed = TypedExport(name, pl.DataFrame(schema={**schema, ROW: pl.Int64()}))
        if source.without:
            typed.assumed.append(source.without)
        return typed
    headings = dict(matched.headings)
    text = matched.table.read(list(dict.fromkeys(headings.values())))
    typed = TypedExport(name, pl.DataFrame(), matched.table, headings)
    typed.no_data = find_no_data(matched.table, text)
    reader = _ColumnReader(mapping, typed, faults, text)
    columns = [reader.column(column, spec) for column, spec in source.columns.items()]
    first = matched.table.first_row
    row = pl.int_range(first, first + text.height, eager=True).alias(ROW)
    typed.frame = pl.DataFrame([*columns, row])
    return typed


class _ColumnReader:
    """Reads the columns of one table; what is found out about its numbers holds for all of them."""

    def __init__(self, mapping: Mapping, typed: TypedExport, faults: Faults, text: pl.DataFrame) -> None:
        self._mapping, self._typed, self._faults = mapping, typed, faults
        trimmed = [column.str.strip_chars() for column in text.get_columns()]
        self._text = pl.DataFrame([without_nothing(column) for column in trimmed])
        if any(a.null_count() > b.null_count() + (b == "").sum() for a, b in zip(self._text, trimmed, strict=True)):
            typed.notes.append("NULL read as blank")
        kinds = {
            typed.headings[c]: s.kind for c, s in mapping.sources[typed.name].columns.items() if c in typed.headings
        }
        numbers = [heading for heading, kind in kinds.items() if kind == "number"]
        for heading, kind in kinds.items():
            if kind in ("number", "record"):
                write = plain_numbers if kind == "number" else plain_records
                column, notes = write(self._text.get_column(heading))
                self._text = self._text.with_columns(column.alias(heading))
                typed.notes += [note for note in notes if note not in typed.notes]
        self._decimal_separator = mapping.decimal_separator or self._look_for_separator(numbers)

    def column(self, name: str, spec: SourceColumn) -> pl.Series:
        """Return one column."""
        kind = TYPES.get(spec.kind, pl.String())
        if name not in self._typed.headings:
            if spec.assumed:
                self._typed.assumed.append(f"{self._typed.name} has no column {name}: {spec.assumed}")
            filler = pl.Series(name, [spec.default], dtype=pl.String).cast(kind)
            return filler.new_from_index(0, self._text.height).alias(name)
        text = self._text.get_column(self._typed.headings[name]).alias(name)
        if spec.blank:
            text = text.set(text.is_in(list(spec.blank)).fill_null(value=False), None)
        if spec.filled:
            self._bad(name, "IC415", text.is_null(), text, "The cell is blank, but every row needs it.",
                      "Export the table again, or fill it in.")  # fmt: skip
        read: Callable[[str, SourceColumn, pl.Series], pl.Series] = {
            "number": self._number, "date": self._date, "yes_no": self._yes_no,
        }.get(spec.kind, self._words)  # fmt: skip
        return read(name, spec, text)

    def _parted(self, name: str, code: str, text: pl.Series, parts: Iterable[Unreadable]) -> None:
        for part in parts:
            self._bad(name, code, part.rows, text, part.problem, part.fix)

    def _bad(
        self, name: str, code: str, rows: pl.Series, text: pl.Series, problem: str, fix: str,
        severity: Severity = Severity.ERROR,
    ) -> None:  # fmt: skip
        if rows.any():
            self._typed.bad.append(Bad(name, code, rows, text, problem, fix, severity))

    # ---- words

    def _words(self, name: str, spec: SourceColumn, text: pl.Series) -> pl.Series:
        if spec.kind in ("id", "record"):
            self._parted(name, "IC442", text, why_no_ids(text))
        if not spec.values:
            if spec.kind in ("id", "record"):
                self._name_dates(name, spec, text)
            return text
        known = {name_key(word): meaning for word, meaning in self._mapping.values[spec.values].items()}
        meanings = {word: known.get(name_key(word)) for word in text.drop_nulls().unique().to_list()}
        unknown = [word for word, meaning in meanings.items() if meaning is None]
        if unknown:
            self._bad(
                name, "IC408", text.is_in(unknown).fill_null(value=False), text,
                f"The value is none of {name}: known are {', '.join(self._mapping.values[spec.values])}.",
                f"Add it, with what it means, to values.{spec.values} in a copy of the mapping, and import with --map.",
            )  # fmt: skip
        return text.replace_strict(meanings, default=None, return_dtype=pl.String).alias(name)

    def _name_dates(self, name: str, spec: SourceColumn, text: pl.Series) -> None:
        """Refuse IDs that are date cells, or dates where the system counts; name those that only look like dates."""
        is_record = spec.kind == "record"
        table, dates = self._typed.table, which_are_dates(text, may_be_all=not is_record)
        surely = dates if is_record else dates & False
        if table is not None and table.not_texts is not None:
            surely |= table.not_texts([self._typed.headings[name]]).to_series().is_not_null()
        turned = "A spreadsheet program turns IDs such as 3-1 or MAR1 into dates by itself"
        again = "export the table again, and do not open it in Excel, or read the column there as text"
        self._bad(name, "IC442", surely, text, f"A date or a logical value, and not an ID. {turned}.",
                  f"{again[0].upper()}{again[1:]} (Data, From Text/CSV, type Text).")  # fmt: skip
        self._bad(name, "IC443", dates & ~surely, text,
                  f"The ID looks like a date, and was taken as it stands. {turned}.",
                  f"If it is another one in the system, {again}. No action is needed where it is called so.",
                  Severity.WARNING)  # fmt: skip

    def _yes_no(self, name: str, _spec: SourceColumn, text: pl.Series) -> pl.Series:
        known = dict.fromkeys(YES, "Yes") | dict.fromkeys(NO, "No")
        lower = text.str.to_lowercase()
        odd = lower.is_not_null() & ~lower.is_in(list(known)).fill_null(value=False)
        self._bad(name, "IC408", odd, text, f"{name} is neither yes nor no.", "Enter 1 or 0.")
        return lower.replace_strict(known, default=None, return_dtype=pl.String).alias(name)

    # ---- numbers

    def _look_for_separator(self, headings: list[str]) -> str:
        """Return the decimal separator that the numbers of the file show."""
        point = comma = either = False
        for heading in headings:
            text = self._text.get_column(heading)
            if text.str.contains(",", literal=True).any():
                comma = comma or bool(text.str.contains(_COMMA).any())
            point = point or bool(text.str.contains(_POINT).any())
            either = either or bool(text.str.contains(_EITHER).any())
        if comma and point:
            text_of = ", ".join(headings)
            self._two_meanings("decimal_separator", f"In some numbers the point stands before the decimals, in others"
                               f" the comma ({text_of})")  # fmt: skip
        if either and not (comma or point):
            self._two_meanings("decimal_separator", "Numbers such as 1.234 or 1,234 can mean two things, and no other"
                               " number of the file tells")  # fmt: skip
        if comma:
            self._typed.notes.append("decimal comma")
        return "," if comma else "."

    def _two_meanings(self, key: str, problem: str) -> None:
        assert self._typed.table is not None
        self._faults.add(
            "IC412", self._typed.cell(1, ""), "", f"{problem}.",
            f'Set {key} in a copy of the mapping (--show-map), and import with --map.',
        )  # fmt: skip

    def _number(self, name: str, _spec: SourceColumn, text: pl.Series) -> pl.Series:
        plain = text
        if self._decimal_separator == ",":
            plain = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        elif text.str.contains(",", literal=True).any():
            grouped = text.str.contains(r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$").fill_null(value=False)
            plain = text.zip_with(~grouped, text.str.replace_all(",", "", literal=True))
        wrong = plain.is_not_null() & ~plain.str.contains(_NUMBER).fill_null(value=False)
        self._parted(name, "IC406", text, why_no_numbers(text, wrong))
        plain = self._within_digits(name, plain.set(wrong, None), text)
        return plain.cast(NUMBER, strict=False).alias(name)

    def _within_digits(self, name: str, plain: pl.Series, text: pl.Series) -> pl.Series:
        """Take numbers with more than 15 significant digits as a cell has them (R0), where that changes nothing."""
        digits = plain.str.replace(r"[eE].*$", "").str.replace_all(r"[+\-.]", "").str.strip_chars_start("0")
        has_point = plain.str.contains(".", literal=True)
        digits = digits.zip_with(~has_point.fill_null(value=False), digits.str.strip_chars_end("0"))
        odd = ((digits.str.len_chars() > DIGITS) | plain.str.contains(r"[eE]")).fill_null(value=False)
        if not odd.any():
            return plain
        rows = odd.arg_true().to_list()
        fixed, lost = [], []
        for row in rows:
            exact = Decimal(plain[row])
            shown = Decimal(format(exact, f".{DIGITS}g"))
            lost.append(abs(exact - shown) >= Decimal("0.0000005"))
            fixed.append(format(shown, "f"))
        self._bad(
            name, "IC414", pl.Series([False]).new_from_index(0, len(plain)).scatter(
                [r for r, is_lost in zip(rows, lost, strict=True) if is_lost], values=True), text,
            "The number has more digits than a cell of a workbook keeps (15).",
            "Export the rows in smaller sums, or in a larger unit.",
        )  # fmt: skip
        return plain.clone().scatter(rows, fixed)

    # ---- dates

    def _date(self, name: str, _spec: SourceColumn, text: pl.Series) -> pl.Series:
        text_of_day = text.str.extract(r"^([^ T]+)", 1)
        empty = text_of_day.is_in(["0", *EMPTY_DATES]).fill_null(value=False)
        iso = text_of_day.str.to_date("%Y-%m-%d", strict=False)
        rest = text_of_day.is_not_null() & iso.is_null() & ~empty
        if rest.any():
            order = self._order(name, text_of_day.filter(rest))
            other = text_of_day.str.replace_all(r"[./]", "-").str.to_date(order, strict=False)
            iso = iso.zip_with(~rest, other)
            empty = empty | iso.dt.to_string("%Y-%m-%d").is_in(list(EMPTY_DATES)).fill_null(value=False)
        iso = iso.set((iso.dt.year() < FIRST_YEAR).fill_null(value=False), None)  # 1/5/26 is no day of the year 1
        wrong = text_of_day.is_not_null() & iso.is_null() & ~empty
        self._parted(name, "IC407", text, why_no_dates(text, wrong))
        return iso.set(empty, None).alias(name)

    def _order(self, name: str, texts: pl.Series) -> str:
        """Return the format of dates that are not ISO: which part is the day is seen from all of them."""
        if texts.str.contains(r"^\d{8}$").all():
            return "%Y%m%d"
        texts = texts.filter(texts.str.contains(r"^\d{1,2}[./-]\d{1,2}[./-]\d{4}$"))
        if texts.is_empty():
            return "%Y-%m-%d"
        wanted = self._mapping.date_order
        parts = texts.str.extract_groups(r"^(\d{1,2})[./-](\d{1,2})[./-]\d{4}$").struct.unnest()
        first, second = (parts.to_series(i).cast(pl.Int32, strict=False).max() or 0 for i in (0, 1))
        day_first = wanted == "day first" or (not wanted and (int(str(first)) > 12 or "." in str(texts[0])))
        month_first = wanted == "month first" or (not wanted and int(str(second)) > 12)
        if day_first == month_first and not wanted:
            what = (
                f"The dates of {name}, such as {texts[0]}, can mean two things, and no other date of the column tells"
            )
            self._two_meanings("date_order", what)
        order = "month first" if month_first and not day_first else "day first"
        note = f"dates with the {order}"
        if note not in self._typed.notes:
            self._typed.notes.append(note)
        return "%m-%d-%Y" if order == "month first" else "%d-%m-%Y"
