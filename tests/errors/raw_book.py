"""Workbooks written as raw XML, so that a cell can hold anything a file can hold, wrong or right.

In      sheets as rows of plain values: text, numbers, true/false, null; and special cells as mappings:
        {"date": "2026-01-31"}, {"date": "2026-01-31 13:45"}, {"number": 0.5, "format": "[h]:mm"}, {"error": "#N/A"},
        {"formula": "A1+1"} (never calculated), {"formula": "A1+1", "number": 2}, {"iso": "2026-01-31"},
        {"long": 40000} (a text of so many characters), {"raw": "<c …/>"} with {ref} for the cell.
Out     an .xlsx file.
"""

import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from invclose_xl.workbook.layout import OUTPUT_SHEETS

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
DATE_FORMAT = "yyyy\\-mm\\-dd"

Sheets = dict[str, list[list[Any]] | None]

ITEMS = ["Item number", "Item model group", "Cost price"]
GROUPS = ["Item model group", "Inventory model", "Include physical value"]
TRANSACTIONS = ["Transaction ID", "Item number", "Financial date", "Quantity", "Financial cost amount"]


def base() -> Sheets:
    """Return a small book without any fault."""
    return {
        "Items": [ITEMS, ["CHAIN", "FIFO", None], ["SADDLE", "FIFO", None]],
        "Item model groups": [GROUPS, ["FIFO", "FIFO", "Yes"]],
        "Transactions": [
            TRANSACTIONS,
            ["P1", "CHAIN", {"date": "2026-01-05"}, 10, 100],
            ["S1", "CHAIN", {"date": "2026-01-20"}, -4, -40],
        ],
    }


def write_book(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[Any]] | None],
    *,
    date1904: bool = False,
    merges: Mapping[str, Sequence[str]] | None = None,
    tables: Mapping[str, str] | None = None,
    shared: bool = False,
) -> Path:
    """Write the sheets that are not None; ``tables``: sheet -> ``name ref`` of an Excel table on it."""
    book = _Book(date1904, shared)
    present = {name: rows for name, rows in sheets.items() if rows is not None}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        overrides = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
        for number, (name, rows) in enumerate(present.items(), 1):
            part = f"xl/worksheets/sheet{number}.xml"
            file.writestr(part, book.sheet(rows, (merges or {}).get(name, ()), (tables or {}).get(name)))
            overrides.append((f"/{part}", "worksheet"))
            if tables and name in tables:
                table, ref = tables[name].split()
                file.writestr(f"xl/tables/table{number}.xml", _table(table, ref, number, rows))
                file.writestr(
                    f"xl/worksheets/_rels/sheet{number}.xml.rels",
                    _relations([("table", f"../tables/table{number}.xml")]),
                )
                overrides.append((f"/xl/tables/table{number}.xml", "table"))
        kinds = [
            *(("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(present) + 1)),
            ("styles", "styles.xml"),
        ]
        if shared:
            file.writestr("xl/sharedStrings.xml", book.shared_part())
            overrides.append(("/xl/sharedStrings.xml", "sharedStrings"))
            kinds.append(("sharedStrings", "sharedStrings.xml"))
        file.writestr("xl/styles.xml", book.styles())
        file.writestr("xl/workbook.xml", book.workbook(list(present)))
        file.writestr("xl/_rels/workbook.xml.rels", _relations(kinds))
        file.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        file.writestr("[Content_Types].xml", _content_types(overrides))
    return path


class _Book:
    def __init__(self, date1904: bool, shared: bool) -> None:
        self.date1904 = date1904
        self.formats: list[str] = [DATE_FORMAT]
        self.texts: dict[str, int] | None = {} if shared else None

    def sheet(self, rows: Sequence[Sequence[Any]], merges: Sequence[str], table: str | None) -> str:
        lines = [
            f'<row r="{r}">{"".join(self.cell(f"{letters(c)}{r}", value) for c, value in enumerate(row, 1))}</row>'
            for r, row in enumerate(rows, 1)
        ]
        merged = "".join(f'<mergeCell ref="{ref}"/>' for ref in merges)
        tail = f'<mergeCells count="{len(merges)}">{merged}</mergeCells>' if merges else ""
        tail += '<tableParts count="1"><tablePart r:id="rId1"/></tableParts>' if table else ""
        head = f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
        return f"{head}<sheetData>{''.join(lines)}</sheetData>{tail}</worksheet>"

    def cell(self, ref: str, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return f'<c r="{ref}" t="b"><v>{int(value)}</v></c>'
        if isinstance(value, int | float):
            return f'<c r="{ref}"><v>{value!r}</v></c>'
        if isinstance(value, str):
            return self.text(ref, value)
        return self.special(ref, value)

    def text(self, ref: str, value: str) -> str:
        if self.texts is not None:
            return f'<c r="{ref}" t="s"><v>{self.texts.setdefault(value, len(self.texts))}</v></c>'
        return f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'

    def special(self, ref: str, value: dict[str, Any]) -> str:
        if "raw" in value:
            return str(value["raw"]).replace("{ref}", ref)
        if "long" in value:
            return self.text(ref, "x" * value["long"])
        if "error" in value:
            return f'<c r="{ref}" t="e"><v>{value["error"]}</v></c>'
        if "iso" in value:
            return f'<c r="{ref}" t="d"><v>{value["iso"]}</v></c>'
        if "date" in value:
            return f'<c r="{ref}" s="{self.style(DATE_FORMAT)}"><v>{self.serial(value["date"])!r}</v></c>'
        formula = f"<f>{escape(value['formula'])}</f>" if "formula" in value else ""
        number = f"<v>{value['number']!r}</v>" if "number" in value else ""
        style = f' s="{self.style(value["format"])}"' if "format" in value else ""
        return f'<c r="{ref}"{style}>{formula}{number}</c>'

    def serial(self, text: str) -> float | int:
        first = datetime(1904, 1, 1) if self.date1904 else datetime(1899, 12, 30)
        passed = datetime.fromisoformat(text) - first
        return passed.days + passed.seconds / 86_400 if passed.seconds else passed.days

    def style(self, code: str) -> int:
        if code not in self.formats:
            self.formats.append(code)
        return self.formats.index(code) + 1

    def styles(self) -> str:
        own = "".join(
            f'<numFmt numFmtId="{200 + n}" formatCode="{escape(code)}"/>' for n, code in enumerate(self.formats)
        )
        used = "".join(
            f'<xf numFmtId="{200 + n}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
            for n in range(len(self.formats))
        )
        plain = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        return (
            f'<styleSheet xmlns="{MAIN}"><numFmts count="{len(self.formats)}">{own}</numFmts>'
            '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill>'
            '<fill><patternFill patternType="gray125"/></fill></fills>'
            '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            f'<cellXfs count="{len(self.formats) + 1}">{plain}{used}</cellXfs>'
            '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
        )

    def workbook(self, names: list[str]) -> str:
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1)
        )
        dates = '<workbookPr date1904="1"/>' if self.date1904 else "<workbookPr/>"
        return f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{dates}<sheets>{listed}</sheets></workbook>'

    def shared_part(self) -> str:
        entries = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in self.texts or ())
        return f'<sst xmlns="{MAIN}">{entries}</sst>'


