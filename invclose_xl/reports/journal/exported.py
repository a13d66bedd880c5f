"""An exported voucher, as a document.

Source  WORKBOOK "Command line" (voucher).
"""

from datetime import date
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from invclose_xl.reports.documents.document import Amount, Document, grouped


class ExportedVoucher(Document):
    """A voucher as it was written for another system.

    ``lines``, ``debit`` and ``credit`` are Decimal in ``currency``; ``by_role`` says that names stand for accounts.
    """

    schema_name: ClassVar[str] = "voucher"
    closing: str
    date: date
    format: str = Field(description="d365, business-central or csv")
    lines: int
    debit: Amount
    credit: Amount
    currency: str
    reversed_by: str = Field(description="the reversal that takes this voucher back; empty where it stands")
    by_role: bool = Field(description="names such as Inventory stand in place of account numbers")
    written: Path

    def text(self) -> str:
        """Return the lines that the command prints."""
        debit = f"debit = credit = {grouped(self.debit)}{f' {self.currency}' if self.currency else ''}"
        return f"Voucher {self.closing} of {self.date}: {self.lines} lines, {debit}\nWritten to {self.written}"
