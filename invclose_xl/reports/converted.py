"""Report of a conversion: what it wrote and what it left, for people and as plain data.

Source  WORKBOOK "Command line" (convert).
"""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from invclose_xl.reports.documents.document import Document


class Converted(Document):
    """A conversion that is done.

    ``rows`` counts transactions, ``closings`` runs; ``not_carried_over`` names what the other form has no place for.
    """

    schema_name: ClassVar[str] = "conversion"
    written: Path = Field(description="the folder or workbook")
    rows: dict[str, int] = Field(description="rows by table")
    closings: tuple[str, ...] = Field(description="the closings that went with the data")
    not_carried_over: tuple[str, ...] = Field(description="what is the user's own, in words: sheets, columns, cells")

    def text(self) -> str:
        """Return the lines that the command prints."""
        width = max(map(len, self.rows), default=0)
        counts = (f"  {name:<{width}}  {count:>12,} rows" for name, count in self.rows.items())
        lines = [f"Written to {self.written}", *counts]
        if self.closings:
            lines.append(f"  with {', '.join(self.closings)}")
        if self.not_carried_over:
            lines.append(f"Not carried over: {'; '.join(self.not_carried_over)}.")
        return "\n".join(lines)
