"""Cell references and whole numbers as text and as numbers: ``AB12``, ``A1:C9``, ``count="3"``.

Source  ECMA-376 part 1, 18.18.7 and 18.18.62.
"""

import re
from dataclasses import dataclass

from invclose_xl.workbook.package.xml import BadXml

MOST_COLUMNS = 16_384
MOST_LETTERS = 3
MOST_ROWS = 1_048_576
MOST_DIGITS = 10
"""Any number that counts something in a workbook is shorter; Python refuses to read one of thousands of digits."""


def whole_number(text: str | None, otherwise: int = 0) -> int:
    """Return the whole number that an attribute states, or what stands for one that states none."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS else otherwise


def column_letters(number: int) -> str:
    """Return the letters of a column; 1 is A."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number of a column; A is 1, and 0 stands for letters that name none."""
    if not (letters.isascii() and letters.isalpha() and len(letters) <= MOST_LETTERS):
        return 0
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number if number <= MOST_COLUMNS else 0


def cell_column(reference: str, row: int) -> int:
    """Return the column of a cell by its reference, which must be as Excel writes it and be in its row.

    Every cell that is read passes here, on the user's sheets and on ours; raises BadXml.
    """
    digits = str(row)
    letters = reference.removesuffix(digits)
    number = column_number(letters) if letters.isupper() else 0
    if not number or letters == reference:
        raise BadXml(f"it names a cell {reference!r} in row {row}")
    return number


def row_number(text: str | None, before: int) -> int:
    """Return the number of a row; one that states none follows the row before. Raises BadXml."""
    number = before + 1 if text is None else whole_number(text)
    if not 0 < number <= MOST_ROWS or (text is not None and not text.isdigit()):
        raise BadXml(f"it has a row {text or number}")
    return number


def split_reference(reference: str) -> tuple[str, int]:
    """Return letters and row of ``$AB$12``; 0 where there is no row, '' where there is no column."""
    plain = reference.replace("$", "")
    letters = plain.rstrip("0123456789")
    digits = plain[len(letters) :]
    return letters.upper(), whole_number(digits)


_CORNER = re.compile(r"\$?([A-Z]{1,3})?\$?([1-9][0-9]{0,6})?")


def check_reference(text: str) -> None:
    """Raise BadXml unless a text is a reference of a sheet: ``B2``, ``A1:C9``, ``A:C`` or ``1:9``.

    Every range that is on our sheets passes here before anything there is moved or copied.
    """
    corners = [_CORNER.fullmatch(corner) for corner in text.split(":")]
    shapes = {(bool(c[1]), bool(c[2])) for c in corners if c}
    is_whole = (False, False) not in shapes and (len(corners) == 2 or shapes == {(True, True)})
    if None in corners or len(corners) > 2 or len(shapes) != 1 or not is_whole:
        raise BadXml(f"it names the cells {text!r}")
    if any(c and ((c[1] and not column_number(c[1])) or whole_number(c[2]) > MOST_ROWS) for c in corners):
        raise BadXml(f"it names the cells {text!r}, which no sheet has")


@dataclass(frozen=True, slots=True)
class Range:
    """A rectangle of cells."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def parse(cls, text: str) -> "Range | None":
        """Return the range of ``A1:C9`` or ``B2``; None for whole columns and rows, and what is no range of a sheet."""
        first, _, last = text.strip().partition(":")
        left, top = split_reference(first)
        right, bottom = split_reference(last or first)
        area = cls(column_number(left), top, column_number(right), bottom)
        inside = 0 < area.left <= area.right and 0 < top <= bottom <= MOST_ROWS
        return area if inside else None

    def __str__(self) -> str:
        """Write it as a reference."""
        first = f"{column_letters(self.left)}{self.top}"
        last = f"{column_letters(self.right)}{self.bottom}"
        return first if first == last else f"{first}:{last}"

    def absolute(self) -> str:
        """Write it with ``$``."""
        first = f"${column_letters(self.left)}${self.top}"
        last = f"${column_letters(self.right)}${self.bottom}"
        return f"{first}:{last}"
