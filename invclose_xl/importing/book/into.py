"""An import into a book that is there: what is new is added by ID, what changed is changed, what is locked is refused.

In      what an import made of an export, the book.
Out     the same workbook: rows below the last, cells in place, the sheet *Import*; everything else keeps its bytes.
Errors  Refused, with what the lock does not let in: the old book is not touched then.
Source  WORKBOOK "Command line" (import --into); RULES R0 (IDs), R10.1, R10.2.
"""

import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.problems.problem import InputFault, Problem, Refused
from invclose_xl.files.landing import Landing
from invclose_xl.files.replace import replace_file, stamp
from invclose_xl.importing.book.behind_the_lock import Edits, LockedBook, refusals_of_an_import
from invclose_xl.importing.book.examples import is_example, make_room
from invclose_xl.importing.book.existing import place_of, places_of, texts_of
from invclose_xl.importing.book.fill import SheetRows, fill_sheet, number_text, room_on, split_rows
from invclose_xl.importing.book.import_sheet import add_sheets
from invclose_xl.importing.book.not_the_same import name_taken_back, refuse_lost_zeros, refuse_other_ids
from invclose_xl.importing.book.report import ImportedRows
from invclose_xl.importing.transform.run import Imported
from invclose_xl.importing.transform.typed import NUMBER
from invclose_xl.workbook.package.edit import PackageEdit
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.styles import Styles
from invclose_xl.workbook.tables.sheet import Sheets as BookSheets

KEYS = {
    "Transactions": ("id",),
    "Items": ("number",),
    "Item model groups": ("name",),
    "Dimensions": ("dimension",),
    "Expected": ("transaction",),
    "Cost adjustments": ("transaction", "date", "amount", "text"),
}
"""What makes two rows of a sheet the same one"""
FOLLOWED = ("Transactions", "Expected")
"""Sheets on which a changed row of the export changes the row of the book; on the others the book's own stands.
*Dimensions* is one of them as long as the book has no transactions."""


@dataclass(slots=True)
class _ChangedSheet:
    """One of the sheets that a table is on: which cells of which rows change, and what was there."""

    place: SheetRows
    changes: dict[int, dict[str, str | None]] = field(default_factory=dict)
    old: dict[int, dict[str, str | None]] = field(default_factory=dict)


@dataclass(slots=True)
class _Merged:
    """One table: the sheets that it is on, what is new on the last of them, and what goes on in further ones."""

    parts: list[_ChangedSheet]
    new: pl.DataFrame
    further: dict[str, pl.DataFrame] = field(default_factory=dict)
    rows: int = 0
    same: int = 0

    @property
    def changed(self) -> int:
        """Number of rows that change."""
        return sum(len(part.changes) for part in self.parts)


def write_into(
    imported: Imported,
    book: Path,
    locked: Callable[[Path], LockedBook],
    *,
    backup: Path | None,
    landing: Landing | None = None,
) -> ImportedRows:
    """Add an import to a book; ``locked`` says what the new book has that the lock does not let in.

    A book to which nothing is new is left as it is.
    """
    seen = stamp(book)
    with Package.open(book) as package:
        edit = PackageEdit(package)
        sheets = BookSheets(package)
        followed = FOLLOWED if _has_transactions(package, sheets) else (*FOLLOWED, "Dimensions")
        standing, examples, problems = make_room(
            {name: _rows_there(package, sheets, name, rows) for name, rows in imported.sheets.items()}
        )
        merged = {name: _merge(standing[name], sheets, name, rows, followed) for name, rows in imported.sheets.items()}
        there = standing["Transactions"]
        problems += name_taken_back(imported, there, lambda: locked(book))
        refuse_lost_zeros(imported.sheets, standing)
        refuse_other_ids(imported, there, _as_texts(imported.sheets["Transactions"]))
        if not any(m.rows or m.changed for m in merged.values()):
            return _written(None, merged, problems)
        further = {name: rows for m in merged.values() for name, rows in m.further.items()}

        def fill(styles: Styles) -> None:
            for one in merged.values():
                for part in one.parts:
                    new = one.new if part is one.parts[-1] else one.new.clear()
                    if new.height or part.changes:
                        fill_sheet(edit, styles, part.place, new, part.changes)

        add_sheets(edit, imported, further, fill)
        changes = edit.changes()

        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / book.name
            with made.open("wb") as file:
                edit.save(file)
            package.close()  # Windows replaces no file that is open, not even by ourselves
            try:
                refused = locked(made)
            except InputFault as fault:
                raise InputFault([*problems, *fault.problems]) from None
            if refused.problems:
                edits = {p.place.sheet.name: Edits(p.place, p.changes, p.old) for m in merged.values() for p in m.parts}
                raise Refused(refusals_of_an_import(refused, edits))

            def write(file: BinaryIO) -> None:
                with made.open("rb") as whole:
                    shutil.copyfileobj(whole, file)

            replace_file(book, write, expected=seen, backup=backup, landing=landing)
    return replace(_written(book, merged, problems, examples), parts=changes)


def _written(
    book: Path | None, merged: dict[str, _Merged], problems: Sequence[Problem], examples: dict[str, int] | None = None
) -> ImportedRows:
    return ImportedRows(
        book,
        {name: m.rows for name, m in merged.items()},
        {name: m.changed for name, m in merged.items()},
        {name: m.same for name, m in merged.items()},
        tuple(problems),
        examples or {},
    )


