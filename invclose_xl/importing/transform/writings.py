"""How tools write values in text: NULL for nothing, a minus behind a number, IDs as numbers, dates as days since 1900.

In      texts of one column, trimmed.
Out     the same in the plain writing, where only one thing can be meant; what was found, in words; texts that cannot be
        read, with what happened to them; IDs that look like dates.
Cost    columns that hold nothing odd are looked at once.
Source  EXPORTS; RULES R0; what SQL Server, Oracle, PostgreSQL, MySQL and Excel write into text files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

NOTHING = ("NULL", "(NULL)", "<NULL>", "[NULL]", r"\N")
"""in any case"""
_GROUPED_BY_BLANKS = r"^[+-]?\d{1,3}(?:[  \x{00A0}\x{2009}\x{202F}'’]\d{3})+(?:[.,]\d+)?-?$"
_BLANKS = r"[ \x{00A0}\x{2009}\x{202F}'’]"
_MINUS_BEHIND = r"^(\d[\d.,]*)\s*-$"
_IN_PARENTHESES = r"^\(\s*(\d[\d.,]*)\s*\)$"
_SIGN_APART = r"^([+-])\s+(\d)"
_PLAIN = r"^[\d.,+\-]*\d$"
_GROUPED = {
    ",": r"^\d{1,3}(?:,\d{3})+(?:\.0+)?$",
    ".": r"^\d{1,3}(?:\.\d{3})+(?:,0+)?$",
    _BLANKS: rf"^\d{{1,3}}(?:{_BLANKS}\d{{3}})+(?:[.,]0+)?$",
}
_SURELY_GROUPED = r"^\d+[^\d]\d{3}[^\d]|[^\d]\d*[1-9]\d*$"
"""more than three digits; 1.000 alone can be one and a thousand, and stays as it is"""
_RECORD_DECIMALS = r"^(\d+)[.,](?:0{1,2}|0{4,})$"
_POWER = r"^\d+(?:[.,]\d+[eE][+-]?|[eE]\+)\d+$"
_MONTH = (
    r"(?:[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Mm]ay|[Jj]un|[Jj]ul|[Aa]ug|[Ss]ep|[Oo]ct|[Nn]ov|[Dd]ec|[Mm]rz|[Mm]ai|[Oo]kt|[Dd]ez"
    r"|[Jj]anv|[Ff]évr|[Mm]ars|[Aa]vr|[Jj]uin|[Jj]uil|[Aa]oût|[Ss]ept|[Dd]éc|[Ee]ne|[Aa]br|[Aa]go|[Dd]ic)\.?"
)
_SHORT_DATE = (
    rf"^\d{{1,2}}(?:-|\. ?| ){_MONTH}(?:[- ]\d{{2,4}})?$|^{_MONTH}[- ]\d{{2,4}}$"
    r"|^\d{1,2}:\d{2}(?::\d{2})?$"
)
"""what spreadsheet programs show of 3-1, MAR1, 3-26 or 1:30, in their case"""
_WHOLE_DATE = (
    r"^(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./](?:\d{2}|\d{4})|\d{1,2}-\d{1,2}-\d{4})"
    r"(?:[ T]00:00(?::00)?(?:\.0+)?)?$"
)
_ERROR = r"^(?:#(?:N/A|NV|REF!|BEZUG!|VALUE!|WERT!|NAME\?|DIV/0!|NULL!|NUM!|ZAHL!|SPILL!|CALC!)|#{3,})$"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Texts that do not say any more what they said once."""

    rows: pl.Series
    problem: str
    fix: str


def without_nothing(text: pl.Series) -> pl.Series:
    """Return a column of trimmed texts, null where it is blank or says NULL as databases do."""
    is_nothing = text.str.len_chars().is_between(2, 6) & text.str.to_uppercase().is_in(NOTHING)
    return text.set((is_nothing | (text == "")).fill_null(value=False), None)


def plain_numbers(text: pl.Series) -> tuple[pl.Series, list[str]]:
    """Return numbers with the sign in front and no blanks between thousands; decimals stay as they are."""
    odd = _matching(~text.str.contains(_PLAIN))
    if not odd.any():
        return text, []
    signed = text.str.replace("−", "-", literal=True).str.replace(_SIGN_APART, "$1$2")
    plain, notes = signed, []
    for pattern, note in ((_MINUS_BEHIND, "minus behind the number"), (_IN_PARENTHESES, "negative in parentheses")):
        changed = plain.str.replace(pattern, "-$1")
        if _matching(changed != plain).any():
            notes.append(note)
        plain = changed
    grouped = _matching(plain.str.contains(_GROUPED_BY_BLANKS))
    if grouped.any():
        plain = plain.zip_with(~grouped, plain.str.replace_all(_BLANKS, ""))
        plain = plain.str.replace(_MINUS_BEHIND, "-$1")
        notes.append("blanks between thousands")
    return plain, notes


