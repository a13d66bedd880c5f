"""Is a workbook what an earlier run with --output made of this very book? Only then may the next run replace it.

In      the book, and the workbook that is there.
Out     True where every sheet of the user's is the same to the byte, and the lock's history is the book's and one
        command more. What was closed, typed or saved there since is never taken away.
Cost    the directories of both files, and their sheet *Lock*.
Source  WORKBOOK "Command line" (--output).
"""

from pathlib import Path

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.files.identity import same_file
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.results.earlier_cells import Entry, ResultSheet, result_sheets

LOCK = "Lock"


def is_earlier_result(book: Path, other: Path) -> bool:
    """Say whether ``other`` was made from ``book`` as it is now, and not changed since."""
    if same_file(book, other):
        return False
    try:
        if _users_own(book) != _users_own(other):
            return False
        then, now = _runs(book), _runs(other)
    except BookUnusable:
        return False  # no workbook, or none that could be one of ours
    added = {key: at for key, at in now.items() if key not in then}
    return then.keys() <= now.keys() and len(set(added.values())) <= 1


def _users_own(path: Path) -> list[tuple[str, int, int]]:
    """Name, size and checksum of every sheet that is not ours, in their order, and of the shared texts."""
    ours = tuple(spec.name.casefold() for spec in OUTPUT_SHEETS)
    with Package.open(path) as package:
        parts = [
            (sheet.name, sheet.part)
            for sheet in package.sheets()
            if sheet.part and sheet.name.partition(" (")[0].casefold() not in ours
        ]
        if package.shared_strings:
            parts.append(("", package.shared_strings))
        members = [(name, package.member(part).info) for name, part in parts]
        return [(name, info.file_size, info.CRC) for name, info in members]


def _runs(path: Path) -> dict[tuple[Entry, Entry], Entry]:
    """When each run of the lock was made, by its number and digest."""
    lock: ResultSheet | None = result_sheets(path, only=LOCK).get(LOCK)
    if lock is None:
        return {}
    return dict(
        zip(
            zip(lock.column("closing"), lock.column("digest"), strict=True),
            lock.column("run_at"),
            strict=True,
        )
    )
