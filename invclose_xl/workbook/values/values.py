"""A cell as a value: an ID, a text, a yes or no - or the Fault that names why it says none; how cells are shown.

In      a Cell as the file states it, and the Locale of the book (date system; separators the user has set).
Out     trimmed text, IDs in Unicode normal form C; bool; None for a blank cell. Dates and numbers: ``dates``,
        ``numbers``.
Errors  Fault values, in an accountant's words. Nothing is ever guessed.
Source  RULES R0; docs/decisions.md.
"""

import math
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

from invclose_xl.domain.days import to_date, to_day_number
from invclose_xl.domain.languages.translations import index_in_all_languages
from invclose_xl.domain.money import EXACT_FLOAT, to_decimal
from invclose_xl.workbook.cells.cells import BLANK, BOOLEAN, ERROR, ISO_DATE, LONGEST_TEXT, NO_VALUE, NUMBER
from invclose_xl.workbook.cells.number_formats import DATE, PLAIN, TIME

SERIAL_OF_EPOCH = {False: 25_569, True: 24_107}
"""Excel's serial number of 1970-01-01, by whether days count from 1904"""
FIRST_SERIAL = {False: 61, True: 0}
"""1900-03-01, before which Excel's calendar has a day too many; 1904-01-01"""
LAST_DAY = date(9999, 12, 31)
LIKELY_DAYS = (date(1990, 1, 1), date(2199, 12, 31))
"""A number without a date format is taken for a date only in these years."""
LONGEST_SHOWN = 60
SECONDS_OF_DAY = 86_400
LONGEST_NUMBER = 30

_YES_NO = index_in_all_languages(
    {"Yes": True, "true": True, "1": True, "x": True, "No": False, "false": False, "0": False}, str.casefold
)


@dataclass(frozen=True, slots=True)
class Locale:
    """How a book writes dates and numbers."""

    uses_1904: bool = False
    decimal_separator: Literal[".", ","] | None = None
    date_order: Literal["DMY", "MDY", "YMD"] | None = None
    currency: str = ""
    """the only currency that amounts given as text may name; any where it is blank"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: kind and number or text as in ``cells``, format as in ``number_formats``."""

    kind: int
    number: float = 0.0
    text: str = ""
    format: int = PLAIN


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell could not be read: the parts of a Problem that do not depend on its place."""

    code: str
    found: str
    problem: str
    fix: str


def plain(number: float) -> str:
    """Write a number as its 15 significant digits, without an exponent where that can still be read."""
    text = format(to_decimal(number), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if len(text) <= LONGEST_NUMBER else f"{number:.15g}"


def shown(cell: Cell, locale: Locale) -> str:
    """Write a cell about as the user sees it."""
    if cell.kind == NUMBER:
        if cell.format in (DATE, TIME):
            return shown_moment(cell.number, locale)
        return plain(cell.number)
    if cell.kind == BOOLEAN:
        return "TRUE" if cell.number else "FALSE"
    return cell.text if len(cell.text) <= LONGEST_SHOWN else cell.text[: LONGEST_SHOWN - 1] + "…"


def shown_moment(number: float, locale: Locale) -> str:
    """Write day and time of a number; a moment just before midnight stays on its day."""
    if not FIRST_SERIAL[locale.uses_1904] <= number < last_serial(locale) + 1:
        return plain(number)
    days = math.floor(number)
    seconds = min(round((number - days) * SECONDS_OF_DAY), SECONDS_OF_DAY - 1)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    day = to_date(days - SERIAL_OF_EPOCH[locale.uses_1904])
    return f"{day} {clock}" if seconds else str(day)


def last_serial(locale: Locale) -> int:
    """Return the number of the last day that Excel's calendar has."""
    return to_day_number(LAST_DAY) + SERIAL_OF_EPOCH[locale.uses_1904]


def is_likely_date(number: float, locale: Locale) -> bool:
    """Say whether a number is a day near our own."""
    days = number - SERIAL_OF_EPOCH[locale.uses_1904]
    return to_day_number(LIKELY_DAYS[0]) <= days < to_day_number(LIKELY_DAYS[1]) + 1


