"""The nine result sheets go into the workbook; everything else in the file stays as it is, byte for byte.

In      the path of a workbook, the result tables, how many decimals their integers stand for.
Out     the same file, replaced at once (or a copy), with the old one kept as a backup if wanted.
Errors  BookUnusable, one sentence, nothing written: see ``refuse_unwritable``; disk full; changed or opened meanwhile.
Cost    the result rows, streamed in blocks; the rest is copied compressed.
Source  WORKBOOK "Written"; RULES R10.1 (ClosedDate).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import polars as pl

from invclose_xl.domain.book import Scales
from invclose_xl.domain.problems.problem import BookUnusable, Severity
from invclose_xl.domain.tables import LOG, Tables
from invclose_xl.domain.views.part_changes import PartChanges
from invclose_xl.files.landing import Landing
from invclose_xl.files.replace import FileStamp, replace_file, stamp
from invclose_xl.files.target import refuse_output, refuse_unwritable_target, workbook_ending
from invclose_xl.workbook.existing.locate import FoundSheet, find_sheets
from invclose_xl.workbook.layout import OUTPUT_SHEETS, OutputSheet
from invclose_xl.workbook.package.cell_reference import column_letters
from invclose_xl.workbook.package.edit import PackageEdit
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.progress import Progress
from invclose_xl.workbook.results.write_plan import plan_sheets

__all__ = ["FileStamp", "Written", "refuse_unwritable", "stamp", "write_results"]


@dataclass(frozen=True, slots=True)
class Written:
    """Where the results are."""

    path: Path
    backup: Path | None
    sheets: tuple[str, ...]
    parts: PartChanges
    """what became of the parts of the file"""
    unkept: tuple[str, ...] = ()
    """what the new file lacks of the old one, in words"""


def write_results(
    book: Path,
    tables: Tables,
    scales: Scales,
    currency: str,
    closed_up_to: date | None,
    *,
    output: Path | None = None,
    backup: Path | None = None,
    drop_signature: bool = False,
    expected: FileStamp | None = None,
    landing: Landing | None = None,
    progress: Progress | None = None,
    notes_parts: bool = False,
    further: Sequence[tuple[OutputSheet, pl.DataFrame]] = (),
    formats_named: Mapping[str, int] = MappingProxyType({}),
) -> Written:
    """Put the result tables into a workbook, or into a copy of it at ``output``, which leaves the book untouched.

    ``expected`` is the book's stamp when it was read, so that no change made meanwhile is lost. ``backup`` is where the
    old file is kept; ``landing`` knows from the rename on that the results are there; ``progress`` hears (sheet, rows
    written, rows in all). ``notes_parts``: *Log* says which parts of the file this write touches.
    ``further`` are sheets that this run alone writes. ``formats_named``: by part, the highest cell format that
    it names, where ``expected`` was read so closely.
    """
    in_place, target = output is None, output or book
    seen = expected or stamp(book)
    if stamp(book) != seen:
        raise BookUnusable(f"{book.name} was changed after it was read; nothing was written. Run again.")
    with Package.open(book) as package:
        refuse_unwritable_target(target)
        package.formats_named.update(formats_named)
        others = [spec for spec, _ in further]
        found = results_in(package, drop_signature=drop_signature, further=others)
        edit = PackageEdit(package)
        if notes_parts:
            tables = {**tables, "log": pl.concat([tables["log"], _NOTE])}
        sheets = plan_sheets(
            edit, tables, scales, currency, closed_up_to, found=found, drop_signature=drop_signature,
            progress=progress, further=further, finished={"log": lambda rows: _noted(rows, edit.changes())},
        )  # fmt: skip
        parts = edit.changes()

        def write(file: BinaryIO) -> None:
            edit.save(file)
            package.close()  # Windows replaces no file that is open, not even by ourselves

        done = replace_file(
            target, write, expected=seen if in_place else None, like=book, backup=backup if in_place else None,
            landing=landing,
        )  # fmt: skip
    return Written(target, done.backup, sheets, parts, done.unkept)


_NOTE = pl.DataFrame(
    {name: [Severity.INFORMATION.value if name == "severity" else ""] for name in LOG}, schema=LOG
)  # fmt: skip
"""A row of *Log* that belongs to no closing: it speaks of the file, and the next write has its own."""


def _noted(rows: pl.DataFrame, parts: PartChanges) -> pl.DataFrame:
    """Let the note say what becomes of the parts, which is known once every sheet has its place."""
    is_note = (pl.col("closing") == "") & (pl.col("message") == "")
    said = pl.when(is_note).then(pl.lit(parts.write_sentence())).otherwise("message")
    return rows.with_columns(message=said)


def _is_ours(book: Path, output: Path) -> bool:
    from invclose_xl.workbook.results.earlier_result import is_earlier_result

    return is_earlier_result(book, output)


def refuse_unwritable(book: Path, output: Path | None, *, drop_signature: bool = False, force: bool = False) -> None:
    """Raise BookUnusable or WrongUsage, before any work, if the results could not be written.

    ``force``: they may take the place of any other file than the book.
    """
    if output is not None:
        refuse_output(output, book, workbook_ending(book), is_ours=lambda: _is_ours(book, output), force=force)
    with Package.open(book) as package:
        package.refuse_expanding_parts()
        package.refuse_wrong_kinds()
        results_in(package, drop_signature=drop_signature)
    if output is None:
        refuse_unwritable_target(book)


def _refuse_names_of_no_tab(package: Package) -> None:
    """Raise BookUnusable for a name that is local to a tab beyond the last: a new sheet would become that tab."""
    tabs = len(package.sheets())
    lost = next((n for n in package.defined_names() if n.sheet is not None and n.sheet >= tabs), None)
    if lost is not None:
        raise BookUnusable(
            f"{package.path.name} has a defined name, {lost.name}, that belongs to tab number {(lost.sheet or 0) + 1}, "
            f"and there are only {tabs} tabs, so a new result sheet would get it: open the workbook in Excel, which "
            "removes such names, save, and run again."
        )


def _refuse_without_room(package: Package, found: FoundSheet) -> None:
    """Raise BookUnusable where a sheet of an earlier version has no room for columns that a run cannot do without."""
    needed = found.needed
    if not needed or not (column := found.find_in_the_way(package)):
        return
    names = " and ".join([", ".join(c.heading for c in needed[:-1]), needed[-1].heading]).removeprefix(" and ")
    count = "a column" if len(needed) == 1 else f"{len(needed)} columns"
    raise BookUnusable(
        f"The sheet {found.sheet.name} of {package.path.name} was written by an earlier version and now gets {names}"
        f" behind its last column, but column {column_letters(column)} is filled in: insert {count} to the left of"
        f" column {column_letters(column)}, save, and run again."
    )


def results_in(
    package: Package, *, drop_signature: bool, further: Sequence[OutputSheet] = ()
) -> dict[str, list[FoundSheet]]:
    """Return the result sheets that are there by table; raise BookUnusable if results cannot be written."""
    name = package.path.name
    if package.signature_parts and not drop_signature:
        raise BookUnusable(
            f"{name} is digitally signed, and any change would break the signature: remove the signature in Excel, "
            "or use --drop-signature to write the workbook without it."
        )
    sheets: dict[str, list[FoundSheet]] = {}
    for spec in (*OUTPUT_SHEETS, *further):
        found, reason = find_sheets(package, spec)
        if reason:
            raise BookUnusable(
                f"{name} has a sheet called {spec.name} of its own ({reason}), and the results need that name: "
                "rename the sheet, save, and run again."
            )
        for sheet in found:
            _refuse_without_room(package, sheet)
        sheets[spec.table] = found
    _refuse_names_of_no_tab(package)
    missing = [spec.name for spec in (*OUTPUT_SHEETS, *further) if not sheets[spec.table]]
    if missing and package.structure_is_protected:
        raise BookUnusable(
            f"The structure of {name} is protected, so the sheet {missing[0]} cannot be added: remove the protection "
            "in Excel (Review, Protect Workbook), run again, and protect it anew."
        )
    return sheets
