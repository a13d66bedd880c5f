"""A cell as a date: a date cell, an ISO text, a text in the order that *Date order* declares.

In      a Cell, and the Locale of the book.
Out     days since 1970-01-01; EMPTY_DATE for what other systems write where there is no date; None for a blank cell.
Errors  Fault values. A time is never dropped in silence, and the day that is advised is the one the cell shows.
Source  RULES R0.
"""

import re
from datetime import date

from invclose_xl.domain.days import FIRST_SHEET_DATE, to_day_number
from invclose_xl.domain.money import to_decimal
from invclose_xl.workbook.cells.cells import BLANK, BOOLEAN, NUMBER
from invclose_xl.workbook.cells.number_formats import DATE, DURATION, PLAIN, TIME
from invclose_xl.workbook.values.values import (
    FIRST_SERIAL,
    SERIAL_OF_EPOCH,
    Cell,
    Fault,
    Locale,
    broken,
    is_likely_date,
    last_serial,
    misplaced_boolean,
    plain,
    shown,
    shown_moment,
)


class EmptyDate:
    """The empty date of another system: 0, 1900-01-01 or 1753-01-01, with or without a time."""


EMPTY_DATE = EmptyDate()
EMPTY_SERIALS = (1, 3)
"""From and up to: 1900-01-01 is 1 in Excel and 2 in LibreOffice, which has no 1900-02-29."""
_EMPTY_YEARS = (1753, 1900)

_CLOCK = r"(?:[T ]+(?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?)\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
_ZONE = r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
_ISO_DAY = re.compile(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}}){_CLOCK}{_ZONE}")
_ORDERED_DAY = re.compile(rf"([0-9]{{1,4}})([-./])([0-9]{{1,2}})\2([0-9]{{1,4}}){_CLOCK}")


def read_date(cell: Cell, locale: Locale) -> int | EmptyDate | Fault | None:
    """Return the day as days since 1970-01-01."""
    if cell.kind == BLANK:
        return None
    fault = broken(cell, locale)
    if fault:
        return fault
    if cell.kind == BOOLEAN:
        return misplaced_boolean(cell, locale, "a date such as 2026-01-31")
    if cell.kind == NUMBER:
        return EMPTY_DATE if _is_empty(cell, locale) else _day_of_number(cell, locale)
    return _day_of_text(cell, locale)


def _is_empty(cell: Cell, locale: Locale) -> bool:
    shows_days = cell.format in (DATE, TIME) and not locale.uses_1904
    return cell.number == 0 or (shows_days and EMPTY_SERIALS[0] <= cell.number < EMPTY_SERIALS[1])


def _day_of_number(cell: Cell, locale: Locale) -> int | Fault:
    found = shown(cell, locale)
    if cell.format == DURATION or (cell.format == TIME and 0 <= cell.number < 1):
        return Fault(
            "IC111", f"{plain(cell.number)} days" if cell.format == DURATION else found,
            "The cell is formatted as a duration or a time of day, not as a date.",
            "Enter a date such as 2026-01-31 and format the cell as a date.",
        )  # fmt: skip
    if cell.format == PLAIN and not is_likely_date(cell.number, locale):
        return Fault(
            "IC110", found, "The cell holds a plain number, not a date.",
            "Enter a date such as 2026-01-31 and format the cell as a date.",
        )  # fmt: skip
    if not FIRST_SERIAL[locale.uses_1904] <= cell.number < last_serial(locale) + 1:
        return _outside(cell.number, locale)
    value = to_decimal(cell.number)
    if value != int(value):
        moment = shown_moment(cell.number, locale)
        return Fault(
            "IC108", moment if " " in moment else plain(cell.number), "A date must not include a time of day.",
            f"Enter {moment[:10]}, or use =INT(…) in the formula.",
        )  # fmt: skip
    return int(value) - SERIAL_OF_EPOCH[locale.uses_1904]


def _outside(number: float, locale: Locale) -> Fault:
    if 60 <= number < 61 and not locale.uses_1904:
        reason = "Excel shows this number as 1900-02-29, a day that does not exist."
    elif number < 0:
        reason = "The number is before the first day of Excel's calendar."
    else:
        first = "1904-01-01" if locale.uses_1904 else FIRST_SHEET_DATE
        reason = f"Only dates from {first} to 9999-12-31 can be read."
    return Fault("IC109", plain(number), reason, "Enter a real date such as 2026-01-31.")


def _day_of_text(cell: Cell, locale: Locale) -> int | EmptyDate | Fault:
    text = cell.text.strip()
    match = _ISO_DAY.fullmatch(text)
    parts = (int(match[1]), int(match[2]), int(match[3])) if match else None
    if match is None and (match := _ORDERED_DAY.fullmatch(text)):
        parts = _ordered(match, locale)
    if text == "0" or parts in [(year, 1, 1) for year in _EMPTY_YEARS]:
        return EMPTY_DATE
    if match is None or parts is None:
        return _no_date(cell, locale)
    try:
        day = date(*parts)
    except ValueError:
        return Fault("IC104", text, "The calendar has no such day.", "Enter a real date such as 2026-01-31.")
    if day < FIRST_SHEET_DATE:
        reason = f"Only dates from {FIRST_SHEET_DATE} to {date.max} can be read."
        return Fault("IC109", text, reason, "Enter a real date such as 2026-01-31.")
    if not _is_midnight(match):
        moved = ""
        if match.groupdict().get("zone"):
            moved = ", or the day before or after it where the time was converted from another time zone"
        return Fault("IC108", text, "A date must not include a time of day.", f"Enter {day}{moved}.")
    return to_day_number(day)


def _is_midnight(match: re.Match[str]) -> bool:
    """Say whether a text has no time, or a time that is the beginning of its day."""
    clock, half = match["clock"], (match["half"] or "").lower()
    if not clock:
        return True
    hours, _, rest = clock.partition(":")
    starts = int(hours) == 12 if half.startswith("a") else int(hours) == 0 and not half
    return not rest.strip("0:.,") and (starts or (half.startswith("a") and int(hours) == 0))


def _ordered(match: re.Match[str], locale: Locale) -> tuple[int, int, int] | None:
    """Read ``31.12.2026`` in the order the user has set; years need four digits. The first of January has no order."""
    if match[1].lstrip("0") == "1" == match[3].lstrip("0") and int(match[4]) in _EMPTY_YEARS:
        return int(match[4]), 1, 1
    if locale.date_order is None:
        return None
    named = dict(zip(locale.date_order, (match[1], match[3], match[4]), strict=True))
    if len(named["Y"]) != 4 or len(named["M"]) > 2 or len(named["D"]) > 2:
        return None
    return int(named["Y"]), int(named["M"]), int(named["D"])


def _no_date(cell: Cell, locale: Locale) -> Fault:
    hint = "" if locale.date_order else " (or set Date order on the sheet Parameters: DMY, MDY or YMD)"
    return Fault(
        "IC104", shown(cell, locale), "The text cannot be read as a date with certainty.",
        f"Enter a real date, or the text 2026-01-31{hint}.",
    )  # fmt: skip
