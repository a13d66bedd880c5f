"""Names so near to one of ours that a reader takes them for it.

In      two names.
Out     how many letters apart they are.
"""

from invclose_xl.workbook.layout import heading_key

MOST_EDITS = 2
"""letters to add, drop or change"""


def letters(name: str) -> str:
    """Return what of a name is compared: letters and digits, without regard to case."""
    return "".join(c for c in heading_key(name) if c.isalnum())


def edits(one: str, other: str) -> int:
    """Count the letters to add, drop or change that make one word the other."""
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, other_letter in enumerate(other, 1):
            now.append(min(before[column] + 1, now[column - 1] + 1, before[column - 1] + (letter != other_letter)))
        before = now
    return before[-1]
