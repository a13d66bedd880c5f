"""A new workbook; what attach put into one and detach took out of it: as documents.

Source  WORKBOOK "Command line" (new, attach, detach).
"""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from invclose_xl.reports.documents.document import Document
from invclose_xl.reports.summary import Parts


class NewBookDocument(Document):
    """An empty workbook to start from."""

    schema_name: ClassVar[str] = "new"
    written: Path


class AttachedDocument(Document):
    """A workbook with buttons."""

    schema_name: ClassVar[str] = "attach"
    written: Path
    sheets: tuple[str, ...] = Field(description="sheets that were added")
    own_macros: bool = Field(description="ours stand beside macros of the workbook's own")
    parts: Parts


class DetachedDocument(Document):
    """A workbook without what attach put in."""

    schema_name: ClassVar[str] = "detach"
    written: Path
    sheets: tuple[str, ...] = Field(description="sheets that were taken out")
    kept: tuple[str, ...] = Field(description="sheets that stay, because something was entered")
    parts: Parts
