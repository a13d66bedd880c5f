"""A new book from an import: the template of ``invclose-xl new``, filled, with the sheet *Import*.

In      what an import made of an export, where the book goes.
Out     the workbook, written whole or not at all.
Errors  see ``template_builder`` and ``files.replace``.
Source  WORKBOOK "Command line" (import --output).
"""

import tempfile
from datetime import date
from pathlib import Path

import polars as pl

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.files.landing import Landing
from invclose_xl.files.replace import replace_file
from invclose_xl.importing.book.existing import place_of
from invclose_xl.importing.book.fill import fill_sheet, room_on, split_rows
from invclose_xl.importing.book.import_sheet import add_sheets
from invclose_xl.importing.book.report import ImportedRows
from invclose_xl.importing.mapping.sheets import sheet_of
from invclose_xl.importing.transform.run import Imported
from invclose_xl.template_builder.build import new_book
from invclose_xl.workbook.layout import INPUT_SHEETS
from invclose_xl.workbook.package.edit import PackageEdit
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.styles import Styles
from invclose_xl.workbook.tables.sheet import Sheets as BookSheets


def write_new_book(
    imported: Imported, target: Path, today: date, *, force: bool = False, landing: Landing | None = None
) -> ImportedRows:
    """Write the rows of an import into a new workbook; the ending says whether it has buttons."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / f"empty{target.suffix.lower()}"
        specs = [sheet_of(name) for name in imported.sheets]
        further = [spec for spec in specs if spec is not None and spec not in INPUT_SHEETS]
        new_book(empty, today, with_examples=False, left_empty=[*imported.sheets], further=further)
        with Package.open(empty) as package:
            edit = PackageEdit(package)
            fill(edit, imported)

            replace_file(target, edit.save, must_be_new=not force, landing=landing)
    return ImportedRows(target, {sheet: frame.height for sheet, frame in imported.sheets.items()}, {}, {})


def fill(edit: PackageEdit, imported: Imported) -> None:
    """Register the edits that put an import into an empty template."""
    sheets = BookSheets(edit.package)
    places, first = {}, {}
    further: dict[str, pl.DataFrame] = {}
    for name, frame in imported.sheets.items():
        place = place_of(edit.package, sheets, name)
        if place is None:
            raise BookUnusable(f"The template has no sheet {name}: this version cannot fill it.")
        places[name] = place
        first[name], *rest = split_rows(frame, room_on(place))
        further |= {f"{name} ({number})": part for number, part in enumerate(rest, 2)}

    def rows(styles: Styles) -> None:
        for name, place in places.items():
            fill_sheet(edit, styles, place, first[name], {})

    add_sheets(edit, imported, further, rows)