def broken(cell: Cell, locale: Locale) -> Fault | None:
    """Return the fault of a cell that has no value at all: an error value, a formula never calculated."""
    if cell.kind == ERROR:
        return Fault(
            "IC106", shown(cell, locale), "The cell holds an error instead of a value, so the row cannot be used.",
            "Correct the formula or enter the value.",
        )  # fmt: skip
    if cell.kind == NO_VALUE:
        return Fault(
            "IC107", shown(cell, locale),
            "The file holds the formula but not its result, so its value is unknown.",
            "Open the workbook in Excel, let it calculate, save it and run again, or enter the value itself.",
        )  # fmt: skip
    return None


def misplaced_boolean(cell: Cell, locale: Locale, wanted: str) -> Fault:
    """Say that TRUE or FALSE does not belong here."""
    return Fault("IC112", shown(cell, locale), "TRUE or FALSE is not allowed in this column.", f"Enter {wanted}.")


def is_meant_as_date(cell: Cell, locale: Locale) -> bool:
    """Tell a date, time or duration from a number whose cell merely has a date format: 10 shown as 1900-01-10.

    A format changes no value (RULES R10.2), but Excel turns entries such as 1-2 into days near our own by itself.
    """
    if cell.kind != NUMBER or cell.format == PLAIN:
        return cell.kind == ISO_DATE
    return cell.format != DATE or is_likely_date(cell.number, locale)


def misplaced_date(cell: Cell, locale: Locale, wanted: str) -> Fault:
    """Say that a date does not belong here."""
    return Fault(
        "IC113", shown(cell, locale),
        "The cell is a date; Excel turns entries such as 1-2 into dates by itself.",
        f"Format the cell as {wanted} and enter the value again.",
    )  # fmt: skip


def unfit(cell: Cell, locale: Locale, enter: str, format_as: str) -> Fault | None:
    """Return what is wrong with a cell before its value is looked at: none at all, TRUE or FALSE, a date."""
    if fault := broken(cell, locale):
        return fault
    if cell.kind == BOOLEAN:
        return misplaced_boolean(cell, locale, enter)
    return misplaced_date(cell, locale, format_as) if is_meant_as_date(cell, locale) else None


def read_id(cell: Cell, locale: Locale) -> str | Fault | None:
    """Return an ID as trimmed text; whole numbers of up to 15 digits are IDs too."""
    if cell.kind == BLANK:
        return None
    if fault := unfit(cell, locale, "a text or a whole number", "text"):
        return fault
    if cell.kind == NUMBER:
        return _id_of_number(cell, locale)
    text = _checked_length(cell, locale)
    return unicodedata.normalize("NFC", text) if isinstance(text, str) else text


def _lost_digits(cell: Cell, locale: Locale, what: str) -> Fault:
    return Fault(
        "IC114", shown(cell, locale),
        f"Excel keeps only 15 digits of a number, so the last digits of this {what} are lost.",
        f"Format the column as text and enter the {what} again (or import it as text).",
    )  # fmt: skip


def _id_of_number(cell: Cell, locale: Locale) -> str | Fault:
    if abs(cell.number) >= EXACT_FLOAT:
        return _lost_digits(cell, locale, "ID")
    if cell.number != math.floor(cell.number):
        return Fault(
            "IC115", plain(cell.number), "A number with decimals is no ID: 12.10 and 12.1 would be the same.",
            "Format the cell as text and enter the ID again.",
        )  # fmt: skip
    return plain(cell.number)


def read_text(cell: Cell, locale: Locale) -> str | Fault | None:
    """Return trimmed text; a number counts as the text of its 15 digits."""
    if cell.kind == BLANK:
        return None
    if fault := unfit(cell, locale, "a text", "text"):
        return fault
    if cell.kind == NUMBER:
        return _lost_digits(cell, locale, "text") if abs(cell.number) >= EXACT_FLOAT else plain(cell.number)
    return _checked_length(cell, locale)


def _checked_length(cell: Cell, locale: Locale) -> str | Fault:
    if len(cell.text) > LONGEST_TEXT:
        return Fault(
            "IC117", shown(cell, locale), f"Excel cells hold at most {LONGEST_TEXT} characters.", "Shorten the text."
        )
    return cell.text


def read_yes_no(cell: Cell, locale: Locale) -> bool | Fault | None:
    """Return a yes or no: also TRUE/FALSE, 1/0 and x."""
    if cell.kind == BLANK:
        return None
    fault = broken(cell, locale)
    if fault:
        return fault
    word = (shown(cell, locale) if cell.kind != NUMBER else plain(cell.number)).casefold()
    if word in _YES_NO:
        return _YES_NO[word]
    return Fault("IC120", shown(cell, locale), "Neither Yes nor No.", "Enter Yes or No.")
