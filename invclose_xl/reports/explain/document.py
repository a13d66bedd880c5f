"""An explanation as a document: the schema of what ``explain --json`` prints.

Source  WORKBOOK "Command line" (explain).
"""

from typing import ClassVar

from pydantic import Field

from invclose_xl.reports.documents.document import Amount, Document, Quantity


class StepRow(Document):
    """One line of the way from the posted cost to the cost."""

    what: str
    amount: Amount
    closing: str
    rule: str


class Place(Document):
    """A transaction or leg that a part leads to; its fields are missing where a part ends."""

    transaction: str | None = None
    date: str | None = Field(None, description="ISO 8601, or: no date")
    item: str | None = None
    group: str | None = None
    reference: str | None = None
    number: str | None = Field(None, description="of the document")
    cell: str | None = None
    cost: Amount | None = None
    whole_quantity: Quantity | None = None


class PartRow(Place):
    """A part of a cost, and what the place it leads to consists of in turn."""

    amount: Amount
    quantity: Quantity
    what: str
    rule: str
    closing: str
    explained_above: bool = Field(description="its own parts are listed elsewhere in this document")
    parts: tuple["PartRow", ...]


class EndRow(Place):
    """Where a part of the cost first came from, or ended."""

    amount: Amount
    what: str
    rule: str


class TableRows(Document):
    """A table of an explanation: its rows by heading, as text."""

    caption: str
    rows: tuple[dict[str, str], ...]


class ExplanationDocument(Document):
    """Where every cent of a cost comes from, and where it went."""

    schema_name: ClassVar[str] = "explanation"
    subject: str = Field(description="issue, receipt, closing leg, item, voucher, voucher line, document or lot")
    id: str
    title: str
    facts: dict[str, str]
    currency: str
    cost: Amount | None = Field(None, description="missing where the subject has no single cost")
    steps: tuple[StepRow, ...] = Field((), description="from the posted cost to the cost")
    comes_from: tuple[PartRow, ...] = ()
    origins: tuple[EndRow, ...] = ()
    went_to: tuple[PartRow, ...] = ()
    destinations: tuple[EndRow, ...] = ()
    tables: tuple[TableRows, ...]
    rules: dict[str, str] = Field(description="every rule that is cited, in words")
