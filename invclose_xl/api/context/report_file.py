"""A file made for somebody to look at, beside the book: refused early, then written whole or not at all.

In      the target, the book it is about, and a function that writes the content into an open file.
Out     the file, marked with the book it was made from.
Errors  WrongUsage (2), BookUnusable (5): see ``files.target``.
Source  WORKBOOK "Command line" (--output, --picture).
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal

from invclose_xl.files.landing import Landing
from invclose_xl.files.replace import replace_file
from invclose_xl.files.report_mark import carries, mark_of
from invclose_xl.files.target import REPORT_ENDINGS, refuse_output
from invclose_xl.reports.sheets import way_to

ReportKind = Literal["Check", "Reconciliation", "Explanation", "Picture", "Comparison", "What if", "Voucher"]


def is_free(target: Path, book: Path, kind: ReportKind) -> bool:
    """Say whether nothing is there under this name but, at most, a report of ours, of this kind, about the book."""
    return not os.path.lexists(target) or carries(target, mark_of(way_to(book, target), kind))


@dataclass(frozen=True, slots=True)
class Report:
    """One report on its way to the disk."""

    target: Path
    book: Path
    mark: str
    landing: Landing | None

    @staticmethod
    def at(
        target: Path,
        book: Path,
        kind: ReportKind,
        endings: Sequence[str] = REPORT_ENDINGS,
        *,
        force: bool = False,
        landing: Landing | None = None,
    ) -> "Report":
        """Refuse, before any work, what may not be written.

        ``force``: replace whatever file is there, except the book. ``landing`` knows from the rename on that the
        report is there.
        """
        mark = mark_of(way_to(book, target), kind)
        refuse_output(target, book, endings, is_ours=lambda: carries(target, mark), force=force)
        return Report(target, book, mark, landing)

    def write(self, write: Callable[[BinaryIO], object]) -> None:
        """Write the file."""
        if self.landing is not None:
            self.landing.what = f"{self.target} was written, whole."

        def whole(file: BinaryIO) -> None:
            made = BytesIO()  # an archive that meets a full disk half-way complains once more when it is collected
            write(made)
            file.write(made.getbuffer())

        replace_file(self.target, whole, landing=self.landing)
