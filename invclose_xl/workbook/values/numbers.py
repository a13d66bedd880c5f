"""A cell as a number: a number cell, or a text as people write numbers once the separator is declared.

In      a Cell, and the Locale of the book.
Out     the exact Decimal; None for a blank cell.
Errors  Fault values. Without *Decimal separator* only ``1234.56`` is read, and ``10.000`` can mean two things.
Source  RULES R0.
"""

import re
from decimal import Decimal

from invclose_xl.domain.currencies import CODES, can_stand_for
from invclose_xl.domain.money import to_decimal
from invclose_xl.workbook.cells.cells import BLANK, DECIMAL, NUMBER
from invclose_xl.workbook.values.values import (
    Cell,
    Fault,
    Locale,
    shown,
    unfit,
)

DIGITS_KEPT = 18
"""Numbers of more digits before the point leave 64 bits, whatever the column."""
LIMIT = 10**DIGITS_KEPT

_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_TWO_MEANINGS = re.compile(r"-?[0-9]+\.[0-9]{3}")
_BLANKS = " \u00a0\u2009\u202f"
_GROUPING = f".,'\u2019{_BLANKS}"


def _written(separator: str) -> re.Pattern[str]:
    """Return what digits look like with a separator: grouped by threes, with one and the same mark, or not at all."""
    grouping = re.escape(_GROUPING.replace(separator, ""))
    whole = rf"[0-9]+|[0-9]{{1,3}}(?P<mark>[{grouping}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*"
    return re.compile(rf"(?P<whole>{whole})?(?:{re.escape(separator)}(?P<part>[0-9]+))?")


_WRITTEN = {separator: _written(separator) for separator in ".,"}


def read_number(cell: Cell, locale: Locale, *, is_money: bool = True) -> Decimal | Fault | None:
    """Return the exact decimal of a number cell, or of a text that is one; only money carries a currency."""
    if cell.kind == BLANK:
        return None
    if fault := unfit(cell, locale, "a number", "a number"):
        return fault
    if cell.kind == DECIMAL:
        number: Decimal | Fault = Decimal(cell.text)
    else:
        number = to_decimal(cell.number) if cell.kind == NUMBER else _number_of_text(cell, locale, is_money)
    if isinstance(number, Decimal) and number and number.adjusted() >= DIGITS_KEPT:
        return too_large(cell, locale)
    return number


def too_large(cell: Cell, locale: Locale, limit: str = f"{LIMIT:,}") -> Fault:
    """Say that a number leaves what is kept exactly."""
    return Fault(
        "IC116", shown(cell, locale), f"The number is too large to be kept exactly: it must be below {limit}.",
        "Check the number. If it is right, split the row.",
    )  # fmt: skip


def currency_mark(text: str) -> str:
    """Return the currency sign or code that a number is written with, '' where there is none."""
    return _taken_apart(text)[2]


def _number_of_text(cell: Cell, locale: Locale, is_money: bool) -> Decimal | Fault:
    separator = locale.decimal_separator
    if separator is None:
        if _TWO_MEANINGS.fullmatch(cell.text):
            return _two_meanings(cell, locale)
        return Decimal(cell.text) if _PLAIN.fullmatch(cell.text) else _no_number(cell, locale)
    sign, digits, mark = _taken_apart(cell.text)
    match = _WRITTEN[separator].fullmatch(digits)
    if match is None or not digits or (mark and not is_money):
        return _no_number(cell, locale)
    if mark and locale.currency and not can_stand_for(mark, locale.currency):
        return Fault(
            "IC148", shown(cell, locale), f"The book is in {locale.currency}; amounts are not converted.",
            f"Enter the amount in {locale.currency}, or correct Currency on the sheet Parameters.",
        )  # fmt: skip
    whole = "".join(c for c in match["whole"] or "0" if c.isdigit())
    return Decimal(f"{sign}{whole}.{match['part'] or '0'}")


def _taken_apart(text: str) -> tuple[str, str, str]:
    """Return sign, digits and currency of a number as people write it: ``(1,234.56) USD``, ``€ 5,00-``."""
    rest, sign, mark = text.replace("\u2212", "-").strip(_BLANKS), "", ""
    while rest:
        before = rest
        if not sign and rest[0] in "-+":
            sign, rest = rest[0], rest[1:]
        elif not sign and rest[-1] == "-":
            sign, rest = "-", rest[:-1]
        elif not sign and rest[0] == "(" and rest[-1] == ")":
            sign, rest = "-", rest[1:-1]
        elif not mark:
            mark, rest = _without_mark(rest)
        rest = rest.strip(_BLANKS)
        if rest == before:
            break
    return sign, rest, mark


def _without_mark(text: str) -> tuple[str, str]:
    """Return the currency sign or code at either end of a text, and the text without it."""
    for size in (3, 1):
        for mark, rest in ((text[:size], text[size:]), (text[-size:], text[:-size])):
            if mark.upper() in CODES:
                return mark.upper(), rest
    return "", text


def _no_number(cell: Cell, locale: Locale) -> Fault:
    separator = locale.decimal_separator
    hint = "" if separator else " (or set Decimal separator on the sheet Parameters)"
    return Fault(
        "IC105", shown(cell, locale), "The text cannot be read as a number with certainty.",
        f"Enter a number, or text such as 1234{separator or '.'}56{hint}.",
    )  # fmt: skip


def _two_meanings(cell: Cell, locale: Locale) -> Fault:
    found = shown(cell, locale)
    return Fault(
        "IC147", found, f"The text can mean {found.replace('.', '')} or {found.rstrip('0').rstrip('.')}.",
        "On the sheet Parameters, set Decimal separator to , (comma) if the point separates thousands, or to . (point) "
        "if it separates decimals. Or enter a number.",
    )  # fmt: skip
