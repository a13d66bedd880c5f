"""The sheets and columns of a book that a mapping may fill, found by the headings that people see.

In      names as a mapping writes them.
Out     the sheet's specification, the column's.
Source  WORKBOOK "Read".
"""

from invclose_xl.workbook.layout import EXPECTED, INPUT_SHEETS, InputColumn, InputSheet, heading_key

SHEETS = {heading_key(spec.name): spec for spec in (EXPECTED, *INPUT_SHEETS)}


def sheet_of(name: str) -> InputSheet | None:
    """Return the sheet of a name."""
    return SHEETS.get(heading_key(name))


def column_of(spec: InputSheet, heading: str) -> InputColumn | None:
    """Return the column of a heading."""
    key = heading_key(heading)
    return next((c for c in spec.columns if heading_key(c.heading) == key), None)