def letters(column: int) -> str:
    """Return the letters of a column below 703."""
    first, second = divmod(column - 1, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)


def _relations(kinds: Sequence[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(kinds, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def _content_types(overrides: Sequence[tuple[str, str]]) -> str:
    lines = "".join(f'<Override PartName="{part}" ContentType="{KIND}.{kind}+xml"/>' for part, kind in overrides)
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'<Types xmlns="{PACKAGE}/content-types">{defaults}{lines}</Types>'


def _table(name: str, ref: str, number: int, rows: Sequence[Sequence[Any]]) -> str:
    top, _, last = ref.partition(":")
    first_row = int("".join(c for c in top if c.isdigit()))
    left = ord(top[0]) - 64
    right = ord(last[0]) - 64
    totals = ' totalsRowCount="1"' if str(rows[int(last[1:]) - 1][left - 1]) == "Total" else ""
    columns = "".join(
        f'<tableColumn id="{n}" name="{escape(str(heading))}"/>'
        for n, heading in enumerate(rows[first_row - 1][left - 1 : right], 1)
    )
    return (
        f'<table xmlns="{MAIN}" id="{number}" name="{name}" displayName="{name}" ref="{ref}"{totals}>'
        f'<tableColumns count="{right - left + 1}">{columns}</tableColumns></table>'
    )


def result_sheets(results: Mapping[str, Any]) -> Sheets:
    """Return all result sheets as a run leaves them, with the rows given by heading; None leaves a sheet out."""
    sheets: Sheets = {}
    for sheet in OUTPUT_SHEETS:
        rows = results.get(sheet.name, [])
        headings = [c.heading for c in sheet.columns if c.heading != results.get("without", {}).get(sheet.name)]
        above: list[list[Any]] = (
            [["Inventory is closed up to", rows[-1].get("Up to date") if rows else None], [], []]
            if sheet.table == "lock"
            else [["Totals"]]
        )
        filled = [[row.get(heading) for heading in headings] for row in rows or ()]
        sheets[sheet.name] = None if rows is None else [*above, headings, *filled]
    return sheets


def book_from_json(path: Path, text: str) -> Path:
    """Write the book that a ``book.json`` describes: the base book, with some sheets given otherwise."""
    described = json.loads(text)
    sheets = {**base(), **described.get("sheets", {})}
    if "results" in described:
        sheets |= result_sheets(described["results"])
    options = {key: described[key] for key in ("date1904", "merges", "tables", "shared") if key in described}
    return write_book(path, sheets, **options)