def _rows_there(
    package: Package, sheets: BookSheets, name: str, rows: pl.DataFrame
) -> list[tuple[SheetRows, pl.DataFrame]]:
    """Return the rows of a table on each sheet that it is on, as texts that compare with those of an import."""
    places = places_of(package, sheets, name)
    return [(place, _as_texts(_like(texts_of(package, sheets, place), rows))) for place in places]


def _has_transactions(package: Package, sheets: BookSheets) -> bool:
    """Return whether the book has transactions beside those of the examples: what splits their cost is settled then."""
    place = place_of(package, sheets, "Transactions")
    if place is None:
        return False
    ids = texts_of(package, sheets, place).get_column("id").drop_nulls()
    return bool((~is_example(ids)).any())


def _merge(
    standing: Sequence[tuple[SheetRows, pl.DataFrame]], sheets: BookSheets, name: str, rows: pl.DataFrame,
    followed: Collection[str],
) -> _Merged:  # fmt: skip
    """Compare the rows of an import with those of a table, on all the sheets that it is on."""
    key = [f for f in KEYS[name] if f in rows.columns]
    known: dict[str, tuple[int, int]] = {}
    for sheet, (_, there) in enumerate(standing):
        keys = _keyed(there, key).to_list()
        known |= {one: (sheet, at) for at, one in enumerate(keys)}
    texts = _as_texts(rows)
    found = [known.get(k, (-1, -1)) for k in _keyed(texts, key).to_list()]
    of = pl.Series([k for k, _ in found], dtype=pl.Int64)
    at = pl.Series([place for _, place in found], dtype=pl.Int64)
    new = rows.filter(of < 0)
    merged = _Merged(
        [_ChangedSheet(place) for place, _ in standing], new, rows=new.height, same=rows.height - new.height
    )
    _split(merged, name, sheets)
    if name in followed:
        for sheet, part in enumerate(merged.parts):
            here = of == sheet
            _follow(part, texts.filter(here), standing[sheet][1], at.filter(here))
        merged.same -= merged.changed
    return merged


def _split(merged: _Merged, name: str, sheets: BookSheets) -> None:
    """Let the rows that the last sheet has no room for go on in further ones."""
    if not merged.new.height:
        return
    room = room_on(merged.parts[-1].place) if merged.parts else 0
    merged.new, *rest = split_rows(merged.new, room)
    names = [] if merged.parts else [name]
    taken = [int(s.name.rpartition("(")[2].strip(" )")) for s in sheets.further(name)]
    first = max([1, *taken]) + 1
    names += [f"{name} ({first + k})" for k in range(len(rest))]
    merged.further = dict(zip(names, rest, strict=False))


def _follow(part: _ChangedSheet, new: pl.DataFrame, before: pl.DataFrame, at: pl.Series) -> None:
    """Note the cells of a sheet in which the export says something else."""
    part.changes = _changes(part.place, new, before, at)
    first = part.place.headings.row + 1
    part.old = {
        row: {f: before[f][row - first] for f in fields if f in before.columns} for row, fields in part.changes.items()
    }


def _like(texts: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Give the texts of a sheet the columns of an import, numbers as exact ones."""
    columns = []
    for column in rows.get_columns():
        text = texts.get_column(column.name) if column.name in texts.columns else None
        if text is None:
            text = pl.Series(column.name, [None], dtype=pl.String).new_from_index(0, texts.height)
        columns.append(text.cast(NUMBER, strict=False) if column.dtype == pl.Decimal else text)
    return pl.DataFrame(columns) if columns else texts


def _as_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return every cell as the text that stands for its value."""
    columns = []
    for column in rows.get_columns():
        if column.dtype == pl.Decimal:
            columns.append(number_text(column))
        elif column.dtype == pl.Date:
            columns.append(column.dt.to_string("%Y-%m-%d"))
        else:
            columns.append(column.str.strip_chars())
    return pl.DataFrame(columns)


def _keyed(texts: pl.DataFrame, key: list[str]) -> pl.Series:
    """Return what makes each row that row, IDs as they are compared (R0)."""
    parts = [make_id_keys(texts.get_column(k)).fill_null("").alias(k) for k in key]
    return pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator="\0")).to_series()


def _changes(place: SheetRows, new: pl.DataFrame, old: pl.DataFrame, at: pl.Series) -> dict[int, dict[str, str | None]]:
    """Return the cells in which the export says something else than the sheet; what it leaves blank stays."""
    changes: dict[int, dict[str, str | None]] = {}
    now = old[at]
    for column in new.columns:
        if column not in place.headings.columns:
            continue
        kind = next(c.kind for c in place.spec.columns if c.field == column)
        mine, theirs = now.get_column(column), new.get_column(column)
        if kind == "id":
            mine, theirs_as_key = make_id_keys(mine), make_id_keys(theirs)
        else:
            theirs_as_key = theirs
        differs = mine.fill_null("") != theirs_as_key.fill_null("")
        for row in (differs & theirs.is_not_null()).arg_true().to_list():
            changes.setdefault(place.headings.row + 1 + int(at[row]), {})[column] = theirs[row]
    return changes
