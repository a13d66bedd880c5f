"""What attach put into a workbook and detach took out of it, as documents.

Source  WORKBOOK "Command line" (attach, detach).
"""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from invclose_xl.reports.documents.document import Document
from invclose_xl.reports.summary import Parts


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
