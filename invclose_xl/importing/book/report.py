"""Report of an import: read, kept, passed over, columns used and not used, sums; text, JSON, and a sheet.

In      an Imported, and what was written.
Out     lines, plain data, the rows of the sheet *Import*.
Source  WORKBOOK "Command line" (import: sheet *Import*).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
from pydantic import Field

from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import Problem
from invclose_xl.domain.views.part_changes import PartChanges
from invclose_xl.importing.faults import listed
from invclose_xl.importing.transform.passed_over import Read, Share
from invclose_xl.importing.transform.run import Imported
from invclose_xl.importing.transform.typed import NUMBER, plain
from invclose_xl.reports.documents.document import Amount, Document, Quantity
from invclose_xl.reports.documents.problems import Problems
from invclose_xl.reports.summary import Parts, part_lines

COLUMNS = ("table", "file", "how", "what", "rows", "quantity", "amount", "text")
NUMBERS = ("quantity", "amount")


@dataclass(frozen=True, slots=True)
class ImportedRows:
    """Rows that an import wrote into a book, by sheet."""

    path: Path | None
    """None: a dry run, or nothing was new"""
    rows: dict[str, int]
    """sheet -> rows that are new on it"""
    changed: dict[str, int]
    """sheet -> rows that were changed"""
    same: dict[str, int]
    """sheet -> rows that were there already"""
    problems: tuple[Problem, ...] = ()
    """warnings: rows of the book that the system took back, and examples among one's own"""
    examples: dict[str, int] = field(default_factory=dict)
    """sheet -> rows of the template's example that made room"""
    parts: PartChanges | None = None
    """of the file of a book that was there"""


class ImportedTable(Document):
    """One statement about a table of the export: read, kept, passed over, columns used, sums; or not read."""

    table: str
    file: str
    how: str
    what: str
    rows: int | None = Field(None, description="missing where the statement counts nothing")
    quantity: Quantity | None = None
    amount: Amount | None = None
    text: str | None = None


class MappingDocument(Document):
    """The mapping of a system, to copy and change."""

    schema_name: ClassVar[str] = "mapping"
    system: str
    toml: str = Field(description="the file as --show-map prints it")

    def text(self) -> str:
        """Return the file."""
        return self.toml.rstrip("\n")


class ImportDocument(Document):
    """The report of an import."""

    schema_name: ClassVar[str] = "import"
    system: str
    company: str
    output: Path | None = Field(description="the book that was written; null on a dry run, and where nothing was new")
    new_rows: dict[str, int] = Field(description="by sheet")
    changed_rows: dict[str, int] = Field(description="by sheet")
    rows_as_they_were: dict[str, int] = Field(description="by sheet")
    example_rows_removed: dict[str, int] = Field(description="by sheet: those of a template's example, made room for")
    parts: Parts | None = Field(
        None, description="of the file of a book that was there; missing where a new one was made"
    )
    tables: tuple[ImportedTable, ...]
    problems: Problems


@dataclass(frozen=True, slots=True)
class ImportReport:
    """An import that is done.

    ``frame`` counts rows by table: read, passed over and written, amounts and quantities as the export has them, in
    exact decimals; ``new_rows`` and ``changed_rows`` count by sheet.
    """

    book: Path | None
    """the book that was asked for"""
    dry_run: bool
    problems: tuple[Problem, ...]
    """warnings: what the export refers to and does not hold, and what the book holds and the system took back"""
    _imported: Imported = field(repr=False)
    _rows: ImportedRows = field(repr=False)

    @property
    def written(self) -> Path | None:
        """The book that was written; None on a dry run, and where nothing was new."""
        return self._rows.path

    @property
    def new_rows(self) -> dict[str, int]:
        """Rows that are new on each sheet."""
        return self._rows.rows

    @property
    def changed_rows(self) -> dict[str, int]:
        """Rows that were changed on each sheet."""
        return self._rows.changed

    @property
    def passed_over(self) -> dict[str, int]:
        """Rows that were passed over, by reason."""
        counts: Counter[str] = Counter()
        for share in (share for read in self._imported.reads.values() for share in read.shares):
            if share.reason and share.rows:
                counts[share.reason] += share.rows
        return dict(counts)

    @property
    def not_found(self) -> tuple[str, ...]:
        """References of the export that find nothing, in words."""
        return tuple(lost.text for lost in self._imported.lost)

    def text(self) -> str:
        """Return the lines that the command prints."""
        return report_text(self, self._imported, self._rows)

    def document(self) -> ImportDocument:
        """Return the report as ``--json`` prints it; its ``plain`` gives dictionaries and lists."""
        return report_document(self, self._imported, self._rows)

    def frame(self) -> pl.DataFrame:
        """Return the rows of the sheet *Import* as a DataFrame of exact decimals."""
        return report_frame(self._imported)[0]


def report_rows(imported: Imported) -> list[dict[str, Any]]:
    """Return the rows of the sheet *Import*: every table with what became of it."""
    rows = []
    for name, read in imported.reads.items():
        matched = imported.matched.get(name)
        file = matched.table.file if matched else ""
        how = ", ".join([matched.table.how, *read.typed.notes]) if matched else ""
        head = {"table": name, "file": file, "how": how}
        for what, share, text in _statements(imported, name, read):
            numbers = (share.rows, share.quantity, share.amount) if share else (None, None, None)
            rows.append({**head, "what": what, **dict(zip(COLUMNS[4:7], numbers, strict=True)), "text": text})
    for lost in imported.lost:
        file = imported.matched[lost.table].table.file if lost.table in imported.matched else ""
        rows.append({**_row(lost.table, file, "", "Not found", lost.text), "rows": lost.rows})
    if imported.made_ids:
        text = "IDs were made of what the rows say: their lot, else their document, and the number of the row there."
        rows.append({**_row("", "", "", "Assumed", text), "rows": imported.made_ids})
    for table in imported.not_read:
        rows.append(_row(table.names[0], table.file, table.how, "Not read", "The mapping does not know this table."))
    return rows


