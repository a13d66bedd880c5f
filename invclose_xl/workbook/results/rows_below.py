"""Rows below our table, when the table grows: beside it things stay, in its way they move down, as in Excel.

In      the user's cells of a result sheet, and where the new rows end.
Out     the rows that are below the new data.
Errors  BookUnusable where moving would make something wrong: formulas, merged cells, comments, links, rules.
Source  WORKBOOK "Written": everything that is not ours is left alone.
"""

from collections import defaultdict
from collections.abc import Iterator

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.existing.locate import FoundSheet
from invclose_xl.workbook.package.cell_reference import Range, column_letters
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.results.user_cells import KeptRows, UserCell, belongs_to_row

Below = dict[int, list[UserCell]]


def make_room(package: Package, kept: KeptRows, found: FoundSheet, new_bottom: int) -> Below:
    """Return the rows that are below the new data; the table's totals row goes right below it.

    What is in the way of new rows keeps its distance from the table, with all that is below it; a table that gets
    shorter leaves everything where it is.
    """
    old_bottom = found.last_data_row if found.table is not None else kept.last_row
    under = old_bottom + (found.table.totals_rows if found.table is not None else 0)
    growth = new_bottom - old_bottom
    notes = {row: [c for c in cells if _is_in_the_way(found, c)] for row, cells in kept.below.items() if row > under}
    moves = any(not c.is_blank for row, cells in notes.items() if row <= under + growth for c in cells)
    if moves:
        _refuse_what_cannot_move(package, found, notes, under)
        kept.attributes = {row + growth * (row in notes): text for row, text in sorted(kept.attributes.items())}
    below: Below = defaultdict(list)
    for row, cells in kept.below.items():
        for cell in cells:
            together = row <= under or (moves and cell in notes[row])
            place = row + growth if together else row
            if place > new_bottom:
                below[place].append(cell)
            elif not _is_in_the_way(found, cell):
                kept.in_place[place].append(cell)
    for row in [r for r in kept.in_place if r > new_bottom]:
        below[row] += kept.in_place.pop(row)
    return below


def _is_in_the_way(found: FoundSheet, cell: UserCell) -> bool:
    return cell.column in found.columns.values() or belongs_to_row(found, cell.column)


def _refuse_what_cannot_move(package: Package, found: FoundSheet, notes: Below, under: int) -> None:
    """A formula would go on adding the old rows, and what hangs on a cell would hang on another one."""
    for row, cells in sorted(notes.items()):
        for cell in cells:
            if cell.has_formula:
                raise BookUnusable(
                    _in_the_way(found, f"The formula in {found.sheet.name}!{column_letters(cell.column)}{row}")
                )
    columns = {c.column for cells in notes.values() for c in cells}
    for what, reference in _anchored(package, found):
        area = Range.parse(reference)
        below = area is not None and area.bottom > under and area.top > found.heading_row
        if area is not None and below and any(area.left <= c <= area.right for c in columns):
            raise BookUnusable(_in_the_way(found, f"{what} on {found.sheet.name}!{reference}"))


def _in_the_way(found: FoundSheet, what: str) -> str:
    return (
        f"{what} is below the table, where new rows are needed, and cannot be moved down without changing its "
        f"meaning: move what is below the table on {found.sheet.name} to another sheet, save, and run again."
    )


def _anchored(package: Package, found: FoundSheet) -> Iterator[tuple[str, str]]:
    """Yield what hangs on cells of the sheet, with the cells."""
    kinds = {"mergeCell": "A merged cell", "hyperlink": "A link", "dataValidation": "A validation"}
    kinds["conditionalFormatting"] = "A conditional format"
    for element in found.parts.frame.root.descendants():
        if element.name in kinds:
            for reference in element.attributes.get("ref", element.attributes.get("sqref", "")).split():
                yield kinds[element.name], reference
    for relationship in package.relationships(found.sheet.part).values():
        if relationship.is_a("comments") and package.has(relationship.target):
            for element in package.document(relationship.target).root.descendants():
                if element.name == "comment":
                    yield "A comment", element.attributes.get("ref", "")
    for table in found.other_tables:
        yield "A table", str(table)


def rows_xml_below(below: dict[int, list[UserCell]], kept: KeptRows, prefix: str) -> bytes:
    """Return the rows below the data as XML."""
    out: list[str] = []
    for row in sorted(below):
        placed = "".join(c.at(row) for c in sorted(below[row], key=lambda c: c.column))
        out.append(f'<{prefix}row r="{row}"{kept.attributes.get(row, "")}>{placed}</{prefix}row>')
    return "".join(out).encode()
