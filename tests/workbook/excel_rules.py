"""What Excel demands of our sheets beyond the schema, and repairs a file for; the validator sees none of it."""

import zipfile
from pathlib import Path
from unittest import mock

from invclose_xl.workbook.existing.sheet_source import cell_text, cells_by_column, shared_index, shared_texts
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from invclose_xl.workbook.package import xml as package_xml
from invclose_xl.workbook.package.cell_reference import Range, column_number, split_reference
from invclose_xl.workbook.package.package import Package, Sheet, relationships_part
from invclose_xl.workbook.package.xml import Element, XmlPart

FORBIDDEN_IN_NAMES = set("[]:*?/\\")
MOST_LINKS = 65_530
MOST_FORMATS = 65_490
LONGEST_TEXT = 32_767


def broken_rules(path: Path) -> list[str]:
    """Return every rule that our sheets break."""
    broken: list[str] = []
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() is not None:
            broken.append("a member does not match its checksum")
    with Package.open(path) as package:
        broken += _workbook(package)
        for sheet in package.sheets():
            if sheet.kind == "worksheet" and sheet.part:
                broken += [f"{sheet.name}: {fault}" for fault in _tables(package, sheet)]
        ours = {s.name for s in OUTPUT_SHEETS}
        for sheet in package.sheets():
            if sheet.name.split(" (")[0] in ours:
                broken += [f"{sheet.name}: {fault}" for fault in _cells(package, sheet)]
    return broken


def _workbook(package: Package) -> list[str]:
    broken: list[str] = []
    names = [s.name.casefold() for s in package.sheets()]
    if len(set(names)) != len(names):
        broken.append("two sheets of one name")
    broken += [f"sheet name {n}" for n in names if len(n) > 31 or set(n) & FORBIDDEN_IN_NAMES]
    scoped = [(n.name.casefold(), n.sheet) for n in package.defined_names()]
    broken += [f"name {n} defined twice" for n in set(scoped) if scoped.count(n) > 1]
    broken += [f"name {n} local to no sheet" for n, place in scoped if place is not None and place >= len(names)]
    tables = [t for s in package.sheets() for t in package.tables_of(s)]
    for what in (
        [t.name.casefold() for t in tables],
        [package.document(t.part, 1).root.attributes.get("id") for t in tables],
    ):
        broken += [f"table {x} twice" for x in {str(w) for w in what} if [str(w) for w in what].count(x) > 1]
    broken += [f"table {t.name} is also a name" for t in tables if (t.name.casefold(), None) in scoped]
    styles = package.document(package.styles).root.child("cellXfs") if package.styles else None
    if styles is not None and len(styles.children) > MOST_FORMATS:
        broken.append("too many formats")
    return broken


def _tables(package: Package, sheet: Sheet) -> list[str]:
    tables = [t for t in package.tables_of(sheet) if t.header_rows]
    if not tables:
        return []
    rows, shared = _rows(package, sheet)
    broken: list[str] = []
    for table in tables:
        ref = Range.parse(table.ref)
        if ref is None or ref.right - ref.left + 1 != len(table.columns):
            broken.append(f"table {table.name} spans {table.ref} with {len(table.columns)} columns")
            continue
        if ref.bottom - ref.top < 1 + table.totals_rows:
            broken.append(f"table {table.name} has no row for data")
        cells = cells_by_column(rows[ref.top], ref.top) if ref.top in rows else {}
        shown = [cell_text(cells[c], shared) if c in cells else "" for c in range(ref.left, ref.right + 1)]
        if [" ".join(s.split()) for s in shown] != [" ".join(c.replace("_x000a_", " ").split()) for c in table.columns]:
            broken.append(f"table {table.name} has other headings than its cells")
        document = package.document(table.part)
        auto_filter = document.root.child("autoFilter")
        area = Range.parse(auto_filter.attributes.get("ref", "")) if auto_filter else None
        if area and (area.top, area.left, area.right) != (ref.top, ref.left, ref.right):
            broken.append(f"table {table.name}: its filter spans {area}")
        if area and area.bottom != ref.bottom - table.totals_rows:
            broken.append(f"table {table.name}: its filter ends in row {area.bottom}")
    return broken


def whole_sheet(package: Package, sheet: Sheet) -> Element:
    """A sheet as one tree, however large; the program itself never does that."""
    with mock.patch.object(package_xml, "MOST_ELEMENTS", 1 << 30):
        return XmlPart(package.part(sheet.part)).root


def _rows(package: Package, sheet: Sheet) -> tuple[dict[int, Element], dict[int, str]]:
    data = whole_sheet(package, sheet).child("sheetData")
    rows = {int(r.attributes.get("r", "0")): r for r in data.all("row")} if data else {}
    wanted = {i for r in rows.values() for c in r.all("c") if (i := shared_index(c)) is not None}
    return rows, shared_texts(package, wanted)


def _cells(package: Package, sheet: Sheet) -> list[str]:
    broken: list[str] = []
    root = whole_sheet(package, sheet)
    data = root.child("sheetData")
    assert data is not None
    last_row = 0
    styles = package.document(package.styles or "").root.child("cellXfs")
    known = len(styles.children) if styles else 0
    for row in data.children:
        number = int(row.attributes["r"])
        if not last_row < number <= 1_048_576:
            broken.append(f"row {number} after row {last_row}")
        last_row, last_column = number, 0
        for cell in row.children:
            letters, place = split_reference(cell.attributes["r"])
            if place != number or column_number(letters) <= last_column:
                broken.append(f"cell {cell.attributes['r']} out of order")
            last_column = column_number(letters)
            if int(cell.attributes.get("s", "0")) >= max(known, 1):
                broken.append(f"cell {cell.attributes['r']} has a format that does not exist")
            inline = cell.child("is")
            if inline and sum(len(t.text.encode("utf-16-le")) for t in inline.children) > 2 * LONGEST_TEXT:
                broken.append(f"cell {cell.attributes['r']} is too long")
            value = cell.child("v")
            if cell.attributes.get("t", "n") == "n" and value is not None and (value.text or cell.child("f") is None):
                float(value.text)
    links = root.child("hyperlinks")
    references = [e.attributes["ref"] for e in links.children] if links else []
    if links is not None and (len(references) > MOST_LINKS or not references or len(set(references)) < len(references)):
        broken.append("too many links, two on one cell, or an empty list of them")
    if root.child("tableParts") is not None and not package.has(relationships_part(sheet.part)):
        broken.append("tables without relationships")
    return broken