def why_no_numbers(text: pl.Series, wrong: pl.Series) -> Iterator[Unreadable]:
    """Part the texts that are no numbers by what they are."""
    percent = wrong & _matching(text.str.contains(r"\d\s*%$"))
    currency = wrong & ~percent & _matching(text.str.contains(r"\d")) & _matching(
        text.str.contains(r"^[+-]?\(?\s*(?:\p{Sc}|[A-Z]{3}\b)|(?:\p{Sc}|\b[A-Z]{3})\)?$|\p{Sc}")
    )  # fmt: skip
    yield Unreadable(percent, "A percentage, where a number is needed.",
                     "Show the column as plain numbers (in Excel: format General), and save it again.")  # fmt: skip
    yield Unreadable(currency, "The number has a currency beside it; a book has one currency.",
                     "Show the column without currency (in Excel: format Number), all in the currency of the book, and"
                     " save it again.")  # fmt: skip
    yield Unreadable(wrong & ~percent & ~currency, "Not a number.", "Correct it, or export the table again.")


def why_no_dates(text: pl.Series, wrong: pl.Series) -> Iterator[Unreadable]:
    """Part the texts that are no dates by what they are."""
    serial = wrong & _matching(text.str.contains(r"^[2-7]\d{4}(?:[.,]\d+)?$"))
    yield Unreadable(serial, "A number of days, as Excel keeps dates, and not a date.",
                     "Show the column as dates (in Excel: format yyyy-mm-dd), and save it again.")  # fmt: skip
    short = wrong & _matching(text.str.contains(r"^\d{1,2}[./-]\d{1,2}[./-]\d{2}$"))
    yield Unreadable(short, "The year has two digits, so which part of the date it is is not known.",
                     "Show the column with years of four digits (in Excel: format yyyy-mm-dd), and save it"
                     " again.")  # fmt: skip
    yield Unreadable(wrong & ~serial & ~short, "Not a calendar date.",
                     "Correct it, or export the table again, with dates as 2026-01-31.")  # fmt: skip


def plain_records(text: pl.Series) -> tuple[pl.Series, list[str]]:
    """Return the numbers of records as digits alone, where a tool wrote them as quantities: 5,637,144,576.0."""
    odd = _matching(text.str.contains(r"[.,eE\s\x{00A0}\x{202F}'’]"))
    if not odd.any():
        return text, []
    plain = text
    for mark, pattern in _GROUPED.items():
        grouped = _matching(text.str.contains(pattern))
        if _matching(text.filter(grouped).str.contains(_SURELY_GROUPED)).any():
            digits = text.str.replace("[.,]0+$" if mark == _BLANKS else f"[{'.' if mark == ',' else ','}]0+$", "")
            plain = plain.zip_with(~grouped, digits.str.replace_all(f"[{mark}]" if len(mark) == 1 else mark, ""))
    plain = plain.str.replace(_RECORD_DECIMALS, "$1")
    powers = _matching(text.str.contains(_POWER)).arg_true()
    plain = plain.clone().scatter(powers, [_whole(power) for power in text.gather(powers)]) if len(powers) else plain
    changed = text.filter(_matching(plain != text))
    notes = [f"{text.name} such as {changed[0]} read as whole numbers"] if len(changed) else []
    return plain, notes


def _whole(power: str) -> str:
    """Return a number that is written with a power of ten as digits, where it shows all of them; else as it is."""
    mantissa, _, exponent = power.lower().replace(",", ".").partition("e")
    shown = len(mantissa.partition(".")[2])
    number = Decimal(mantissa).scaleb(min(int(exponent), 99))
    return str(int(number)) if shown >= int(exponent) and number == int(number) else power


def why_no_ids(text: pl.Series) -> Iterator[Unreadable]:
    """Name IDs of which a spreadsheet program has kept less than there was."""
    if _matching(text.str.contains(r"[eE#]")).any():
        power = _matching(text.str.contains(_POWER))
        yield Unreadable(power, "A spreadsheet program has made a number of this ID, and some of its digits are lost.",
                         "Export the table again, and do not open it in Excel, or read the column there as text (Data,"
                         " From Text/CSV, type Text).")  # fmt: skip
        yield Unreadable(_matching(text.str.contains(_ERROR)), "An error of a spreadsheet program, and not an ID.",
                         "Correct the cell, or export the table again.")  # fmt: skip


def which_are_dates(text: pl.Series, *, may_be_all: bool) -> pl.Series:
    """Return which IDs look like dates; where all of a column are whole dates, they may be called so there."""
    whole = _matching(text.str.contains(_WHOLE_DATE))
    if may_be_all and whole.sum() == len(text) - text.null_count():
        whole &= False
    return whole | _matching(text.str.contains(_SHORT_DATE))


def _matching(condition: pl.Series) -> pl.Series:
    return condition.fill_null(value=False)
