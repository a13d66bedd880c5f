"""Cell references and whole numbers as text and as numbers: ``AB12``, ``A1:C9``, ``count="3"``.

Source  ECMA-376 part 1, 18.18.7 and 18.18.62.
"""

from dataclasses import dataclass

MOST_DIGITS = 10
"""Any number that counts something in a workbook is shorter; Python refuses to read one of thousands of digits."""


def whole_number(text: str | None, otherwise: int = 0) -> int:
    """Return the whole number that an attribute states, or what stands for one that states none."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS else otherwise


def column_letters(number: int) -> str:
    """Return the letters of a column; 1 is A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number of a column; A is 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def split_reference(reference: str) -> tuple[str, int]:
    """Return letters and row of ``$AB$12``; 0 where there is no row, '' where there is no column."""
    plain = reference.replace("$", "")
    letters = plain.rstrip("0123456789")
    digits = plain[len(letters) :]
    return letters.upper(), whole_number(digits)


@dataclass(frozen=True, slots=True)
class Range:
    """A rectangle of cells."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def parse(cls, text: str) -> "Range | None":
        """Return the range of ``A1:C9`` or ``B2``; None for whole columns and rows, and what is no range."""
        first, _, last = text.strip().partition(":")
        left, top = split_reference(first)
        right, bottom = split_reference(last or first)
        letters = left + right
        if not (left and right and letters.isascii() and letters.isalpha() and len(letters) <= 6 and top and bottom):
            return None
        return cls(column_number(left), top, column_number(right), bottom)

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
