"""What one cell says: a date, a number, an ID, a yes or no - or the Fault that names why it says none.

In      a Cell as the file states it, and the Locale of the book (date system; separators the user has set).
Out     exact values: days since 1970-01-01, Decimals, trimmed text, bool; None for a blank cell.
Errors  Fault values, in an accountant's words. Nothing is ever guessed.
Source  RULES R0; docs/decisions.md.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from invclose_xl.domain.money import EXACT_FLOAT, decimal_of
from invclose_xl.workbook.cells import BLANK, BOOLEAN, ERROR, ISO_DATE, LONGEST_TEXT, NO_VALUE, NUMBER
from invclose_xl.workbook.number_formats import DATE, DURATION, PLAIN, TIME

EPOCH = date(1970, 1, 1)
SERIAL_OF_EPOCH = {False: 25_569, True: 24_107}
"""Excel's serial number of 1970-01-01, by whether days count from 1904"""
FIRST_SERIAL = {False: 61, True: 0}
"""1900-03-01, before which Excel's calendar has a day too many; 1904-01-01"""
LAST_DAY = date(9999, 12, 31)
LIKELY_DAYS = (date(1990, 1, 1), date(2199, 12, 31))
"""A number without a date format is taken for a date only in these years."""
LONGEST_SHOWN = 60

_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9:.]+)Z?)?")
_ORDERED_DAY = re.compile(r"([0-9]{1,4})([-./])([0-9]{1,2})\2([0-9]{1,4})")
_NUMBERS = {
    None: re.compile(r"-?[0-9]+(?:\.[0-9]+)?"),
    ".": re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?"),
    ",": re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:[. \u00a0][0-9]{3})+)(?:,[0-9]+)?"),
}
_YES, _NO = frozenset({"yes", "true", "1", "x"}), frozenset({"no", "false", "0"})