def _row(table: str, file: str, how: str, what: str, text: str) -> dict[str, Any]:
    return {"table": table, "file": file, "how": how, "what": what, "rows": None, "quantity": None, "amount": None,
            "text": text}  # fmt: skip


def _statements(imported: Imported, name: str, read: Read) -> Iterator[tuple[str, Share | None, str]]:
    """Say of one table what was read, kept, passed over, used and assumed."""
    matched = imported.matched.get(name)
    if matched is not None:
        yield "Read", read.read, f"{format_count(matched.table.parts, 'file')}" if matched.table.parts > 1 else ""
        for share in read.shares:
            if share.reason:
                yield "Passed over", share, f"{share.reason}. {share.warn}".strip() if share.warn else share.reason
        yield "Kept", read.shares[-1], ""
        used = (
            f"{heading} ({column})" if heading != column else column for column, heading in matched.headings.items()
        )
        yield "Columns used", None, listed(used, 200)
        if matched.not_used:
            yield "Columns not used", None, listed(matched.not_used, 200)
        absent = [name for name in imported.mapping.sources[name].columns if name not in matched.headings]
        if absent:
            yield "Columns not there", None, listed(absent, 200)
    for text in read.typed.assumed:
        yield "Assumed", None, text
    for agreed in imported.agreed:
        if agreed.table == name and matched is not None:
            yield "Adds up", Share("", None, None, agreed.total), f"{agreed.what} = {agreed.arrived}"


def show_import(imported: Imported, rows: ImportedRows, book: Path | None, *, dry_run: bool = False) -> ImportReport:
    """Return the result for what was imported and written."""
    return ImportReport(book, dry_run, imported.problems + rows.problems, imported, rows)


def report_document(report: ImportReport, imported: Imported, written: ImportedRows) -> ImportDocument:
    """Return the report as a document."""
    return ImportDocument(
        system=imported.mapping.system,
        company=imported.company,
        output=written.path,
        new_rows=written.rows,
        changed_rows=written.changed,
        rows_as_they_were=written.same,
        example_rows_removed=written.examples,
        parts=written.parts,
        tables=tuple(_table_row(row) for row in report_rows(imported)),
        problems=report.problems,
    )


def _table_row(row: dict[str, Any]) -> ImportedTable:
    exact: dict[str, Any] = {k: Decimal(plain(v)) if isinstance(v, Decimal) else v for k, v in row.items()}
    return ImportedTable(**{k: v for k, v in exact.items() if v is not None})


def report_text(report: ImportReport, imported: Imported, written: ImportedRows) -> str:
    """Return the report for the terminal."""
    company = f", company {imported.company}" if imported.company else ""
    lines = [f"{imported.mapping.title}{company}"]
    for row in report_rows(imported):
        if row["what"] == "Read":
            lines.append(f"{row['table']}: {row['file']} ({row['how']})")
        if row["what"] in ("Read", "Kept", "Passed over"):
            of = row["what"].lower()
            figures = "".join(f", {n} {plain(row[n])}" for n in NUMBERS if row[n] is not None)
            why = f": {row['text']}" if row["what"] == "Passed over" else ""
            lines.append(f"  {of} {row['rows']:,}{figures}{why}")
        elif row["what"] == "Columns not used":
            lines.append(f"  columns not used: {row['text']}")
        elif row["what"] == "Columns not there":
            lines.append(f"  columns not there: {row['text']}")
        elif row["what"] == "Assumed":
            lines.append(f"  {row['text']}")
        elif row["what"] == "Not read":
            lines.append(f"{row['table']}: not read, the mapping does not know this table ({row['file']})")
    lines.append("Kept and passed over add up to what was read, and what was kept to what was written.")
    done = ", ".join(f"{sheet} {count:,}" for sheet, count in written.rows.items())
    lines.append(f"New rows: {done}" if any(written.rows.values()) else "No new rows.")
    stand = ", ".join(f"{sheet} {count:,}" for sheet, count in written.same.items() if count)
    if stand:
        lines.append(f"In the book already, left as they are: {stand}")
    if written.examples:
        lines.append("Example rows removed: " + ", ".join(f"{s} {n:,}" for s, n in written.examples.items()))
    if any(written.changed.values()):
        lines.append("Changed rows: " + ", ".join(f"{s} {n:,}" for s, n in written.changed.items() if n))
    lines.append(_where(report))
    lines += part_lines(written.parts) if written.parts else []
    return "\n".join(lines)


def _where(report: ImportReport) -> str:
    """Say where the book is, or why none was written."""
    if report.written:
        return f"Written to {report.written}"
    if report.dry_run:
        return "Nothing was written (dry run)."
    return f"Nothing is new: {report.book} was left as it is."


def report_frame(imported: Imported) -> tuple[pl.DataFrame, int]:
    """Return the sheet's rows, and how many decimals its numbers have."""
    rows = report_rows(imported)
    numbers = [row[n] for row in rows for n in NUMBERS if row[n] is not None]
    decimals = max((len(plain(n).partition(".")[2]) for n in numbers), default=0)
    kinds: dict[str, Any] = dict.fromkeys(COLUMNS, pl.String) | dict.fromkeys(NUMBERS, NUMBER) | {"rows": pl.Int64}
    return pl.DataFrame(rows, schema=kinds), max(2, decimals)
