"""A new workbook; what attach put into one and detach took out of it: as documents.

Source  WORKBOOK "Command line" (new, attach, detach, install-libreoffice).
"""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from invclose_xl.reports.documents.document import Document
from invclose_xl.reports.summary import Parts, part_lines


class NewBook(Document):
    """An empty workbook to start from.

    ``written`` is its path.
    """

    schema_name: ClassVar[str] = "new"
    written: Path

    def text(self) -> str:
        """Return the line that the command prints."""
        return f"Written to {self.written}"


class Attached(Document):
    """A workbook with buttons.

    ``sheets`` and ``parts`` (of the file) name what was put in, ``own_macros`` the macros that were there.
    """

    schema_name: ClassVar[str] = "attach"
    written: Path
    sheets: tuple[str, ...] = Field(description="sheets that were added")
    own_macros: bool = Field(description="ours stand beside macros of the workbook's own")
    parts: Parts

    def text(self) -> str:
        """Return the lines that the command prints."""
        macros = "Our macros stand beside the workbook's own." if self.own_macros else "Our macros were added."
        added = f"Sheets added: {', '.join(self.sheets)}"
        return "\n".join([added, macros, f"Written to {self.written}", *part_lines(self.parts)])


class Detached(Document):
    """A workbook without what attach put in.

    ``sheets`` and ``parts`` (of the file) name what was taken out, ``kept`` the sheets that stay for their entries.
    """

    schema_name: ClassVar[str] = "detach"
    written: Path
    sheets: tuple[str, ...] = Field(description="sheets that were taken out")
    kept: tuple[str, ...] = Field(description="sheets that stay, because something was entered")
    parts: Parts

    def text(self) -> str:
        """Return the lines that the command prints."""
        lines = [f"Sheets taken out: {', '.join(self.sheets)}"]
        if self.kept:
            lines.append(f"Kept, because something was entered: {', '.join(self.kept)}")
        return "\n".join([*lines, f"Written to {self.written}", *part_lines(self.parts)])


class LibreOfficeDocument(Document):
    """LibreOffice with the macros, or without them."""

    schema_name: ClassVar[str] = "libreoffice"
    installed: bool = Field(description="LibreOffice has the macros now")
    python: str | None = Field(description="the Python that they call; null where they were taken out")