@dataclass(frozen=True, slots=True)
class Locale:
    """How a book writes dates and numbers."""

    uses_1904: bool = False
    decimal_separator: Literal[".", ","] | None = None
    date_order: Literal["DMY", "MDY", "YMD"] | None = None


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
    """Write a number as its 15 significant digits, without an exponent."""
    text = format(decimal_of(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown(cell: Cell, locale: Locale) -> str:
    """Write a cell about as the user sees it."""
    if cell.kind == NUMBER:
        if cell.format in (DATE, TIME):
            return _shown_moment(cell.number, locale)
        return plain(cell.number)
    if cell.kind == BOOLEAN:
        return "TRUE" if cell.number else "FALSE"
    return cell.text if len(cell.text) <= LONGEST_SHOWN else cell.text[: LONGEST_SHOWN - 1] + "…"


def _shown_moment(number: float, locale: Locale) -> str:
    days, seconds = divmod(round(number * 86_400), 86_400)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if not FIRST_SERIAL[locale.uses_1904] <= days <= _last_serial(locale):
        return plain(number)
    day = EPOCH + timedelta(days=days - SERIAL_OF_EPOCH[locale.uses_1904])
    return f"{day} {clock}" if seconds else str(day)


def _last_serial(locale: Locale) -> int:
    return (LAST_DAY - EPOCH).days + SERIAL_OF_EPOCH[locale.uses_1904]


def broken(cell: Cell, locale: Locale) -> Fault | None:
    """Return the fault of a cell that has no value at all: an error value, a formula never calculated."""
    if cell.kind == ERROR:
        return Fault(
            "IC106", shown(cell, locale), "An error value is no value, so the row cannot be used.",
            "Correct the formula or enter the value.",
        )  # fmt: skip
    if cell.kind == NO_VALUE:
        return Fault(
            "IC107", shown(cell, locale),
            "The file holds the formula but not its result, so its value is unknown.",
            "Open the workbook in Excel, let it calculate, save it and run again, or enter the value itself.",
        )  # fmt: skip
    return None


def read_date(cell: Cell, locale: Locale) -> int | Fault | None:
    """Return the day as days since 1970-01-01."""
    if cell.kind == BLANK:
        return None
    fault = broken(cell, locale)
    if fault:
        return fault
    if cell.kind == BOOLEAN:
        return _misplaced_boolean(cell, locale, "a date such as 2026-01-31")
    if cell.kind == NUMBER:
        return _day_of_number(cell, locale)
    return _day_of_text(cell, locale)


def _day_of_number(cell: Cell, locale: Locale) -> int | Fault:
    found = shown(cell, locale)
    if cell.format == DURATION or (cell.format == TIME and 0 <= cell.number < 1):
        return Fault(
            "IC111", f"{plain(cell.number)} days" if cell.format == DURATION else found,
            "The cell is formatted as a duration or a time of day, not as a date.",
            "Enter a date such as 2026-01-31 and format the cell as a date.",
        )  # fmt: skip
    value = decimal_of(cell.number)
    day = int(value) if value == int(value) else None
    first, last = FIRST_SERIAL[locale.uses_1904], _last_serial(locale)
    if cell.format == PLAIN and not _is_likely(int(value), locale):
        return Fault(
            "IC110", found, "The cell holds a plain number, not a date.",
            "Enter a date such as 2026-01-31 and format the cell as a date.",
        )  # fmt: skip
    if not first <= value < last + 1:
        return _outside(cell.number, locale)
    if day is None:
        moment = _shown_moment(cell.number, locale)
        return Fault(
            "IC108", moment if " " in moment else plain(cell.number), "A date must not have a time: it would be lost.",
            f"Enter {moment[:10]}, or use =INT(…) in the formula.",
        )  # fmt: skip
    return day - SERIAL_OF_EPOCH[locale.uses_1904]


def _is_likely(serial: int, locale: Locale) -> bool:
    days = serial - SERIAL_OF_EPOCH[locale.uses_1904]
    return (LIKELY_DAYS[0] - EPOCH).days <= days <= (LIKELY_DAYS[1] - EPOCH).days


def _outside(number: float, locale: Locale) -> Fault:
    if int(number) == 60 and not locale.uses_1904:
        reason = "Excel shows this number as 1900-02-29, a day that never was."
    elif number < 0:
        reason = "A date before Excel's calendar begins has no day."
    else:
        first = "1904-01-01" if locale.uses_1904 else "1900-03-01"
        reason = f"Dates from {first} to 9999-12-31 can be read."
    return Fault("IC109", plain(number), reason, "Enter a real date such as 2026-01-31.")


def _day_of_text(cell: Cell, locale: Locale) -> int | Fault:
    text = cell.text.strip()
    match = _ISO_DAY.fullmatch(text)
    if match:
        parts = (int(match[1]), int(match[2]), int(match[3]))
        clock = match[4]
        if clock and clock.strip("0:."):
            return Fault("IC108", text, "A date must not have a time: it would be lost.", f"Enter {text[:10]}.")
    else:
        ordered = _ordered(text, locale)
        if ordered is None:
            return _no_date(cell, locale)
        parts = ordered
    try:
        day = date(*parts)
    except ValueError:
        return Fault("IC104", text, "Not a day of the calendar.", "Enter a real date such as 2026-01-31.")
    if day < date(1900, 3, 1):
        return Fault("IC109", text, "Dates from 1900-03-01 to 9999-12-31 can be read.", "Enter a real date.")
    return (day - EPOCH).days


def _ordered(text: str, locale: Locale) -> tuple[int, int, int] | None:
    """Read ``31.12.2026`` in the order the user has set; years need four digits."""
    match = _ORDERED_DAY.fullmatch(text)
    if match is None or locale.date_order is None:
        return None
    named = dict(zip(locale.date_order, (match[1], match[3], match[4]), strict=True))
    if len(named["Y"]) != 4 or len(named["M"]) > 2 or len(named["D"]) > 2:
        return None
    return int(named["Y"]), int(named["M"]), int(named["D"])


def _no_date(cell: Cell, locale: Locale) -> Fault:
    hint = "" if locale.date_order else " (or set Date order on the sheet Parameters)"
    return Fault(
        "IC104", shown(cell, locale), "The text is not a date that can be read without guessing.",
        f"Enter a real date, or the text 2026-01-31{hint}.",
    )  # fmt: skip


def _misplaced_boolean(cell: Cell, locale: Locale, wanted: str) -> Fault:
    return Fault("IC112", shown(cell, locale), "A yes-or-no value has no meaning here.", f"Enter {wanted}.")


def _is_meant_as_date(cell: Cell, locale: Locale) -> bool:
    """Tell a date, time or duration from a number whose cell merely has a date format: 10 shown as 1900-01-10.

    A format changes no value (RULES R10.2), but Excel turns entries such as 1-2 into days near our own by itself.
    """
    if cell.kind != NUMBER or cell.format == PLAIN:
        return cell.kind == ISO_DATE
    return cell.format != DATE or _is_likely(int(cell.number), locale)


def _misplaced_date(cell: Cell, locale: Locale, wanted: str) -> Fault:
    return Fault(
        "IC113", shown(cell, locale),
        "The cell is a date; Excel turns entries such as 1-2 into dates by itself.",
        f"Format the cell as {wanted} and enter the value again.",
    )  # fmt: skip


def read_number(cell: Cell, locale: Locale) -> Decimal | Fault | None:
    """Return the exact decimal of a number cell, or of a text that is one."""
    if cell.kind == BLANK:
        return None
    fault = broken(cell, locale)
    if fault:
        return fault
    if cell.kind == BOOLEAN:
        return _misplaced_boolean(cell, locale, "a number")
    if _is_meant_as_date(cell, locale):
        return _misplaced_date(cell, locale, "a number")
    if cell.kind == NUMBER:
        return decimal_of(cell.number)
    if not _NUMBERS[locale.decimal_separator].fullmatch(cell.text):
        hint = "" if locale.decimal_separator else " (or set Decimal separator on the sheet Parameters)"
        return Fault(
            "IC105", shown(cell, locale), "The text is not a number that can be read without guessing.",
            f"Enter a number, or text such as 1234.56{hint}.",
        )  # fmt: skip
    return Decimal(_with_point(cell.text, locale))


def _with_point(text: str, locale: Locale) -> str:
    if locale.decimal_separator == ",":
        return text.replace(".", "").replace(" ", "").replace("\u00a0", "").replace(",", ".")
    return text.replace(",", "")


def read_id(cell: Cell, locale: Locale) -> str | Fault | None:
    """Return an ID as trimmed text; whole numbers of up to 15 digits are IDs too."""
    if cell.kind == BLANK:
        return None
    fault = broken(cell, locale)
    if fault:
        return fault
    if cell.kind == BOOLEAN:
        return _misplaced_boolean(cell, locale, "a text or a whole number")
    if _is_meant_as_date(cell, locale):
        return _misplaced_date(cell, locale, "text")
    if cell.kind == NUMBER:
        return _id_of_number(cell, locale)
    return _checked_length(cell, locale)


def _id_of_number(cell: Cell, locale: Locale) -> str | Fault:
    if abs(cell.number) >= EXACT_FLOAT:
        return Fault(
            "IC114", shown(cell, locale),
            "Excel keeps only 15 digits of a number, so the last digits of this ID are lost.",
            "Format the column as text and enter the ID again (or import it as text).",
        )  # fmt: skip
    text = plain(cell.number)
    if "." in text:
        return Fault(
            "IC115", text, "A number with decimals is no ID: 12.10 and 12.1 would be the same.",
            "Format the cell as text and enter the ID again.",
        )  # fmt: skip
    return text


def read_text(cell: Cell, locale: Locale) -> str | Fault | None:
    """Return trimmed text; a number counts as the text of its 15 digits."""
    if cell.kind == BLANK:
        return None
    fault = broken(cell, locale)
    if fault:
        return fault
    if cell.kind == BOOLEAN:
        return _misplaced_boolean(cell, locale, "a text")
    if _is_meant_as_date(cell, locale):
        return _misplaced_date(cell, locale, "text")
    return plain(cell.number) if cell.kind == NUMBER else _checked_length(cell, locale)


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
    if word in _YES or word in _NO:
        return word in _YES
    return Fault("IC120", shown(cell, locale), "Neither Yes nor No.", "Enter Yes or No.")
