"""Write docs/sheets.md: every sheet and column that is read or written, every parameter and what it does.

In      the layout of the workbook, the notes of the template.
Out     the page as text; run this file to write it.
"""

from collections.abc import Iterator
from pathlib import Path

from invclose_xl.template_builder.words import NOTES, PARAMETER_NOTES, PARAMETERS
from invclose_xl.workbook.layout import INPUT_SHEETS, OUTPUT_SHEETS, InputSheet, OutputSheet

PAGE = Path(__file__).parent.parent / "docs" / "sheets.md"
HEAD = """# Sheets and columns

This page is made by `python tools/make_sheets.py` from what the program reads and writes. What the words mean:
[spec/workbook.md](spec/workbook.md).

Sheets are found by name, columns by heading, in any order; blanks, underscores and case do not count. Names in the
column *also* are read alike. Required headings are **bold**. Sheets and columns that are not here are yours: they are
left alone.

## Read
"""


def input_sheet(sheet: InputSheet) -> Iterator[str]:
    """One sheet that is read."""
    yield f"### {sheet.name}\n"
    yield "| column | also | what belongs there |\n|---|---|---|"
    notes = NOTES.get(sheet.name, {})
    for column in (*sheet.columns, *sheet.exported):
        heading = f"**{column.heading}**" if column.required else column.heading
        yield f"| {heading} | {', '.join(column.aliases)} | {notes.get(column.field, '')} |"
    yield ""


def parameters() -> Iterator[str]:
    """The names of the sheet Parameters."""
    yield "| name | default | choices | what it does | example |\n|---|---|---|---|---|"
    for name, (value, choices) in PARAMETERS.items():
        note, example = PARAMETER_NOTES[name]
        yield f"| {name} | {'' if value is None else value} | {', '.join(choices)} | {note} | {example} |"
    yield ""


def output_sheet(sheet: OutputSheet) -> str:
    """One sheet that is written."""
    hidden = " (hidden)" if sheet.hidden else ""
    return f"| **{sheet.name}**{hidden} | {', '.join(column.heading for column in sheet.columns)} |"


def sheets_page() -> str:
    """Return the page."""
    parts = [HEAD]
    for sheet in INPUT_SHEETS:
        parts += input_sheet(sheet)
        if sheet.name == "Parameters":
            parts += parameters()
    parts += ["## Written\n", "| sheet | columns |\n|---|---|", *(output_sheet(sheet) for sheet in OUTPUT_SHEETS)]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(sheets_page(), "utf-8")
