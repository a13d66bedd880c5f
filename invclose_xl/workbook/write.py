"""The nine result sheets go into the workbook; everything else in the file stays as it is, byte for byte.

In      the path of a workbook, the result tables, how many decimals their integers stand for.
Out     the same file, replaced at once (or a copy), with the old one kept as a backup if wanted.
Errors  BookUnusable, one sentence, nothing written: see ``refuse_unwritable``; disk full; changed or opened meanwhile.
Cost    the result rows, streamed in blocks; the rest is copied compressed.
Source  WORKBOOK "Written"; RULES R10.1 (ClosedDate).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from invclose_xl.domain.book import Scales
from invclose_xl.domain.problem import BookUnusable
from invclose_xl.domain.tables import Tables
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from invclose_xl.workbook.package import Package
from invclose_xl.workbook.package_edit import PackageEdit
from invclose_xl.workbook.package_zip import ArchiveWriter
from invclose_xl.workbook.replace_file import FileStamp, replace_file, stamp
from invclose_xl.workbook.sheet_found import FoundSheet, find_sheets
from invclose_xl.workbook.write_plan import plan_sheets

__all__ = ["FileStamp", "Written", "refuse_unwritable", "stamp", "write_results"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """Where the results are."""

    path: Path
    backup: Path | None
    sheets: tuple[str, ...]


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
    progress: Progress | None = None,
) -> Written:
    """Put the result tables into a workbook, or into a copy of it at ``output``, which leaves the book untouched.

    ``expected`` is the book's stamp when it was read, so that no change made meanwhile is lost. ``backup`` is where the
    old file is kept; ``progress`` hears (sheet, rows written, rows in all).
    """
    in_place = output is None or _is_same_file(book, output)
    target = book if in_place or output is None else output
    seen = expected or stamp(book)
    if stamp(book) != seen:
        raise BookUnusable(f"{book.name} was changed after it was read; nothing was written. Run again.")
    with Package.open(book) as package:
        found = _results_in(package, drop_signature=drop_signature)
        _refuse_target(target)
        edit = PackageEdit(package)
        sheets = plan_sheets(edit, tables, scales, currency, closed_up_to, found=found, drop_signature=drop_signature,
                             progress=progress)  # fmt: skip

        def write(file: BinaryIO) -> None:
            edit.save(ArchiveWriter(file))
            package.close()  # Windows replaces no file that is open, not even by ourselves

        kept = replace_file(
            target, write, expected=seen if in_place else None, like=book, backup=backup if in_place else None
        )
    return Written(target, kept, sheets)


def refuse_unwritable(book: Path, output: Path | None, *, drop_signature: bool = False) -> None:
    """Raise BookUnusable, before any work, if the results could not be written."""
    with Package.open(book) as package:
        package.refuse_expanding_parts()
        package.refuse_wrong_kinds()
        _results_in(package, drop_signature=drop_signature)
    _refuse_target(book if output is None or _is_same_file(book, output) else output)


def _results_in(package: Package, *, drop_signature: bool) -> dict[str, list[FoundSheet]]:
    """Return the result sheets that are there by table; raise BookUnusable if results cannot be written."""
    name = package.path.name
    if package.signature_parts and not drop_signature:
        raise BookUnusable(
            f"{name} is digitally signed, and any change would break the signature: remove the signature in Excel, "
            "or use --drop-signature to write the workbook without it."
        )
    sheets: dict[str, list[FoundSheet]] = {}
    for spec in OUTPUT_SHEETS:
        found, reason = find_sheets(package, spec)
        if reason:
            raise BookUnusable(
                f"{name} has a sheet called {spec.name} of its own ({reason}), and the results need that name: "
                "rename the sheet, save, and run again."
            )
        sheets[spec.table] = found
    missing = [spec.name for spec in OUTPUT_SHEETS if not sheets[spec.table]]
    if missing and package.structure_is_protected:
        raise BookUnusable(
            f"The structure of {name} is protected, so the sheet {missing[0]} cannot be added: remove the protection "
            "in Excel (Review, Protect Workbook), run again, and protect it anew."
        )
    return sheets


def _refuse_target(target: Path) -> None:
    """Raise BookUnusable if the target is open elsewhere or may not be written."""
    real = Path(os.path.realpath(target))
    if real.is_dir():
        raise BookUnusable(f"{target} is a folder: give the name of a file.")
    for folder in dict.fromkeys((target.parent, real.parent)):
        for lock, program in ((f"~${real.name}", "Excel"), (f".~lock.{real.name}#", "LibreOffice")):
            if (folder / lock).exists():
                raise BookUnusable(
                    f"{real.name} is open in {program}: close it there and run again (if it is not open, delete the "
                    f"file {lock} beside it)."
                )
    if not real.parent.is_dir():
        raise BookUnusable(f"There is no folder {real.parent}: create it, or write to another place.")
    if not os.access(real.parent, os.W_OK | os.X_OK):
        raise BookUnusable(f"The folder {real.parent} may not be written: use --output to write to another place.")
    if real.exists():
        if not os.access(real, os.W_OK):
            raise BookUnusable(f"{real.name} is read-only: allow writing, or use --output to write to another place.")
        try:
            with open(real, "r+b"):
                pass  # on Windows a file that is open in Excel cannot be opened for writing
        except OSError:
            raise BookUnusable(f"{real.name} is open elsewhere: close it and run again.") from None


def _is_same_file(book: Path, output: Path) -> bool:
    return output.exists() and book.exists() and os.path.samefile(book, output)
